/**
 * The PostgreSQL settings that affect planning or execution and that any role may SET: the only ones that this
 * program sets for a query. The overlay, `--set` and the session use this table.
 */

/** A setting and its value as SET takes it: `64MB`, `off`, `1.1`. */
export interface SettingChoice {
  readonly name: string;
  readonly value: string;
}

export interface PlannerSetting {
  readonly name: string;
  readonly group: 'Memory' | 'Costs' | 'Parallel' | 'JIT' | 'Search' | 'Methods';
  readonly title: string;
  /** Values to step through, as the server shows them. */
  readonly steps: readonly string[];
  /** The first major version that has it; absent: 13 has it. */
  readonly since?: number;
  /**
   * The setting changes the run time of an unchanged plan (spilling, JIT, workers, planning time), so run times are
   * not reused across its values. All other settings only change which plan wins.
   */
  readonly changesRuns?: true;
}

type Row = readonly [name: string, title: string, steps: string, more?: 'runs' | number | undefined];

function group(name: PlannerSetting['group'], rows: readonly Row[]): PlannerSetting[] {
  return rows.map(([setting, title, steps, more]) => ({
    name: setting,
    group: name,
    title,
    steps: steps.split(' '),
    ...(typeof more === 'number' ? { since: more } : {}),
    ...(more === 'runs' ? { changesRuns: true } : {}),
  }));
}

const method = (name: string, title: string, more?: 'runs' | number): Row => [
  `enable_${name}`,
  title,
  'on off',
  more,
];

export const PLANNER_SETTINGS: readonly PlannerSetting[] = [
  ...group('Memory', [
    ['work_mem', 'memory of a sort or hash before it spills', '1MB 4MB 16MB 64MB 256MB 1GB', 'runs'],
    ['hash_mem_multiplier', 'work_mem × this for hashes', '1 1.5 2 4 8', 'runs'],
    ['effective_cache_size', 'what the planner believes is cached', '1GB 4GB 16GB 64GB'],
  ]),
  ...group('Costs', [
    ['random_page_cost', 'a page out of order', '1 1.1 1.5 2 4'],
    ['seq_page_cost', 'a page in order', '0.1 0.5 1 2'],
    ['cpu_tuple_cost', 'a row', '0.001 0.01 0.03 0.1'],
    ['cpu_index_tuple_cost', 'an index entry', '0.001 0.005 0.01 0.05'],
    ['cpu_operator_cost', 'an operator or function call', '0.001 0.0025 0.005 0.025'],
    ['effective_io_concurrency', 'pages asked for ahead', '0 1 16 64 200', 'runs'],
  ]),
  ...group('Parallel', [
    ['max_parallel_workers_per_gather', 'workers of one Gather', '0 1 2 4 8', 'runs'],
    ['max_parallel_workers', 'workers of all queries together', '0 2 4 8 16', 'runs'],
    ['parallel_leader_participation', 'the leader works, too', 'on off', 'runs'],
    ['parallel_setup_cost', 'starting workers', '0 100 1000 10000'],
    ['parallel_tuple_cost', 'a row from a worker', '0 0.01 0.1 1'],
    // The number of workers of a scan is not part of a plan's fingerprint.
    ['min_parallel_table_scan_size', 'smallest table read in parallel', '0 1MB 8MB 64MB 1GB', 'runs'],
    ['min_parallel_index_scan_size', 'smallest index read in parallel', '0 64kB 512kB 8MB', 'runs'],
  ]),
  ...group('JIT', [
    ['jit', 'compile expressions', 'on off', 'runs'],
    ['jit_above_cost', 'compile from this cost on', '0 10000 100000 500000 -1', 'runs'],
    ['jit_inline_above_cost', 'inline from this cost on', '0 100000 500000 -1', 'runs'],
    ['jit_optimize_above_cost', 'optimize from this cost on', '0 100000 500000 -1', 'runs'],
  ]),
  ...group('Search', [
    ['join_collapse_limit', 'JOINs whose order is searched', '1 4 8 12 20', 'runs'],
    ['from_collapse_limit', 'subqueries pulled up', '1 4 8 12 20', 'runs'],
    ['geqo', 'genetic search of many joins', 'on off', 'runs'],
    ['geqo_threshold', 'joins from which it searches so', '8 12 16 20', 'runs'],
  ]),
  ...group('Methods', [
    method('seqscan', 'sequential scans'),
    method('indexscan', 'index scans'),
    method('indexonlyscan', 'index-only scans'),
    method('bitmapscan', 'bitmap scans'),
    method('tidscan', 'TID scans'),
    method('hashjoin', 'hash joins'),
    method('mergejoin', 'merge joins'),
    method('nestloop', 'nested loops'),
    method('hashagg', 'hashed aggregates'),
    method('sort', 'explicit sorts'),
    method('incremental_sort', 'incremental sorts'),
    method('material', 'materialization'),
    method('memoize', 'memoize', 14),
    method('gathermerge', 'gather merge'),
    method('parallel_append', 'parallel append'),
    method('parallel_hash', 'parallel hash'),
    method('partitionwise_join', 'joins partition by partition'),
    method('partitionwise_aggregate', 'aggregates partition by partition'),
    // A run prunes partitions, too, and its plan does not show whether it may.
    method('partition_pruning', 'leave partitions out', 'runs'),
    method('async_append', 'asynchronous append', 14),
    method('presorted_aggregate', 'presorted aggregates', 16),
    method('group_by_reordering', 'reorder GROUP BY', 17),
    method('distinct_reordering', 'reorder DISTINCT', 18),
    method('self_join_elimination', 'drop self-joins', 18),
  ]),
];

const BY_NAME = new Map(PLANNER_SETTINGS.map(setting => [setting.name, setting]));

export function plannerSetting(name: string): PlannerSetting | undefined {
  return BY_NAME.get(name);
}

/** As with SET, the last value of a setting wins. */
export function lastOfEach<Choice extends SettingChoice>(choices: readonly Choice[]): readonly Choice[] {
  return choices.filter(({ name }, at) => choices.findLastIndex(one => one.name === name) === at);
}

export function settingsOf(major: number): readonly PlannerSetting[] {
  return PLANNER_SETTINGS.filter(({ since = 0 }) => since <= major);
}

const LONGEST = 40;

/** Why it is not sent to the server, a clause; undefined: the server decides. */
export function objectionTo({ name, value }: SettingChoice): string | undefined {
  if (plannerSetting(name) === undefined)
    return `${name} is not one of the planner settings that can be set here`;
  if (value.trim() === '') return `${name} needs a value`;
  if (/\p{C}/u.test(value) || value.length > LONGEST) return `that is no value for ${name}`;
  return undefined;
}
