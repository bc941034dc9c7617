/** The settings that steer the planner, or say what a constant in a query means: a lens has these and no other. */
import { PLANNER_SETTINGS } from '../workload/plannerSettings.ts';

/** Settings that are not switched for a query, but that a plan may depend on. */
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

/** Beyond any sensible cost or size: with larger ones plans cost NaN, which JSON does not have. */
const MOST = 1e12;

/** A value that a lens may have: words, numbers, names of time zones; no quotes. */
export function isPossibleSetting(value: string): boolean {
  if (!/^[\w .,:+<>/()-]{0,200}$/.test(value)) return false;
  if (/^\s*[+-]?(inf|infinity|nan)\s*$/i.test(value)) return false;
  const number = Number(value);
  return Number.isNaN(number) || Math.abs(number) <= MOST;
}
