/** Everything `init` wants to know of a database, read in one read-only transaction that is rolled back. */
import { DatabaseError } from '../base/databaseError.ts';
import { PgoptError } from '../base/errors.ts';
import type { ConnectionSettings } from '../database/connectionSettings.ts';
import { SCHEMAS_ON_PATH, schemasOf } from '../database/functions.ts';
import { connect, type Link } from '../database/link.ts';
import { OF_USERS, treeOf } from '../database/parts.ts';
import { partsOf, type StoredTables } from '../session/engines/engine.ts';
import { findEngine } from '../session/engines/engines.ts';
import type { Parts } from './columns.ts';
import { type ForeignKey, foreignKeysWithoutIndex } from './foreignKeys.ts';
import type { LoggedStatements } from './log.ts';
import { type IdleIndex, idleIndexes } from './proposalFile.ts';
import { type Draft, draftFromLog, draftQuery } from './query.ts';
import { type CountedStatement, countedStatements, isWrite } from './statements.ts';

export interface Discovery {
  /** undefined: only its log was read. */
  readonly database: string | undefined;
  /** Queries and those still to do, the most expensive first, with what was skipped between them. */
  readonly drafts: readonly Draft[];
  /** Why no statement could be read, one line. */
  readonly statementsMissing: string | undefined;
  readonly foreignKeys: readonly ForeignKey[];
  /** The writes that took the longest in all. */
  readonly writes: readonly CountedStatement[];
  readonly idleIndexes: readonly IdleIndex[];
  /** The largest table, schema first: what an example can read where no statement is known. */
  readonly largest: { readonly schema: string; readonly table: string } | undefined;
}

/**
 * @param top How many queries at most.
 * @param log Its statements are taken over, not those of pg_stat_statements.
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
      // Qualified, like all of ours: so it is known in pg_stat_statements.
      "SELECT pg_catalog.current_setting('server_version_num')::int AS number",
    );
    const number = Number(version?.number);
    if (number < 130_000)
      throw new PgoptError('server-unsupported', `the server is PostgreSQL ${Math.floor(number / 10_000)}`);
    for (const statement of [
      'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY',
      // The grammar that reads the statements reads strings this way.
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
  const drafts = await draftQueries(
    link,
    statements.filter(({ text }) => !isWrite(text)),
    top,
    { stored, statistics: engine.statistics },
  );
  return {
    database,
    drafts,
    statementsMissing:
      'missing' in counted ? counted.missing : log && statements.length === 0 ? NONE_LOGGED : undefined,
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

/** What a log says, without a database. @param top How many queries at most. */
export async function discoverInLog({ statements }: LoggedStatements, top: number): Promise<Discovery> {
  const drafts: Draft[] = [];
  for (const statement of statements.filter(({ text }) => !isWrite(text))) {
    if (drafts.filter(({ kind }) => kind !== 'skipped').length === top) break;
    const draft = await draftFromLog(statement);
    if (!(draft.kind === 'skipped' && draft.catalogOnly === true)) drafts.push(draft);
  }
  return {
    database: undefined,
    drafts,
    statementsMissing: statements.length === 0 ? NONE_LOGGED : undefined,
    foreignKeys: [],
    writes: statements.filter(({ text }) => isWrite(text)).slice(0, MOST_WRITES),
    idleIndexes: [],
    largest: undefined,
  };
}

const NONE_LOGGED =
  'the log has no statement with its duration; set log_min_duration_statement, or load auto_explain';

/** Worth a line of the README. */
const MOST_WRITES = 10;

/** @returns Until `top` of them are not skipped. */
async function draftQueries(
  link: Link,
  statements: readonly CountedStatement[],
  top: number,
  parts: Parts,
): Promise<Draft[]> {
  const drafts: Draft[] = [];
  const path = schemasOf(await link.query(SCHEMAS_ON_PATH));
  let taken = 0;
  for (const statement of statements) {
    if (taken === top) break;
    const draft = await draftQuery(link, statement, path, parts);
    // Ours, psql's and those of other tools.
    if (draft.kind === 'skipped' && draft.catalogOnly === true) continue;
    if (draft.kind !== 'skipped') taken++;
    drafts.push(draft);
  }
  return drafts;
}

/** Statements that differ in blanks and letter case of keywords only are one: their calls and times add up. */
function withoutRepeats(statements: readonly CountedStatement[]): CountedStatement[] {
  const found = new Map<string, CountedStatement>();
  for (const statement of statements) {
    // Quoted parts are left as they are: there, case and blanks mean something.
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
