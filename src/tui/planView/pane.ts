/** A plan pane: one tree, one side of two, or both in one; below it the node under the cursor in words. */
import { sanitize } from '../../base/format.ts';
import { fitted, type Line, left, lineCells, repeated, wrap } from '../cell.ts';
import { framed, row } from '../frame.ts';
import { type Frame, firstVisible, insideHeight, insideWidth } from '../layout.ts';
import { type ChangePlace, changeAtCursor } from './changeAtCursor.ts';
import { headingText, planColumns } from './columns.ts';
import { nodeDetails } from './details.ts';
import type { PlanFacts } from './facts.ts';
import { factsAt } from './fold.ts';
import { changeOfNode, pairOf } from './pair.ts';
import { matchesIn, says } from './search.ts';
import { treeLines } from './treeLine.ts';
import { unifiedColumns, unifiedHeading, unifiedLines } from './unifiedLine.ts';
import type { PlanScene, Side } from './view.ts';
import { type Row, rowOfNode, rowsAlone, visibleRows } from './visible.ts';

interface PaneOptions {
  readonly frame: Frame;
  readonly width: number;
  /** With the frame. */
  readonly height: number;
  readonly focused: boolean;
  readonly title: Line;
  readonly number?: string;
  /** `both`: unified. */
  readonly shows: Side | 'both';
  /** The other plan is not on the screen: no gaps for what only that one has. */
  readonly alone: boolean;
  /** Why the tree is not final: first below it, so that the tree stays in its place. */
  readonly notice: readonly Line[];
  /** Below the words about the node, where a short tree leaves room. */
  readonly evidence?: (width: number) => readonly Line[];
}

export function planPaneLines(scene: PlanScene, options: PaneOptions): Line[] {
  const { frame, shows, notice, focused } = options;
  const width = insideWidth(frame, options.width);
  const height = insideHeight(frame, options.height);
  const rows = options.alone && shows !== 'both' ? rowsAlone(scene, shows) : visibleRows(scene);
  const { side: cursorSide, cursor } = scene.view;
  const own = shows === 'both' ? cursorSide : shows;
  const drawn = drawer(scene, rows, shows, width);
  if (drawn === undefined) return framed(notice, options);
  const space = height - 1;
  const details = detailLines(space, rows.length);
  const room = Math.max(1, space - details - (details > 1 ? 1 : 0));
  // Both sides follow the cursor of the one that has it: they scroll in step.
  const at = Math.min(rowOfNode(scene, rows, cursorSide, cursor[cursorSide]), rows.length - 1);
  const isAt = (index: number) => index === at && (shows === 'both' || rows[index]?.[shows] !== undefined);
  const tree: Line[] = [];
  const { first, last } = inView(rows, at, room, index => drawn.lines(index).length, scene.view.wrap);
  for (let index = first; index < last; index++) {
    const node = shows === 'both' ? (rows[index]?.after ?? rows[index]?.before) : rows[index]?.[shows];
    for (const line of drawn.lines(index)) tree.push(row(line, width, isAt(index), focused, node));
  }
  const filler = Array.from({ length: Math.max(0, room - tree.length) }, (): Line => []);
  const rule: Line[] = details > 1 ? [[{ text: repeated('─', width), dim: true }]] : [];
  const which = focused ? changeAtCursor(scene) : undefined;
  const said = detailsOf(scene, own, width, details, which);
  const words = withEvidence([...notice, ...said].slice(0, details), options.evidence?.(width - 2) ?? []);
  const heading: Line = [{ text: left(`   ${drawn.heading}`, width), dim: true }];
  const position: Line =
    rows.length > last - first ? [{ text: `${first + 1}–${last} of ${rows.length}` }] : [];
  return framed(
    [heading, ...tree.slice(0, room), ...filler, ...rule, ...words.map(line => fitted(line, width))],
    withAside(options, [...searchAside(scene, focused, shows === 'both'), ...position]),
  );
}

/** What is searched for is always seen: the title gives way. */
function withAside(options: PaneOptions, aside: Line): PaneOptions & { readonly aside: Line } {
  const room = options.width - lineCells(aside) - 18;
  const isCut = aside.length > 1 && lineCells(options.title) > room;
  return { ...options, aside, title: isCut ? fitted(options.title, Math.max(8, room)) : options.title };
}

/** What the words leave free below them, after a blank line. */
function withEvidence(words: readonly Line[], evidence: readonly Line[]): readonly Line[] {
  const used = words.findLastIndex(line => line.length > 0) + 1;
  if (words.length - used < 3) return words;
  const lines = evidence.map((line): Line => [{ text: '   ' }, ...line]);
  return [...words.slice(0, used), [], ...lines].slice(0, words.length);
}

interface Drawer {
  readonly heading: string;
  readonly lines: (row: number) => readonly Line[];
}

function drawer(
  scene: PlanScene,
  rows: readonly Row[],
  shows: Side | 'both',
  width: number,
): Drawer | undefined {
  const { view } = scene;
  const pair = pairOf(scene);
  const text = view.search?.text ?? '';
  const isMatch = (facts: PlanFacts | undefined, id: number | undefined) => {
    const node = id === undefined ? undefined : facts?.nodes[id]?.node;
    return text !== '' && node !== undefined && says(node, text);
  };
  const before = factsAt(scene, 'before');
  const after = factsAt(scene, 'after');
  const folded = (side: Side, id: number | undefined) => id !== undefined && view.collapsed[side].has(id);
  if (shows === 'both') {
    if (before === undefined || after === undefined) return undefined;
    const columns = unifiedColumns(before, after, width, view.metric);
    const short = [before, after].some(facts => isDeep(facts, columns.label));
    const cell = (plan: PlanFacts, id: number | undefined) => {
      const facts = id === undefined ? undefined : plan.nodes[id];
      return facts === undefined ? undefined : { facts, plan };
    };
    return {
      heading: unifiedHeading(columns),
      lines: index => {
        const { before: b, after: a } = rows[index] ?? { before: undefined, after: undefined };
        const change =
          a === undefined ? changeOfNode(pair, 'before', b ?? 0) : changeOfNode(pair, 'after', a);
        return unifiedLines({ before: cell(before, b), after: cell(after, a) }, change, columns, {
          short,
          wrap: view.wrap,
          collapsed: folded('after', a) || (a === undefined && folded('before', b)),
          match: isMatch(after, a) || isMatch(before, b),
          sought: text,
        });
      },
    };
  }
  const facts = shows === 'before' ? before : after;
  if (facts === undefined) return undefined;
  // The same on both sides, or the two could not be compared.
  const plans = [before, after].filter(each => each !== undefined);
  const columns = planColumns(plans, width, view.metric);
  const short = plans.some(each => isDeep(each, columns.label));
  return {
    heading: headingText(columns),
    lines: index => {
      const id = rows[index]?.[shows];
      const node = id === undefined ? undefined : facts.nodes[id];
      if (id === undefined || node === undefined) return [[]];
      const { status } = changeOfNode(pair, shows, id);
      const collapsed = folded(shows, id);
      return treeLines(node, facts, {
        columns,
        short,
        wrap: view.wrap,
        collapsed,
        status,
        match: isMatch(facts, id),
        sought: text,
      });
    },
  };
}

/** Strokes take more than a third of the label: they get one cell a level. */
function isDeep({ nodes }: PlanFacts, label: number): boolean {
  // Strokes and blanks are one cell each: no need to measure thousands of them in every frame.
  return nodes.some(({ guide }) => guide.length > label / 3);
}

/** The rows that fit around the cursor; where labels are wrapped, rows take more than one line. */
function inView(
  rows: readonly Row[],
  at: number,
  room: number,
  linesOf: (row: number) => number,
  wrapped: boolean,
): { readonly first: number; readonly last: number } {
  if (!wrapped) {
    const first = firstVisible(at, rows.length, room);
    return { first, last: Math.min(rows.length, first + room) };
  }
  let first = at;
  let last = at + 1;
  let used = linesOf(at);
  // Above and below in turn, so that the cursor stays in the middle where it can.
  for (let grown = true; grown; ) {
    grown = false;
    if (first > 0 && used + linesOf(first - 1) <= room) {
      used += linesOf(--first);
      grown = true;
    }
    if (last < rows.length && used + linesOf(last) <= room) {
      used += linesOf(last++);
      grown = true;
    }
  }
  return { first, last };
}

function detailsOf(
  scene: PlanScene,
  side: Side,
  width: number,
  lines: number,
  which: ChangePlace | undefined,
): Line[] {
  const plan = factsAt(scene, side);
  const facts = plan?.nodes[scene.view.cursor[side]];
  if (plan === undefined || facts === undefined) return [];
  const change = changeOfNode(pairOf(scene), side, facts.node.id);
  return nodeDetails(facts, plan, change, width, lines, which);
}

/** A line or two where there is little room, and what a short tree leaves free. */
function detailLines(space: number, rows: number): number {
  return Math.max(space < 11 ? 1 : 2, space - rows - 1);
}

/** `/orders 2 of 5`: a search that finds nothing says so. */
function searchAside(scene: PlanScene, focused: boolean, unified: boolean): Line {
  const { view } = scene;
  if (!focused || view.search === undefined) return [];
  const { text, editing } = view.search;
  const matches = matchesIn(scene, unified ? ['before', 'after'] : [view.side]);
  const at = matches.findIndex(({ side, id }) => side === view.side && id === view.cursor[side]) + 1;
  const found =
    matches.length === 0 ? 'no match ' : at > 0 ? `${at} of ${matches.length} ` : `${matches.length} found `;
  return [
    { text: `/${sanitize(text)}${editing ? '█' : ''} `, color: 'yellow' },
    ...(text === '' ? [] : [{ text: found, ...(matches.length === 0 ? { color: 'red' as const } : {}) }]),
  ];
}

/** A text above the tree, in the color of incomplete results. */
export function noticeLines(text: string | undefined, width: number): Line[] {
  return text === undefined
    ? []
    : wrap(text, width - 2).map((part): Line => [{ text: ` ${part}`, color: 'magenta' }]);
}
