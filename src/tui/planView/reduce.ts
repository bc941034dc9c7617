/** What a key does to the view of a plan. */
import { characterOf, inOneLine } from '../editor/text.ts';
import type { CommandId } from '../keymap.ts';
import { collapse, collapseAll, expand, expandAll, factsAt, reveal, withCursor } from './fold.ts';
import { effectiveMetric, nextMetric } from './metric.ts';
import { pairOf } from './pair.ts';
import { matchesIn } from './search.ts';
import { otherSide, type PlanScene, type PlanView, type Side } from './types.ts';
import { type Row, rowOfNode, rowsAlone, visibleRows } from './visible.ts';

/** How the plans are arranged on the screen just now. */
export interface Arranged {
  readonly unified: boolean;
  /** One plan is on the screen, not both side by side. */
  readonly alone: boolean;
  /** Lines of the tree in view. */
  readonly page: number;
}

/** undefined for a command that is not about the plan. */
export function reducePlanView(
  scene: PlanScene,
  command: CommandId,
  key: string,
  arranged: Arranged,
): PlanView | undefined {
  const { view } = scene;
  switch (command) {
    case 'up':
      return step(scene, arranged, -1);
    case 'down':
      return step(scene, arranged, 1);
    case 'page-up':
      return step(scene, arranged, -half(arranged.page));
    case 'page-down':
      return step(scene, arranged, half(arranged.page));
    case 'top':
      return step(scene, arranged, Number.NEGATIVE_INFINITY);
    case 'bottom':
      return step(scene, arranged, Number.POSITIVE_INFINITY);
    case 'collapse':
      return collapse(scene);
    case 'expand':
      return expand(scene);
    case 'collapse-all':
      return collapseAll(scene);
    case 'expand-all':
      return expandAll(scene);
    case 'costliest':
      return toCostliest(scene);
    case 'next-change':
      return view.search === undefined ? toChange(scene, 1) : toMatch(scene, arranged, 1, false);
    case 'previous-change':
      return view.search === undefined ? toChange(scene, -1) : toMatch(scene, arranged, -1, false);
    case 'next-metric':
      return { ...view, metric: changedMetric(scene, 1) };
    case 'previous-metric':
      return { ...view, metric: changedMetric(scene, -1) };
    case 'unified':
      return { ...view, arrangement: arranged.unified ? 'sides' : 'unified' };
    case 'side':
      return sideSwapped(view, arranged);
    case 'wrap':
      return { ...view, wrap: !view.wrap };
    case 'search':
      return { ...view, search: { text: '', editing: true } };
    case 'search-type':
      return edited(scene, arranged, text => text + characterOf(key));
    case 'paste':
      return edited(scene, arranged, text => text + inOneLine(key));
    case 'search-erase':
      return edited(scene, arranged, text => [...text].slice(0, -1).join(''));
    case 'search-clear':
      return edited(scene, arranged, () => '');
    case 'search-done':
      return view.search === undefined || view.search.text === ''
        ? { ...view, search: undefined }
        : { ...view, search: { ...view.search, editing: false } };
    case 'search-cancel':
      return { ...view, search: undefined };
    default:
      return undefined;
  }
}

const half = (page: number): number => Math.max(1, Math.floor(page / 2));

/** Lines that the cursor can stand on: in the unified view all, side by side those of its own plan. */
function cellOf(row: Row, { unified }: Arranged, side: Side): { side: Side; id: number } | undefined {
  if (!unified) return row[side] === undefined ? undefined : { side, id: row[side] };
  if (row.after !== undefined) return { side: 'after', id: row.after };
  return row.before === undefined ? undefined : { side: 'before', id: row.before };
}

function step(scene: PlanScene, arranged: Arranged, by: number): PlanView {
  const { side, cursor } = scene.view;
  const rows = arranged.alone && !arranged.unified ? rowsAlone(scene, side) : visibleRows(scene);
  const at = rowOfNode(scene, rows, side, cursor[side]);
  const direction = by < 0 ? -1 : 1;
  let last: { side: Side; id: number } | undefined;
  let left = Math.abs(by);
  for (let row = at + direction; row >= 0 && row < rows.length && left > 0; row += direction) {
    const here = rows[row];
    const cell = here && cellOf(here, arranged, side);
    left--;
    if (cell === undefined) {
      // A line of the other plan alone is no stop: a single step goes past it.
      if (Math.abs(by) === 1) left = 1;
      continue;
    }
    last = cell;
  }
  return last === undefined ? scene.view : withCursor(scene, last.side, last.id);
}

function toCostliest(scene: PlanScene): PlanView {
  const { side } = scene.view;
  const node = factsAt(scene, side)?.nodes.find(({ costliest }) => costliest)?.node;
  return node === undefined ? scene.view : reveal(scene, side, node.id);
}

/** The biggest change first; from a change, the next smaller one. */
function toChange(scene: PlanScene, direction: 1 | -1): PlanView {
  const { view } = scene;
  const changes = pairOf(scene)?.changes ?? [];
  if (changes.length === 0) return view;
  const at = changes.findIndex(change => change[view.side] === view.cursor[view.side]);
  const next = at < 0 ? (direction === 1 ? 0 : changes.length - 1) : at + direction;
  const change = changes[(next + changes.length) % changes.length];
  if (change === undefined) return view;
  const side = change[view.side] === undefined ? otherSide(view.side) : view.side;
  return reveal(scene, side, change[side] ?? 0);
}

function changedMetric(scene: PlanScene, direction: 1 | -1): PlanView['metric'] {
  const facts = (['before', 'after'] as const).flatMap(side => factsAt(scene, side) ?? []);
  const [first] = facts;
  const from = first === undefined ? scene.view.metric : effectiveMetric(scene.view.metric, first.amounts);
  return nextMetric(from, direction, metric => facts.some(({ amounts }) => amounts[metric] !== undefined));
}

/** From the unified view to one plan alone, and from one to the other. */
function sideSwapped(view: PlanView, { unified }: Arranged): PlanView {
  if (unified) return { ...view, arrangement: 'sides' };
  return { ...view, side: otherSide(view.side) };
}

/** Every key typed looks from where the cursor is. */
function edited(scene: PlanScene, arranged: Arranged, change: (text: string) => string): PlanView {
  const { search } = scene.view;
  if (search?.editing !== true) return scene.view;
  const view: PlanView = { ...scene.view, search: { ...search, text: change(search.text) } };
  return toMatch({ ...scene, view }, arranged, 1, true);
}

/** @param stay The node under the cursor will do. */
function toMatch(scene: PlanScene, { unified }: Arranged, direction: 1 | -1, stay: boolean): PlanView {
  const { view } = scene;
  const matches = matchesIn(scene, unified ? ['after', 'before'] : [view.side]);
  if (matches.length === 0) return view;
  const here = view.cursor[view.side];
  if (stay && matches.some(({ side, id }) => side === view.side && id === here)) return view;
  const rank = ({ side, id }: { side: Side; id: number }) => (side === view.side ? 0 : 1e9) + id;
  const sorted = [...matches].sort((a, b) => rank(a) - rank(b));
  const beyond =
    direction === 1 ? sorted.find(match => rank(match) > here) : sorted.findLast(match => rank(match) < here);
  const next = beyond ?? (direction === 1 ? sorted[0] : sorted.at(-1));
  return next === undefined ? view : reveal(scene, next.side, next.id);
}
