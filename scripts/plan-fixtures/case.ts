/** What a case of the plan fixtures is: a query, the way to the wanted plan, and signs that it is that plan. */

export const MAJORS = [13, 14, 15, 16, 17, 18] as const;

/**
 * Part of an object that must be somewhere in the analyzed JSON (a node, a trigger, a worker, a statement): each key with
 * a value equal to it, a text it matches, or a value the function takes.
 */
export type Sign = Readonly<Record<string, string | number | boolean | RegExp | Test>>;

export type Test = (value: unknown, holder: Readonly<Record<string, unknown>>) => boolean;

/** What may differ by major version. */
export type ByMajor<T> = T | ((major: number) => T);

export interface Case {
  readonly name: string;
  readonly sql: ByMajor<string>;
  /** The first and the last major that has it. */
  readonly since?: number;
  readonly until?: number;
  /** Only these majors: the others' output would teach nothing new. */
  readonly only?: readonly number[];
  /** Settings of the transaction that lead to the wanted plan. */
  readonly set?: ByMajor<Readonly<Record<string, string>>>;
  /** Statements in the same transaction, before the query; all is rolled back. */
  readonly before?: readonly string[];
  /** Options of the estimated plan. */
  readonly estimate?: ByMajor<string>;
  /** Options of the analyzed plan, added to ANALYZE; `false` where there can be none. */
  readonly analyze?: ByMajor<string> | false;
  /** What the plan has to show, else the case is not what its name says. */
  readonly shows: ByMajor<readonly Sign[]>;
  /** The same of the analyzed text, where two runs may differ. */
  readonly text?: RegExp;
  /** Small tables it leaves dead rows in, to be vacuumed after it: the next case's estimates would change. */
  readonly vacuum?: readonly string[];
}

export const SERIAL = { max_parallel_workers_per_gather: '0' };

export const PARALLEL = {
  max_parallel_workers_per_gather: '2',
  parallel_setup_cost: '0',
  parallel_tuple_cost: '0',
  min_parallel_table_scan_size: '0',
  min_parallel_index_scan_size: '0',
};

export const HASH = { ...SERIAL, enable_nestloop: 'off', enable_mergejoin: 'off' };
export const LOOP = { ...SERIAL, enable_hashjoin: 'off', enable_mergejoin: 'off' };
export const MERGE = { ...SERIAL, enable_hashjoin: 'off', enable_nestloop: 'off' };

/** 18 takes a join of a table with itself away. */
export function withSelfJoin(major: number): Readonly<Record<string, string>> {
  return major < 18 ? {} : { enable_self_join_elimination: 'off' };
}

export const more =
  (than: number): Test =>
  value =>
    typeof value === 'number' && value > than;

export const any: Test = value => value !== undefined;

export function of<T extends string | object>(value: ByMajor<T>, major: number): T {
  return typeof value === 'function' ? value(major) : value;
}

/** Whether this major has the case. */
export function hasCase({ since = 0, until = 99, only }: Case, major: number): boolean {
  return major >= since && major <= until && (only === undefined || only.includes(major));
}
