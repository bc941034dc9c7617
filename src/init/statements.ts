/** Reads pg_stat_statements of this database, most expensive statement first. */
import { DatabaseError } from '../base/databaseError.ts';
import { identifier } from '../base/sql.ts';
import type { Link } from '../database/link.ts';
import { resolveRelation } from '../database/resolve.ts';
import type { ValueSet } from './query.ts';

export interface CountedStatement {
  readonly text: string;
  readonly calls: number;
  /** Total execution time, ms. */
  readonly totalMs: number;
  /** undefined: the extension does not report since when it counts. */
  readonly callsADay?: number | undefined;
  /** Parameters from a log; undefined: from pg_stat_statements. */
  readonly logged?: readonly ValueSet[];
}

type Counted = { readonly statements: readonly CountedStatement[] } | { readonly missing: string };

const MOST = 1000;

const SECOND_IN_DAYS = 1 / 86_400;

/** This program's own statements, by names and texts that only it uses, and queries on pg_stat_statements. */
const OWN = [
  /\bpg_stat_statements\b|"pgopt[ ~_]|\bpgopt_[0-9a-z]{8}\b|~[0-9a-z]{9,}"/i,
  /^DO \$\$BEGIN EXECUTE pg_catalog\.format\('SET LOCAL lock_timeout/,
  /^UPDATE pg_catalog\.pg_index SET indisvalid/,
  /^SELECT (?:pg_catalog\.(?:set_config|pg_stat_clear_snapshot)\(|current_setting\(\$1\)::int AS number$)/,
];
/** Commands that no index can make faster. */
const COMMAND =
  /^(?:EXPLAIN|SET|RESET|SHOW|SAVEPOINT|ROLLBACK|ABORT|RELEASE|BEGIN|COMMIT|END|START|LOCK|CREATE|ALTER|DROP|TRUNCATE|ANALYZE|VACUUM|REINDEX|CLUSTER|GRANT|REVOKE|REASSIGN|SECURITY|COMMENT|IMPORT|LOAD|PREPARE|DISCARD|DEALLOCATE|CLOSE|LISTEN|UNLISTEN|NOTIFY|CHECKPOINT)\b/i;
/** What PostgreSQL asks by itself for its foreign keys (ri_triggers.c). */
const FOREIGN_KEY_CHECK =
  /^SELECT (?:1 FROM (?:ONLY )?".* x WHERE .* OPERATOR\(.* FOR KEY SHARE OF x$|fk\.".* fk LEFT OUTER JOIN .* pk ON \( ?pk\.)/;

/** Whether a statement is of the database's clients, and may be made faster. */
export const isLoad = (text: string): boolean =>
  !COMMAND.test(bare(text)) && !FOREIGN_KEY_CHECK.test(text) && !OWN.some(own => own.test(text));

/** Strips comments that ORMs and query generators put before a statement. */
export const bare = (text: string): string => text.replace(/^(?:\s+|--.*(?:\n|$)|\/\*[\s\S]*?\*\/)+/, '');

export const isWrite = (text: string): boolean => /^(?:INSERT|UPDATE|DELETE|MERGE|COPY)\b/i.test(bare(text));

/**
 * @returns `missing`: why there are no statements, one line.
 * @throws DatabaseError for any other failure
 */
export async function countedStatements(link: Link): Promise<Counted> {
  const view = await findView(link);
  if (view === undefined)
    return { missing: 'the extension pg_stat_statements is not installed in this database' };
  const has = (column: string) => view.columns.includes(column);
  // Before version 1.8 the extension had one time, without planning.
  const time = has('total_exec_time') ? 'total_exec_time' : 'total_time';
  // Before version 1.9 it does not report since when it counts.
  const since = has('toplevel') ? `(SELECT stats_reset FROM ${view.name}_info)` : 'NULL::timestamptz';
  await link.query('SAVEPOINT statements');
  try {
    const rows = await link.query(
      `SELECT query AS text, sum(calls)::float8 AS calls, sum(${time})::float8 AS ms,
              extract(epoch FROM pg_catalog.clock_timestamp() - ${since})::float8 / 86400 AS days
       FROM ${view.name}
       WHERE dbid = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())
         AND query IS NOT NULL ${has('toplevel') ? 'AND toplevel' : ''}
       GROUP BY query ORDER BY 3 DESC, 1 LIMIT ${MOST}`,
    );
    return {
      statements: rows
        .filter(({ text }) => isLoad(String(text)))
        .map(({ text, calls, ms, days }) => ({
          text: String(text),
          calls: Number(calls),
          totalMs: Number(ms),
          callsADay: days === null ? undefined : Number(calls) / Math.max(Number(days), SECOND_IN_DAYS),
        })),
    };
  } catch (error) {
    if (!(error instanceof DatabaseError)) throw error;
    // Not in shared_preload_libraries, or no privilege.
    await link.query('ROLLBACK TO SAVEPOINT statements');
    return { missing: `pg_stat_statements cannot be read: ${error.message}` };
  }
}

/** The view in the extension's schema, otherwise on the search_path. */
async function findView(link: Link): Promise<{ name: string; columns: readonly string[] } | undefined> {
  const [row] = await link.query(
    `SELECT n.nspname AS schema, array_agg(a.attname::text) AS columns
     FROM pg_catalog.pg_class c
     JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
     JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
     WHERE c.oid = coalesce(
       (SELECT pg_catalog.to_regclass(pg_catalog.quote_ident(en.nspname) || '.pg_stat_statements')
        FROM pg_catalog.pg_extension e JOIN pg_catalog.pg_namespace en ON en.oid = e.extnamespace
        WHERE e.extname = 'pg_stat_statements'),
       $1)
     GROUP BY 1`,
    [await resolveRelation(link, { schema: undefined, name: 'pg_stat_statements' })],
  );
  if (row === undefined) return undefined;
  return {
    name: `${identifier(String(row.schema))}.pg_stat_statements`,
    columns: row.columns as readonly string[],
  };
}
