/**
 * Settings to lead the planner by, the gentlest first: production's world made smaller; then without what production's plan
 * does nowhere; then with more willing workers; and each of them with other weights between pages, rows and calls. Pure.
 */
import { flattenPlan } from '../plan/flatten.ts';
import type { Plan } from '../plan/types.ts';
import { lastOfEach, type SettingChoice } from '../workload/plannerSettings.ts';
import { short } from './scaledSettings.ts';
import { absentMethods, mostWorkers } from './switches.ts';

/** Factors on the weights of the cost model. Sorts are cheaper on a sample, by the logarithm: hence calls. */
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
  // What does not grow (groups, a small table) weighs less in production, where a hundredth of the cost is next to nothing.
  { seq_page_cost: 10, random_page_cost: 10 },
];

/**
 * @param base scaledSettings().
 * @param shown What SHOW says of a setting on this server.
 */
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
