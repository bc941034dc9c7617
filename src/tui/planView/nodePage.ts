/** Everything known about a node: what was found, its figures, its conditions, its workers, and all that the server sent. */
import {
  formatBlocks,
  formatBytes,
  formatMs,
  formatThousands,
  percent,
  sanitize,
} from '../../base/format.ts';
import { statementDetails } from '../../plan/details.ts';
import { changeInWords, type FigureChange } from '../../plan/difference/figures.ts';
import type { Finding } from '../../plan/findings/find.ts';
import type { Buffers, NodeActuals } from '../../plan/plan.ts';
import { type Line, left, wrap } from '../cell.ts';
import { findingStyle, findingsAt, memoryWords, remarks } from './details.ts';
import type { NodeFacts, PlanFacts } from './facts.ts';
import { factsAt } from './fold.ts';
import { changeOfNode, differenceIn, pairOf } from './pair.ts';
import { otherSide, type PlanScene } from './view.ts';

const KEY = 26;

type Figures = readonly (readonly [key: string, value: string])[];

function entry(key: string, value: string, width: number): Line[] {
  return wrap(sanitize(value), Math.max(10, width - KEY - 2)).map(
    (text, index): Line => [
      { text: `${left(index === 0 ? sanitize(key) : '', KEY)}  `, dim: true },
      { text },
    ],
  );
}

export function nodePage(scene: PlanScene, width: number): Line[] {
  const { side, cursor } = scene.view;
  const plan = factsAt(scene, side);
  const facts = plan?.nodes[cursor[side]];
  if (plan === undefined || facts === undefined) return [[{ text: 'no plan yet', dim: true }]];
  const { node } = facts;
  const findings = findingsAt(facts, plan);
  const change = changeOfNode(pairOf(scene), side, node.id);
  const other = factsAt(scene, otherSide(side));
  const partner = change.partner === undefined || other === plan ? undefined : other?.nodes[change.partner];
  const heading = (text: string): Line => [{ text, bold: true }];
  const worker = /^Worker \d+$/;
  return [
    heading(sanitize(node.subplanName === undefined ? node.label : `${node.subplanName}: ${node.label}`)),
    ...remarks(facts, plan, change).map((text): Line => [{ text: `  ${text}`, color: 'magenta' }]),
    ...findings.flatMap(({ severity, text, next }): Line[] => [
      ...wrap(sanitize(text), width - 4).map(
        (part): Line => [{ text: `  ${part}`, ...findingStyle(severity) }],
      ),
      ...wrap(`try: ${sanitize(next)}`, width - 6).map((part): Line => [{ text: `    ${part}`, dim: true }]),
    ]),
    [],
    ...figureLines(
      figuresOf(facts, plan),
      partner && other ? figuresOf(partner, other) : undefined,
      side,
      width,
    ),
    [],
    ...section('Before → after', twoSided(scene, node.id), width),
    ...section(
      'In words',
      node.details.filter(({ key }) => !worker.test(key)),
      width,
    ),
    ...section(
      'Workers',
      node.details.filter(({ key }) => worker.test(key)),
      width,
    ),
    ...(node.id === 0 ? section('Beside the tree', statementDetails(plan.plan), width) : []),
    heading('As EXPLAIN sent it'),
    ...Object.entries(node.raw).flatMap(([key, value]) =>
      entry(key, typeof value === 'string' ? value : (JSON.stringify(value) ?? ''), width),
    ),
  ];
}

/** How the step changed; at the root also facts about the whole plan, and findings that came or went. */
function twoSided(scene: PlanScene, id: number): readonly { key: string; value: string }[] {
  const difference = differenceIn(scene);
  if (difference === undefined) return [];
  const { settings, totals, steps, findings } = difference;
  const words = (changes: readonly FigureChange[], none?: string) =>
    changes.flatMap(change => {
      const value = changeInWords(change, none);
      return value === undefined ? [] : [{ key: change.what, value }];
    });
  const here = steps.filter(step => (scene.view.side === 'before' ? step.nodeBefore : step.nodeAfter) === id);
  if (id !== 0) return words(here);
  const named = (key: string, found: readonly Finding[]) =>
    found.map(({ rule, text }) => ({ key, value: `${rule}: ${text}` }));
  return [
    ...words(here),
    ...words(settings, 'not listed'),
    ...words(totals),
    ...named('Finding gone', findings.gone),
    ...named('Finding new', findings.added),
  ];
}

function section(title: string, details: readonly { key: string; value: string }[], width: number): Line[] {
  if (details.length === 0) return [];
  return [
    [{ text: title, bold: true }],
    ...details.flatMap(({ key, value }) => entry(key, value, width)),
    [],
  ];
}

/** One column, or before and after beside each other where the step is in both plans. */
function figureLines(figures: Figures, partner: Figures | undefined, side: string, width: number): Line[] {
  if (partner === undefined) return figures.flatMap(([key, value]) => entry(key, value, width));
  const there = new Map(partner);
  const room = Math.max(8, ...figures.map(([, value]) => value.length)) + 2;
  const [here, other] = side === 'before' ? ['before', 'after'] : ['after', 'before'];
  return [
    [{ text: `${left('', KEY)}  ${left(here, room)}${other}`, dim: true }],
    ...figures.map(
      ([key, value]): Line => [
        { text: `${left(key, KEY)}  `, dim: true },
        { text: left(value, room) },
        { text: there.get(key) ?? '–', dim: true },
      ],
    ),
  ];
}

function figuresOf(
  { node, estimated, misestimate, memoryBytes, memoryMeasured }: NodeFacts,
  { amounts }: PlanFacts,
): Figures {
  const { actual } = node;
  const figures: [string, string][] = [
    ['Cost', `${node.startupCost} .. ${node.totalCost}`],
    [
      'Rows estimated',
      `${formatThousands(Math.round(estimated))} (${formatThousands(node.planRows)} a loop)`,
    ],
    ['Width', formatBytes(node.planWidth)],
  ];
  if (actual?.executed === true) figures.push(...actualFigures(actual));
  if (misestimate !== undefined && misestimate.factor >= 2)
    figures.push([
      'Misestimate',
      `${Math.floor(misestimate.factor)}× ${misestimate.direction} than expected`,
    ]);
  if (memoryBytes !== undefined) figures.push(['Memory held', memoryWords(memoryBytes, memoryMeasured)]);
  const share = amounts.time?.shares[node.id];
  if (share !== undefined) figures.push(['Share of the time', percent(share)]);
  return figures;
}

function actualFigures(actual: NodeActuals): [string, string][] {
  const figures: [string, string][] = [
    ['Rows in all', `${formatThousands(actual.rows)} (${formatThousands(actual.rowsPerLoop)} a loop)`],
    ['Loops', formatThousands(actual.loops)],
  ];
  if (actual.rowsRemoved > 0) figures.push(['Rows removed', formatThousands(actual.rowsRemoved)]);
  if (actual.heapFetches !== undefined) figures.push(['Heap fetches', formatThousands(actual.heapFetches)]);
  if (actual.exclusiveMs !== undefined) figures.push(['Time, this node alone', formatMs(actual.exclusiveMs)]);
  if (actual.inclusiveMs !== undefined) figures.push(['Time, with children', formatMs(actual.inclusiveMs)]);
  const { exclusiveBuffers, buffers, exclusiveIo, io, exclusiveWal, wal } = actual;
  if (exclusiveBuffers !== undefined)
    figures.push(['Buffers, this node alone', buffersText(exclusiveBuffers)]);
  if (buffers !== undefined) figures.push(['Buffers, with children', buffersText(buffers)]);
  if (exclusiveIo !== undefined && io !== undefined && Object.values(io).some(ms => ms > 0)) {
    figures.push(['I/O, this node alone', ioText(exclusiveIo)], ['I/O, with children', ioText(io)]);
  }
  if (exclusiveWal !== undefined && wal !== undefined && wal.records > 0) {
    figures.push(
      [
        'WAL, this node alone',
        `${formatBytes(exclusiveWal.bytes)}, ${formatThousands(exclusiveWal.records)} records`,
      ],
      ['WAL, with children', `${formatBytes(wal.bytes)}, ${formatThousands(wal.records)} records`],
    );
  }
  return figures;
}

/** `hit 4.2 MB, read 1 MB`; `none`. */
function buffersText(buffers: Buffers): string {
  const parts: readonly (readonly [string, number])[] = [
    ['hit', buffers.sharedHit + buffers.localHit],
    ['read', buffers.sharedRead + buffers.localRead],
    ['dirtied', buffers.sharedDirtied + buffers.localDirtied],
    ['written', buffers.sharedWritten + buffers.localWritten],
    ['temp read', buffers.tempRead],
    ['temp written', buffers.tempWritten],
  ];
  const said = parts
    .filter(([, blocks]) => blocks > 0)
    .map(([name, blocks]) => `${name} ${formatBlocks(blocks)}`);
  return said.length === 0 ? 'none' : said.join(', ');
}

function ioText(io: NonNullable<NodeActuals['io']>): string {
  const temp = io.tempReadMs + io.tempWriteMs;
  return `read ${formatMs(io.readMs)}, write ${formatMs(io.writeMs)}${temp > 0 ? `, temp ${formatMs(temp)}` : ''}`;
}
