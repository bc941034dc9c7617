/** The SELECTs that a lens is read with: plain texts without parameters, so that any connection of ours can send them. */
import {
  COLLATIONS,
  COLUMNS,
  CONSTRAINTS,
  dependencies,
  EXTENSIONS,
  expressionStatistics,
  extendedStatistics,
  FUNCTIONS,
  INDEXES,
  PREPARATION,
  RANGE_STATISTICS,
  SEARCH_PATH,
  SETTINGS,
  SOURCE,
  statistics,
  TYPES,
  tables,
  UNSUPPORTED,
  VIEWS,
} from './catalogQueries.ts';

/** Sent first, and in the session's own settings. */
export const FIRST_STATEMENTS = { source: SOURCE, path: SEARCH_PATH, settings: SETTINGS } as const;

/** Then these, all in the same READ ONLY transaction. */
export const LENS_PREPARATION = PREPARATION;

/** What the answer to `source` says. */
export interface Reader {
  /** 13 … 18 */
  readonly major: number;
  /** The role may read pg_statistic itself. */
  readonly exact: boolean;
}

/** Then these, in any order. */
export const lensStatements = ({ major, exact }: Reader) => ({
  extensions: EXTENSIONS,
  collations: COLLATIONS,
  types: TYPES,
  functions: FUNCTIONS,
  tables: tables(major),
  columns: COLUMNS,
  constraints: CONSTRAINTS,
  indexes: INDEXES,
  views: VIEWS,
  statistics: statistics(major),
  ranges: exact && major < 17 ? RANGE_STATISTICS : 'SELECT 1 WHERE false',
  extended: extendedStatistics(major, exact),
  dependencies: dependencies(major),
  unsupported: UNSUPPORTED,
});

/** Sent last and in a savepoint: what it prints may make it wait for a lock, and then a lens does without. */
export const lastStatement = ({ major, exact }: Reader): string | undefined =>
  major >= 14 ? expressionStatistics(major, exact) : undefined;
