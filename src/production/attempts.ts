/**
 * Settings that lead a sample's planner to production's plan, the gentlest first. Scaled ones divide absolute limits and
 * costs by production's rows over the sample's: mostly the planner then chooses the same plan, and what would spill there
 * spills here. Then methods that the plan does not use are disabled, then workers made cheap; each also with other weights
 * of pages, rows and operators.
 */
import { BLOCK_BYTES } from '../base/format.ts';
import { isGather } from '../plan/accounting/readers.ts';
import { bytesOfSetting } from '../plan/memory/memory.ts';
import type { Plan, PlanNode } from '../plan/plan.ts';
import { flattenPlan } from '../plan/tree.ts';
import { sizeSetting } from '../session/settingFacts.ts';
import { lastOfEach, type SettingChoice, settingsOf } from '../workload/plannerSettings.ts';

/** PostgreSQL's minimum, kB. */
const LEAST_WORK_MEM = 64;
/** kB */
const BLOCK = 8;

const SIZES = [
  ['effective_cache_size', BLOCK],
  ['min_parallel_table_scan_size', 0],
  ['min_parallel_index_scan_size', 0],
] as const;

/**
 * @param factor Production's rows divided by the rows here, at least 1.
 * @param workMemBytes Production's work_mem.
 * @param shown What SHOW prints for a setting on this server.
 */
export function scaledSettings(
  factor: number,
  workMemBytes: number,
  shown: (name: string) => string | undefined,
): readonly SettingChoice[] {
  const sizes = SIZES.flatMap(([name, least]): SettingChoice[] => {
    const bytes = bytesOfSetting(shown(name), '');
    if (bytes === undefined) return [];
    const blocks = Math.round(bytes / factor / BLOCK_BYTES);
    return [{ name, value: sizeSetting(Math.max(least, blocks * BLOCK)) }];
  });
  const setup = Number(shown('parallel_setup_cost'));
  return [
    {
      name: 'work_mem',
      value: sizeSetting(Math.max(LEAST_WORK_MEM, Math.round(workMemBytes / 1024 / factor))),
    },
    ...sizes,
    ...(setup >= 0 ? [{ name: 'parallel_setup_cost', value: short(setup / factor) }] : []),
    // JIT takes the same time at any size, which would hide what grows.
    { name: 'jit', value: 'off' },
  ];
}

/** Whether work_mem cannot shrink with the sample, so that a spill in production may not occur here. */
export function isWorkMemTooLarge(factor: number, workMemBytes: number): boolean {
  return workMemBytes / 1024 / factor < LEAST_WORK_MEM;
}

const short = (value: number): string => String(Number(value.toPrecision(4)));

// Attempts.

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

/** Without enable_sort: a plan may have no other way to order rows. */
const ALL = [...Object.values(BY_TYPE), 'hashagg', 'parallel_hash'];

function switchOf({ nodeType, raw, parallelAware }: PlanNode): string | undefined {
  if (nodeType === 'Aggregate') return raw.Strategy === 'Hashed' ? 'hashagg' : undefined;
  if (nodeType === 'Hash' && parallelAware) return 'parallel_hash';
  return BY_TYPE[nodeType];
}

const used = (nodes: readonly PlanNode[]): ReadonlySet<string> =>
  new Set(nodes.map(switchOf).filter(name => name !== undefined));

/** enable_… settings of methods that the plan does not use, in a fixed order. @param major Some are newer. */
function absentMethods(nodes: readonly PlanNode[], major: number): readonly string[] {
  const there = used(nodes);
  const known = new Set(settingsOf(major).map(({ name }) => name));
  return ALL.filter(name => !there.has(name))
    .map(name => `enable_${name}`)
    .filter(name => known.has(name));
}

/** Largest number of planned workers; 0 without a Gather. */
function mostWorkers(nodes: readonly PlanNode[]): number {
  return Math.max(0, ...nodes.filter(isGather).map(({ workersPlanned }) => workersPlanned ?? 0));
}

/** Factors for the cost parameters. Operators vary because sorts are cheaper on a sample, by the logarithm. */
const WEIGHTS: readonly Readonly<Record<string, number>>[] = [
  {},
  { random_page_cost: 1.5 },
  { random_page_cost: 0.7 },
  { cpu_operator_cost: 1.3 },
  { cpu_operator_cost: 0.75 },
  { random_page_cost: 3 },
  { random_page_cost: 0.4 },
  { cpu_operator_cost: 2 },
  { cpu_operator_cost: 0.4 },
  { cpu_index_tuple_cost: 3 },
  { cpu_index_tuple_cost: 0.3 },
  { cpu_tuple_cost: 3 },
  { cpu_tuple_cost: 0.3 },
  { parallel_tuple_cost: 0.1 },
  { parallel_tuple_cost: 10 },
  { effective_cache_size: 8 },
  { random_page_cost: 8 },
  { random_page_cost: 3, cpu_operator_cost: 2 },
  { random_page_cost: 0.4, cpu_operator_cost: 2 },
  { random_page_cost: 3, cpu_operator_cost: 0.4 },
  { random_page_cost: 0.4, cpu_operator_cost: 0.4 },
  // Parts that do not grow (groups, a small table) are negligible in production's cost.
  { seq_page_cost: 10, random_page_cost: 10 },
];

/** @param base scaledSettings(). @param shown What SHOW prints for a setting on this server. */
export function attempts(
  target: Plan,
  base: readonly SettingChoice[],
  shown: (name: string) => string | undefined,
  major: number,
): readonly (readonly SettingChoice[])[] {
  const nodes = flattenPlan(target);
  const workers = mostWorkers(nodes);
  const start = [...base, { name: 'max_parallel_workers_per_gather', value: String(workers) }];
  const without = absentMethods(nodes, major).map(name => ({ name, value: 'off' }));
  const willing =
    workers === 0
      ? []
      : ['parallel_setup_cost', 'min_parallel_table_scan_size', 'min_parallel_index_scan_size'].map(name => ({
          name,
          value: '0',
        }));
  const steps = [[], without, ...(willing.length === 0 ? [] : [[...without, ...willing]])];
  return steps.flatMap(step =>
    WEIGHTS.map(weights => lastOfEach([...start, ...step, ...weighted(weights, base, shown)])),
  );
}

function weighted(
  weights: Readonly<Record<string, number>>,
  base: readonly SettingChoice[],
  shown: (name: string) => string | undefined,
): readonly SettingChoice[] {
  return Object.entries(weights).map(([name, factor]) => {
    const value = base.find(one => one.name === name)?.value ?? shown(name) ?? '1';
    const [, amount = '1', unit = ''] = /^([\d.]+)([kMGT]B)?$/.exec(value) ?? [];
    return { name, value: short(Number(amount) * factor) + unit };
  });
}
