/** What keys do to the view of a plan, in the explorer and in the viewer of saved plans. */
import { type EditedText, textAtEnd } from '../editor/text.ts';
import type { CommandId, Move } from '../keys/keyTable.ts';
import { collapse, collapseAll, expand, expandAll, factsAt, reveal, withCursor } from './fold.ts';
import { effectiveMetric, nextMetric } from './metric.ts';
import { pairOf } from './pair.ts';
import { matchesIn } from './search.ts';
import { otherSide, type PlanScene, type PlanView, type Side } from './view.ts';
import { type Row, rowOfNode, rowsAlone, visibleRows } from './visible.ts';

/** How the plans are arranged on the screen just now. */
export interface Arranged {
  readonly unified: boolean;
  /** One plan is on the screen, not both side by side. */
  readonly alone: boolean;
  /** Lines of the tree in view. */
  readonly page: number;
}

type PlanKey = (scene: PlanScene, arranged: Arranged) => PlanView;

const PLAN_KEYS = {
  collapse: scene => collapse(scene),
  expand: scene => expand(scene),
  'collapse-all': scene => collapseAll(scene),
  'expand-all': scene => expandAll(scene),
  costliest: scene => toCostliest(scene),
  'next-change': (scene, arranged) => toNext(scene, arranged, 1),
  'previous-change': (scene, arranged) => toNext(scene, arranged, -1),
  'next-metric': scene => ({ ...scene.view, metric: changedMetric(scene, 1) }),
  'previous-metric': scene => ({ ...scene.view, metric: changedMetric(scene, -1) }),
  unified: ({ view }, arranged) => ({ ...view, arrangement: arranged.unified ? 'sides' : 'unified' }),
  side: ({ view }, arranged) => sideSwapped(view, arranged),
  wrap: ({ view }) => ({ ...view, wrap: !view.wrap }),
  search: ({ view }) => ({ ...view, search: { ...textAtEnd(''), editing: true } }),
  'search-done': ({ view }) => ({
    ...view,
    search:
      view.search === undefined || view.search.text === '' ? undefined : { ...view.search, editing: false },
  }),
  'search-cancel': ({ view }) => ({ ...view, search: undefined }),
} satisfies Partial<Record<CommandId, PlanKey>>;

/** The keys of a plan for a program: how it finds its scene, and where the new view goes. */
export function planKeysOf<S>(
  sceneOf: (state: S) => PlanScene,
  arranged: (state: S) => Arranged,
  withView: (state: S, view: PlanView) => S,
): Readonly<Record<keyof typeof PLAN_KEYS, (state: S) => S>> {
  const bound = Object.entries(PLAN_KEYS).map(([command, key]: [string, PlanKey]) => [
    command,
    (state: S) => withView(state, key(sceneOf(state), arranged(state))),
  ]);
  return Object.fromEntries(bound);
}

export function moveInPlan(scene: PlanScene, move: Move, arranged: Arranged): PlanView {
  const by: Readonly<Record<Move, number>> = {
    up: -1,
    down: 1,
    'page-up': -half(arranged.page),
    'page-down': half(arranged.page),
    top: Number.NEGATIVE_INFINITY,
    bottom: Number.POSITIVE_INFINITY,
  };
  return step(scene, arranged, by[move]);
}

const toNext = (scene: PlanScene, arranged: Arranged, direction: 1 | -1): PlanView =>
  scene.view.search === undefined ? toChange(scene, direction) : toMatch(scene, arranged, direction, false);

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

/** Another text is sought, from where the cursor is. */
export function searched(scene: PlanScene, arranged: Arranged, text: EditedText): PlanView {
  const view: PlanView = { ...scene.view, search: { ...text, editing: true } };
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
