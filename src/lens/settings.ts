/** The settings of a lens: those of the planner, and those that give constants in queries their meaning. */
import { PLANNER_SETTINGS } from '../workload/plannerSettings.ts';

/** Settings that plans depend on, but that queries do not switch. */
const OTHERS = [
  // workers
  'max_worker_processes',
  'debug_parallel_query',
  'force_parallel_mode',
  // what may be tried
  'constraint_exclusion',
  'cursor_tuple_fraction',
  'recursive_worktable_factor',
  'plan_cache_mode',
  'geqo_effort',
  'geqo_generations',
  'geqo_pool_size',
  'geqo_seed',
  'geqo_selection_bias',
  'jit_expressions',
  'jit_tuple_deforming',
  // what constants mean
  'timezone',
  'datestyle',
  'intervalstyle',
  'default_text_search_config',
];

export const LENS_SETTINGS: readonly string[] = [...PLANNER_SETTINGS.map(({ name }) => name), ...OTHERS];

/** Larger costs could become NaN, which JSON lacks. */
const MOST = 1e12;

/** Words, numbers, names of time zones; no quotes. */
export function isPossibleSetting(value: string): boolean {
  if (!/^[\w .,:+<>/()-]{0,200}$/.test(value)) return false;
  if (/^\s*[+-]?(inf|infinity|nan)\s*$/i.test(value)) return false;
  const number = Number(value);
  return Number.isNaN(number) || Math.abs(number) <= MOST;
}
