/** How many processes run a node and how often: counters that rise with the workers are no growth. */
import { parallelDivisor } from '../plan/accounting/estimates.ts';
import { leaderTakesPart, processesOf, splitNodes } from '../plan/accounting/processes.ts';
import type { Plan, PlanNode } from '../plan/plan.ts';
import { flattenPlan, parentIds } from '../plan/tree.ts';

export interface Pass {
  /**
   * `whole`: the processes share the rows. `everywhere`: each process runs the whole node. `driven`: the node runs once
   * for each row of another node.
   */
  readonly runs: 'whole' | 'everywhere' | 'driven';
  /** Processes that each run the whole node. */
  readonly processes: number;
  /** Estimated rows of one run, over all processes if they share the work. */
  readonly estimated: number;
}

/** By node id; planned processes without ANALYZE. */
export function passesOf(plan: Plan): readonly Pass[] {
  const nodes = flattenPlan(plan);
  const parents = parentIds(nodes);
  const leads = leaderTakesPart(plan.settings);
  const found = processesOf(nodes, parents, leads);
  const isSplit = splitNodes(nodes, parents);
  const driven: boolean[] = [];
  return nodes.map((node): Pass => {
    const parent = nodes[parents[node.id] ?? -1];
    driven[node.id] = parent !== undefined && (driven[parent.id] === true || isDriven(node, parent));
    const gather = nodes[found[node.id]?.gather ?? -1];
    const split = gather !== undefined && isSplit[node.id] === true;
    // One process fills the bitmap for all of them.
    const isShared = split || (node.nodeType.startsWith('Bitmap') && isSplit[parent?.id ?? -1] === true);
    const runs = driven[node.id] ? 'driven' : gather === undefined || isShared ? 'whole' : 'everywhere';
    const workers = (node.actual && gather?.workersLaunched) ?? gather?.workersPlanned ?? 0;
    const processes = Math.max(1, workers + (leads ? 1 : 0));
    return {
      runs,
      processes:
        runs === 'everywhere' ? Math.min(processes, Math.max(1, node.actual?.loops ?? processes)) : 1,
      estimated: node.planRows * (split ? parallelDivisor(gather.workersPlanned ?? 0, leads) : 1),
    };
  });
}

/** Whether the node runs once per row of another node. */
export function isDriven(node: PlanNode, parent: PlanNode): boolean {
  const isInner = parent.nodeType === 'Nested Loop' && node.parentRelationship === 'Inner';
  return isInner || node.parentRelationship === 'SubPlan';
}

/** By node id: number of processes that share its time, executed or planned. */
export function processesIn(plan: Plan): readonly number[] {
  const nodes = flattenPlan(plan);
  return processesOf(nodes, parentIds(nodes), leaderTakesPart(plan.settings)).map(({ count }) => count);
}
