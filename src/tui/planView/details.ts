/** The node under the cursor in words, below the tree: the more room, the more of it. */
import { formatBlocks, formatBytes, formatCount, formatMs, percent, sanitize } from '../../base/format.ts';
import { detailTexts, statementDetails } from '../../plan/details.ts';
import type { NodeDiff } from '../../plan/difference/diff.ts';
import type { Finding } from '../../plan/findings/find.ts';
import { type Line, type Span, truncate, wrap } from '../cell.ts';
import type { ChangePlace } from './changeAtCursor.ts';
import { totalText, valueText } from './columns.ts';
import type { NodeFacts, PlanFacts } from './facts.ts';

const CHANGE_WORDS = {
  same: undefined,
  added: 'not in the plan before',
  removed: 'not in the plan after',
  changed: 'changed',
  moved: 'moved',
} as const;

/** Conditions first: they say why the node is there. */
const FIRST =
  /^(Index Cond|Recheck Cond|Filter|Hash Cond|Merge Cond|Join Filter|Sort Key|Group Key|Presorted Key)/;
/** Details of every node under VERBOSE that are not needed here; the node's own page has them. */
const NOISE = /^(?:Query Identifier|Worker \d+): /;

/** What is remarkable about a node, in words; findings apart. */
export function remarks(facts: NodeFacts, { plan, amounts }: PlanFacts, change: NodeDiff): string[] {
  const { node, costliest } = facts;
  const words: string[] = [];
  if (costliest) {
    const share = (amounts.time ?? amounts.cost)?.shares[node.id] ?? 0;
    words.push(`costliest: ${percent(share)} of the ${plan.timed ? 'time' : 'cost'}`);
  }
  const changed = CHANGE_WORDS[change.status];
  if (changed !== undefined)
    words.push(change.text === '' ? changed : `${changed}: ${sanitize(change.text)}`);
  if (node.actual?.executed === false) words.push('never executed');
  if (node.apart) words.push('run apart: its figures are not part of the tree above');
  return words;
}

/** `94 MB, 12 MB of it read`, for this node alone; '' without buffers. */
function ownBuffers({ node }: NodeFacts): string {
  const own = node.actual?.exclusiveBuffers;
  if (own === undefined || own.sharedHit + own.sharedRead === 0) return '';
  const read = own.sharedRead === 0 ? '' : `, ${formatBlocks(own.sharedRead)} of it read`;
  return formatBlocks(own.sharedHit + own.sharedRead) + read;
}

/** @param most Characters of a text that can be seen: a condition may have millions. */
function ownDetails(facts: NodeFacts, plan: PlanFacts, most: number): string[] {
  const details = detailTexts(facts.node)
    .filter(text => !NOISE.test(text))
    .sort((a, b) => Number(FIRST.test(b)) - Number(FIRST.test(a)))
    .map(text => sanitize(text.slice(0, most)));
  const buffers = ownBuffers(facts);
  // Where the panes are too narrow for a column of them.
  if (buffers !== '') details.unshift(`Buffers: ${buffers}`);
  // Settings say nothing about a run; the node's page has them, too.
  if (facts.node.id === 0)
    details.push(
      ...statementDetails(plan.plan)
        .filter(({ key }) => !key.startsWith('Setting '))
        .map(({ key, value }) => sanitize(`${key}: ${value}`))
        .filter(text => !NOISE.test(text)),
    );
  if (facts.memoryBytes !== undefined)
    details.unshift(`Memory: ${memoryWords(facts.memoryBytes, facts.memoryMeasured)}`);
  return details;
}

/** `12 MB (estimated)`. */
export function memoryWords(bytes: number, measured: boolean): string {
  return `${formatBytes(bytes)} (${measured ? 'measured' : 'estimated'})`;
}

/** The style of a finding, by its severity. */
export function findingStyle(severity: string): Omit<Span, 'text'> {
  if (severity === 'severe') return { color: 'red', bold: true };
  return severity === 'warning' ? { color: 'red' } : {};
}

/** `self 54 ms, total 1.2 s`, or costs where there are no times. */
function selfAndTotal(facts: NodeFacts, plan: PlanFacts): string {
  const metric = plan.amounts.time === undefined ? 'cost' : 'time';
  const [self, total] = [valueText(facts, plan, metric), totalText(facts, metric)];
  if (total === '') return metric === 'time' ? 'no times' : 'no costs';
  // A clock at each node costs time: the whole takes longer than the run that is shown above.
  const timed = facts.node.id === 0 && metric === 'time' ? ', timed node by node' : '';
  return metric === 'time' ? `self ${self}, total ${total}${timed}` : `cost ${self} of ${total}`;
}

/** `change 1 of 7, −39 ms`. */
function placeWords(which: ChangePlace | undefined): string[] {
  if (which === undefined) return [];
  const amount = Math.abs(which.delta);
  const sign = which.delta < 0 ? '−' : '+';
  const text = which.unit === 'ms' ? sign + formatMs(amount) : `cost ${sign}${formatCount(amount)}`;
  return [`change ${which.at} of ${which.of}, ${text}`];
}

/** The node's; at the root also those about the plan as a whole. */
export function findingsAt({ node, findings }: NodeFacts, plan: PlanFacts): readonly Finding[] {
  return node.id === 0
    ? [...findings, ...plan.findings.filter(({ nodeId }) => nodeId === undefined)]
    : findings;
}

/** UTF-16 units that a cell may take; only accents upon accents take more. */
const UNITS_PER_CELL = 8;

/** Exactly `lines` lines of at most `width` cells, the node's own label first where there is more than one. */
export function nodeDetails(
  facts: NodeFacts,
  plan: PlanFacts,
  change: NodeDiff,
  width: number,
  lines: number,
  which?: ChangePlace,
): Line[] {
  const { node, severity } = facts;
  const findings = findingsAt(facts, plan);
  const room = width - 1;
  const notes = [...placeWords(which), ...remarks(facts, plan, change)].join(' · ');
  const found = findings.map(({ text }) => sanitize(text));
  const details = ownDetails(facts, plan, UNITS_PER_CELL * lines * width);
  const label: Span = { text: ` ${sanitize(node.label)}`, bold: true };
  const figures: Span = { text: ` · ${selfAndTotal(facts, plan)}`, dim: true };
  const style = severity === undefined ? {} : findingStyle(severity);
  const noted: Span = { text: [...found, notes].filter(text => text !== '').join(' · '), ...style };
  if (lines < 3) {
    const nothing = noted.text === '';
    const head: Line = nothing
      ? [label, figures]
      : lines === 1
        ? [{ text: ' ' }, noted, figures]
        : [label, figures, { text: ' · ' }, noted];
    const conditions = details.join(' · ');
    if (lines === 1) return [conditions === '' ? head : [...head, { text: ` · ${conditions}` }]];
    return [head, [{ text: ` ${truncate(conditions, room)}` }]];
  }
  const wrapped = (text: string, span: Omit<Span, 'text'> = {}): Line[] =>
    wrap(text, room - 2).map(
      (part, index): Line => [{ text: `${index === 0 ? '   ' : '     '}${part}`, ...span }],
    );
  const all: Line[] = [
    [label, figures],
    ...findings.flatMap(finding => wrapped(sanitize(finding.text), findingStyle(finding.severity))),
    ...(notes === '' ? [] : wrapped(notes)),
    ...details.flatMap(text => wrapped(text)),
  ];
  return Array.from({ length: lines }, (_, index) => all[index] ?? []);
}
