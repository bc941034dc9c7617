/** Which `enable_…` of PostgreSQL stands for a node of a plan. */
import { isGather } from '../plan/subplans.ts';
import type { PlanNode } from '../plan/types.ts';
import { settingsOf } from '../workload/plannerSettings.ts';

const BY_TYPE: Readonly<Record<string, string>> = {
  'Seq Scan': 'seqscan',
  'Index Scan': 'indexscan',
  'Index Only Scan': 'indexonlyscan',
  'Bitmap Heap Scan': 'bitmapscan',
  'Hash Join': 'hashjoin',
  'Merge Join': 'mergejoin',
  'Nested Loop': 'nestloop',
  'Incremental Sort': 'incremental_sort',
  Materialize: 'material',
  Memoize: 'memoize',
  'Gather Merge': 'gathermerge',
};

/** Sorting stays allowed: what has to be sorted, has to be. */
const ALL = [...Object.values(BY_TYPE), 'hashagg', 'parallel_hash'];

function switchOf({ nodeType, raw, parallelAware }: PlanNode): string | undefined {
  if (nodeType === 'Aggregate') return raw.Strategy === 'Hashed' ? 'hashagg' : undefined;
  if (nodeType === 'Hash' && parallelAware) return 'parallel_hash';
  return BY_TYPE[nodeType];
}

const used = (nodes: readonly PlanNode[]): ReadonlySet<string> =>
  new Set(nodes.map(switchOf).filter(name => name !== undefined));

/** Names of settings for what a plan does nowhere, in a fixed order. @param major Some came later. */
export function absentMethods(nodes: readonly PlanNode[], major: number): readonly string[] {
  const there = used(nodes);
  const known = new Set(settingsOf(major).map(({ name }) => name));
  return ALL.filter(name => !there.has(name))
    .map(name => `enable_${name}`)
    .filter(name => known.has(name));
}

/** The most workers that any Gather of it plans; 0 without one. */
export function mostWorkers(nodes: readonly PlanNode[]): number {
  return Math.max(0, ...nodes.filter(isGather).map(({ workersPlanned }) => workersPlanned ?? 0));
}
