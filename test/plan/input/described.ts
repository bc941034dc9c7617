/** What two runs of one statement have in common, in whichever format they were printed. */

import type { Plan } from '../../../src/plan/plan.ts';
import { flattenPlan } from '../../../src/plan/tree.ts';

/** Differ from run to run, with the machine and with what the workers did. */
const MEASURED =
  /Time|Memory|Space|Disk|Launched|^(?:Worker \d+|Rows Removed by .*|.*Heap Blocks|.*Hash Buckets|HashAgg Batches|Cache \w+|WAL .*|.*-sort Groups|.*-sorted Groups|Heap Fetches|Index Searches|Maximum Storage)$/;

/** One line a node: depth, label, names, and its details; marked if it was measured. */
export function described(plan: Plan): readonly string[] {
  return flattenPlan(plan).map(node => {
    const details = node.details
      // The text format tells of it under VERBOSE alone.
      .filter(({ key }) => key !== 'Inner Unique' && !key.startsWith('Worker '))
      // JSON leaves out what is 0 in no way that the text could show.
      .filter(({ key }) => !key.startsWith('Rows Removed by '))
      // The leader's alone: in one run it reads some, in another the workers were quicker.
      .filter(({ key }) => !(node.parallelAware && key.endsWith('Heap Blocks')))
      .map(({ key, value }) => `${key}: ${MEASURED.test(key) ? '…' : value}`);
    const { depth, label, parentRelationship, subplanName } = node;
    const names = [parentRelationship, subplanName, node.relation, node.schema, node.alias, node.index];
    const actual = node.actual === undefined ? '' : `executed ${node.actual.executed}`;
    return [depth, label, ...names, actual, ...details].join(' | ');
  });
}

/** As the text format prints them, in its order. */
export function estimates(plan: Plan): readonly string[] {
  return flattenPlan(plan).map(
    ({ startupCost, totalCost, planRows, planWidth }) =>
      `(cost=${startupCost.toFixed(2)}..${totalCost.toFixed(2)} rows=${planRows} width=${planWidth})`,
  );
}
