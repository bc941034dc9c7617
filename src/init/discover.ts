/** Reads everything that `init` needs from a database, in one READ ONLY transaction that is rolled back. */
import { DatabaseError } from '../base/databaseError.ts';
import { PgoptError } from '../base/errors.ts';
import type { ConnectionSettings } from '../database/connectionSettings.ts';
import { SCHEMAS_ON_PATH, schemasOf } from '../database/functions.ts';
import { connect, type Link } from '../database/link.ts';
import { OF_USERS, treeOf } from '../database/parts.ts';
import { partsOf, type StoredTables } from '../session/engines/engine.ts';
import { findEngine } from '../session/engines/engines.ts';
import { type ForeignKey, foreignKeysWithoutIndex } from './foreignKeys.ts';
import type { LoggedStatements } from './log.ts';
import { type IdleIndex, idleIndexes } from './proposalFile.ts';
import { type Draft, draftFromLog, draftQuery } from './query.ts';
import { type CountedStatement, countedStatements, isWrite } from './statements.ts';

export interface Discovery {
  /** undefined: a log was read without a database. */
  readonly database: string | undefined;
  /** The statements are a log's, not those of pg_stat_statements. */
  readonly isLogged: boolean;
  /** Most expensive first, skipped statements included. */
  readonly drafts: readonly Draft[];
  /** Why there are no statements, one line. */
  readonly statementsMissing: string | undefined;
  readonly foreignKeys: readonly ForeignKey[];
  readonly writes: readonly CountedStatement[];
  readonly idleIndexes: readonly IdleIndex[];
  /** The largest table, for an example query if there are no statements. */
  readonly largest: { readonly schema: string; readonly table: string } | undefined;
}

/**
 * @param top The maximum number of queries.
 * @param log Replaces pg_stat_statements.
 * @throws PgoptError 'connection-refused', 'server-unsupported' or 'session-refused'
 */
export async function discover(
  settings: ConnectionSettings,
  top: number,
  log?: LoggedStatements,
): Promise<Discovery> {
  const link = await connect(settings, 'pgopt-explore init');
  try {
    const [version] = await link.query(
      // Qualified, so that the filter of pg_stat_statements recognizes it as the program's own.
      "SELECT pg_catalog.current_setting('server_version_num')::int AS number",
    );
    const number = Number(version?.number);
    if (number < 130_000)
      throw new PgoptError('server-unsupported', `the server is PostgreSQL ${Math.floor(number / 10_000)}`);
    for (const statement of [
      'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY',
      // libpg-query assumes this setting.
      'SET LOCAL standard_conforming_strings = on',
      "SET LOCAL lock_timeout = '5s'",
      "SET LOCAL statement_timeout = '60s'",
    ])
      await link.query(statement);
    return await read(link, settings.database, top, log);
  } catch (error) {
    if (!(error instanceof DatabaseError)) throw error;
    throw new PgoptError('session-refused', `the server refused to be read: ${error.message}`);
  } finally {
    await link.batch(['ROLLBACK']);
    await link.end();
  }
}

async function read(
  link: Link,
  database: string,
  top: number,
  log: LoggedStatements | undefined,
): Promise<Discovery> {
  const counted = log ?? (await countedStatements(link));
  const statements = 'missing' in counted ? [] : (log?.statements ?? withoutRepeats(counted.statements));
  const engine = await findEngine(link);
  const stored = (await engine.stored?.(link)) ?? new Map();
  const parts = { stored, statistics: engine.statistics };
  const path = schemasOf(await link.query(SCHEMAS_ON_PATH));
  const drafts = await draftsOf(statements, top, statement => draftQuery(link, statement, path, parts));
  const whyNone =
    log === undefined
      ? 'pg_stat_statements has counted no query that reads a table of this database'
      : whyNoneLogged(log);
  return {
    database,
    isLogged: log !== undefined,
    drafts,
    statementsMissing: 'missing' in counted ? counted.missing : drafts.length === 0 ? whyNone : undefined,
    foreignKeys: await foreignKeysWithoutIndex(link, stored),
    writes: statements.filter(({ text }) => isWrite(text)).slice(0, MOST_WRITES),
    idleIndexes: await idleIndexes(link, stored),
    largest: await largestTable(link, stored),
  };
}

async function largestTable(link: Link, stored: StoredTables): Promise<Discovery['largest']> {
  const rows = await link.query(
    `SELECT n.nspname AS schema, c.relname AS "table",
            (SELECT sum(greatest(p.relpages, 0)) * pg_catalog.current_setting('block_size')::float8
             FROM ${treeOf('c.oid')} JOIN pg_catalog.pg_class p ON p.oid = part.oid)::float8 AS bytes
     FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND ${OF_USERS} AND pg_catalog.has_table_privilege(c.oid, 'SELECT')
     ORDER BY 3 DESC, 1, 2`,
  );
  const [largest] = rows
    .map(row => ({ schema: String(row.schema), table: String(row.table), bytes: Number(row.bytes) }))
    .map(table => ({ ...table, ...partsOf(stored, table) }))
    .toSorted((a, b) => b.bytes - a.bytes);
  return largest && { schema: largest.schema, table: largest.table };
}

/**
 * Reads a log without a database.
 * @param top The maximum number of queries.
 */
export async function discoverInLog(log: LoggedStatements, top: number): Promise<Discovery> {
  const { statements } = log;
  const drafts = await draftsOf(statements, top, draftFromLog);
  return {
    database: undefined,
    isLogged: true,
    drafts,
    statementsMissing: drafts.length === 0 ? whyNoneLogged(log) : undefined,
    foreignKeys: [],
    writes: statements.filter(({ text }) => isWrite(text)).slice(0, MOST_WRITES),
    idleIndexes: [],
    largest: undefined,
  };
}

const whyNoneLogged = ({ statements }: LoggedStatements): string =>
  statements.length === 0
    ? 'the log has no query with its duration; set log_min_duration_statement, or load auto_explain'
    : 'the log has no query that reads a table';

/** The README lists at most this many. */
const MOST_WRITES = 10;

/** Drafts of the statements that read; stops after `top` of them that are not skipped. */
async function draftsOf(
  statements: readonly CountedStatement[],
  top: number,
  draft: (statement: CountedStatement) => Promise<Draft>,
): Promise<Draft[]> {
  const drafts: Draft[] = [];
  let taken = 0;
  for (const statement of statements.filter(({ text }) => !isWrite(text))) {
    if (taken === top) break;
    const one = await draft(statement);
    // Skip catalog queries of this program, psql and other tools.
    if (one.kind === 'skipped' && one.catalogOnly === true) continue;
    if (one.kind !== 'skipped') taken++;
    drafts.push(one);
  }
  return drafts;
}

/** Merges statements that differ only in whitespace and keyword case; adds up their calls and times. */
function withoutRepeats(statements: readonly CountedStatement[]): CountedStatement[] {
  const found = new Map<string, CountedStatement>();
  for (const statement of statements) {
    // Case and whitespace matter inside quotes.
    const key = statement.text
      .split(/("(?:[^"]|"")*"|'(?:[^']|'')*')/)
      .map((part, position) => (position % 2 === 1 ? part : part.replace(/\s+/g, ' ').toLowerCase()))
      .join('')
      .trim()
      .replace(/;$/, '');
    const { text, calls, totalMs, callsADay } = found.get(key) ?? {
      text: statement.text,
      calls: 0,
      totalMs: 0,
      callsADay: statement.callsADay === undefined ? undefined : 0,
    };
    found.set(key, {
      text,
      calls: calls + statement.calls,
      totalMs: totalMs + statement.totalMs,
      callsADay: callsADay === undefined ? undefined : callsADay + (statement.callsADay ?? 0),
    });
  }
  return [...found.values()].sort((a, b) => b.totalMs - a.totalMs);
}
