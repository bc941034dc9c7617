/** The visible lines: collapsed nodes hide their children. */
import type { Plan } from '../../plan/plan.ts';
import { factsOf } from './facts.ts';
import { pairOf } from './pair.ts';
import type { PlanScene, Side } from './view.ts';

/** One line: a node of either plan, or the same step of both. */
export interface Row {
  readonly before: number | undefined;
  readonly after: number | undefined;
}

interface Known {
  readonly after: Plan | undefined;
  readonly before: Plan | undefined;
  readonly collapsed: PlanScene['view']['collapsed'];
  readonly rows: readonly Row[];
}

/** As they were last asked for; keyed by the plan that is there for certain. */
const known = new WeakMap<Plan, Known>();

/** Top to bottom; with two plans, like beside like. Empty while there is no plan. */
export function visibleRows(scene: PlanScene): readonly Row[] {
  const { before, after, view } = scene;
  const anchor = after ?? before;
  if (anchor === undefined) return [];
  const last = known.get(anchor);
  if (
    last !== undefined &&
    last.before === before &&
    last.after === after &&
    last.collapsed === view.collapsed
  )
    return last.rows;
  const rows = makeRows(scene);
  known.set(anchor, { before, after, collapsed: view.collapsed, rows });
  return rows;
}

function makeRows(scene: PlanScene): readonly Row[] {
  const isHidden = { before: hiddenIn(scene, 'before'), after: hiddenIn(scene, 'after') };
  const shown = (side: Side, id: number | undefined) =>
    id === undefined || isHidden[side][id] === true ? undefined : id;
  const rows = allRows(scene).map(row => ({
    before: shown('before', row.before),
    after: shown('after', row.after),
  }));
  return rows.filter(({ before, after }) => before !== undefined || after !== undefined);
}

function allRows(scene: PlanScene): readonly Row[] {
  const pair = pairOf(scene);
  if (pair !== undefined) return pair.rows;
  const side: Side = scene.after === undefined ? 'before' : 'after';
  const plan = scene[side];
  if (plan === undefined) return [];
  const { nodes } = factsOf(plan, scene.surroundings[side]);
  const both = scene.before === scene.after;
  return nodes.map(({ node: { id } }) => ({
    before: both || side === 'before' ? id : undefined,
    after: both || side === 'after' ? id : undefined,
  }));
}

/** By node id: a node above is collapsed. */
function hiddenIn({ view, surroundings, ...plans }: PlanScene, side: Side): readonly boolean[] {
  const plan = plans[side];
  const collapsed = view.collapsed[side];
  if (plan === undefined || collapsed.size === 0) return [];
  const { nodes, parents } = factsOf(plan, surroundings[side]);
  const hidden: boolean[] = [];
  for (const { node } of nodes) {
    const parent = parents[node.id] ?? -1;
    hidden[node.id] = parent >= 0 && (hidden[parent] === true || collapsed.has(parent));
  }
  return hidden;
}

/** The rows of one plan alone on the screen: no gaps for what only the other one has. */
export function rowsAlone(scene: PlanScene, side: Side): readonly Row[] {
  const all = visibleRows(scene);
  const last = alone.get(all)?.[side];
  if (last !== undefined) return last;
  const rows = all.filter(row => row[side] !== undefined);
  alone.set(all, { ...alone.get(all), [side]: rows });
  return rows;
}

const alone = new WeakMap<readonly Row[], Partial<Record<Side, readonly Row[]>>>();

/** The row of a node; that of the nearest node above which is in sight, when it is not. */
export function rowOfNode(scene: PlanScene, rows: readonly Row[], side: Side, id: number): number {
  const plan = scene[side];
  if (plan === undefined) return 0;
  const { parents } = factsOf(plan, scene.surroundings[side]);
  for (let node = id; node >= 0; node = parents[node] ?? -1) {
    const at = rows.findIndex(row => row[side] === node);
    if (at >= 0) return at;
  }
  return 0;
}
