/** A plan as the lines of its tree, each with what is worth marking. */
import { costliestNode } from '../../plan/costliest.ts';
import { exclusiveCosts } from '../../plan/costs.ts';
import type { DiffStatus } from '../../plan/diff.ts';
import { estimatedRows } from '../../plan/estimated-rows.ts';
import { flattenPlan } from '../../plan/flatten.ts';
import { treeLines } from '../../plan/tree.ts';
import type { Plan, PlanNode } from '../../plan/types.ts';
import { sequentialScansOn } from '../../plan/uses.ts';
import type { Side, State } from '../state/types.ts';
import { chainGuides } from './chainGuides.ts';
import { changesIn } from './planChanges.ts';
import { shownPlan } from './shownPlan.ts';

export interface PlanRow {
  readonly node: PlanNode;
  /** The strokes of the tree in front of the label, two cells a level. */
  readonly guide: string;
  /** The same for where room is short (chainGuides.ts). */
  readonly shortGuide: string;
  /** The planner's estimate over all loops and processes, like the actual rows beside it. */
  readonly estimated: number;
  /** Against the plan on the other side. */
  readonly change: DiffStatus;
  /** `Seq Scan → Index Only Scan using i`, before to after; '' where there is nothing to say. */
  readonly changeText: string;
  /** Row of the same step in the plan on the other side. */
  readonly partner: number | undefined;
  /** In this node alone: ms, or cost units where the plan was not run. */
  readonly self: number;
  /** Its share of the whole plan, 0…1. */
  readonly share: number;
  readonly costliest: boolean;
  /** Set when it reads a whole table that is large here or in production: rows of that table. */
  readonly largeScan: { readonly rows: number; readonly where: 'here' | 'production' } | undefined;
}

interface Known {
  readonly other: Plan | undefined;
  readonly session: State['session'];
  readonly rows: readonly PlanRow[];
}

/** The rows of a plan as they were last asked for: a key press or a tick changes none of them. */
const known: Readonly<Record<Side, WeakMap<Plan, Known>>> = { before: new WeakMap(), after: new WeakMap() };

/** Top to bottom as on the screen; empty while there is no plan. */
export function planRowsOf(state: State, side: Side): readonly PlanRow[] {
  const plan = shownPlan(state, side);
  if (plan === undefined) return [];
  const other = shownPlan(state, side === 'before' ? 'after' : 'before');
  const { session } = state;
  const last = known[side].get(plan);
  if (last !== undefined && last.other === other && last.session === session) return last.rows;
  const rows = makeRows(state, side, plan, other);
  known[side].set(plan, { other, session, rows });
  return rows;
}

function makeRows(state: State, side: Side, plan: Plan, other: Plan | undefined): readonly PlanRow[] {
  const changes = changesIn(plan, other, side);
  const selves = selfAmounts(plan);
  const shortGuides = chainGuides(plan);
  const estimated = estimatedRows(flattenPlan(plan));
  const total = Math.max(
    selves.reduce((sum, amount) => sum + amount, 0),
    Number.MIN_VALUE,
  );
  const costliest = costliestNode(plan);
  const largeScans = new Set(sequentialScansOn(plan, name => largeRows(state, name) !== undefined));
  return treeLines(plan).map(({ node, guide }) => ({
    node,
    guide: compact(guide),
    shortGuide: shortGuides[node.id] ?? '',
    estimated: estimated[node.id] ?? node.planRows,
    change: changes[node.id]?.status ?? 'same',
    changeText: changes[node.id]?.text ?? '',
    partner: changes[node.id]?.partner,
    self: selves[node.id] ?? 0,
    share: (selves[node.id] ?? 0) / total,
    costliest: node === costliest,
    largeScan:
      largeScans.has(node) && node.relation !== undefined ? largeRows(state, node.relation) : undefined,
  }));
}

/** By node id: exclusive ms, or exclusive cost of a plan that has no times. */
function selfAmounts(plan: Plan): readonly number[] {
  const nodes = flattenPlan(plan);
  return plan.timed ? nodes.map(node => node.actual?.exclusiveMs ?? 0) : exclusiveCosts(nodes);
}

/** `│  ├─ ` → `│ ├ `: a deep plan has better use for the cells. */
function compact(guide: string): string {
  return guide.replace(/(.)[ ─] /gu, '$1 ');
}

/** Rows of a table that the budgets call large: as it is here, else as it is in production. */
function largeRows({ workload, session }: State, relation: string): PlanRow['largeScan'] {
  const { largeTableRows, productionRows } = workload.budgets;
  const here = session?.tables.find(table => table.name === relation)?.rows ?? 0;
  if (here >= largeTableRows) return { rows: here, where: 'here' };
  const production = productionRows[relation] ?? 0;
  return production >= largeTableRows ? { rows: production, where: 'production' } : undefined;
}
