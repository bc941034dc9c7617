/**
 * The reader of a lens may only plan queries. Its role owns nothing and writes nothing, so that it can neither
 * analyze nor vacuum a file of holes; what hides proposals from the planner is a function of the superuser's.
 */
import { readFile } from 'node:fs/promises';
import { DatabaseError } from '../../base/databaseError.ts';
import { identifier } from '../../base/sql.ts';
import type { Link } from '../../database/link.ts';
import { LENS_HIDE, LENS_SCHEMA } from '../../session/hide.ts';
import type { LensDocument } from '../document.ts';
import { baseName, lensOf } from './temporaryNames.ts';

const LARGE_OBJECTS = [
  ...['lo_creat(int4)', 'lo_create(oid)', 'lo_from_bytea(oid, bytea)', 'lo_put(oid, int8, bytea)'],
  ...['lowrite(int4, bytea)', 'lo_truncate(int4, int4)', 'lo_truncate64(int4, int8)'],
];

/** @param superuser Of the base, with search_path = pg_catalog. @throws DatabaseError */
export async function guard(
  superuser: Link,
  document: LensDocument,
  role: string,
  ownSchema: string,
): Promise<void> {
  const to = identifier(role);
  const needed = [
    // Before 16 they write in a transaction that only reads.
    ...LARGE_OBJECTS.map(name => `REVOKE EXECUTE ON FUNCTION pg_catalog.${name} FROM PUBLIC`),
    `CREATE SCHEMA ${LENS_SCHEMA}`,
    // Statistics without data are none to the planner.
    `CREATE FUNCTION ${LENS_HIDE}(indexes oid[], statistics oid[]) RETURNS void LANGUAGE sql SECURITY DEFINER
     SET search_path = pg_catalog, pg_temp AS $$
       UPDATE pg_catalog.pg_index SET indisvalid = false WHERE indexrelid = ANY (indexes);
       DELETE FROM pg_catalog.pg_statistic_ext_data WHERE stxoid = ANY (statistics);
     $$`,
    `REVOKE ALL ON FUNCTION ${LENS_HIDE} FROM PUBLIC`,
    `GRANT USAGE ON SCHEMA ${LENS_SCHEMA} TO ${to}`,
    `GRANT EXECUTE ON FUNCTION ${LENS_HIDE} TO ${to}`,
    'REVOKE CREATE ON SCHEMA public FROM PUBLIC',
  ];
  for (const sql of needed) await superuser.query(sql);
  // Some may have failed to be made.
  await superuser.batch(
    [...new Set(['public', ...document.schemas, ownSchema])].flatMap(name => [
      `GRANT USAGE ON SCHEMA ${identifier(name)} TO ${to}`,
      // What writes is planned in a transaction that only reads.
      `GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA ${identifier(name)} TO ${to}`,
    ]),
  );
}

/** Removes lenses that are no longer used: their maker holds a lock, and a killed explorer's lock is free. */

/** @param link Of a superuser, in another database. */
export async function dropLens(link: Link, lens: string): Promise<void> {
  for (const database of [lens, baseName(lens)]) {
    // No template can be dropped; where there is no such database this fails, and nothing is to be done.
    await link.batch([`ALTER DATABASE ${identifier(database)} IS_TEMPLATE false`]);
    await link.query(`DROP DATABASE IF EXISTS ${identifier(database)} WITH (FORCE)`);
  }
  for (const role of [lens, baseName(lens)]) await link.query(`DROP ROLE IF EXISTS ${identifier(role)}`);
}

const KEY = 'hashtextextended($1, 0)';

export async function lockLens(link: Link, lens: string): Promise<boolean> {
  const [row] = await link.query(`SELECT pg_try_advisory_lock(${KEY}) AS locked`, [lens]);
  return row?.locked === true;
}

export async function sweepLenses(link: Link): Promise<void> {
  const rows = await link.query(
    `SELECT datname AS name FROM pg_database WHERE datname LIKE 'lens\\_%'
     UNION SELECT rolname FROM pg_roles WHERE rolname LIKE 'lens\\_%'`,
  );
  const lenses = new Set(rows.flatMap(({ name }) => lensOf(String(name)) ?? []));
  for (const lens of lenses) {
    if (!(await lockLens(link, lens))) continue;
    try {
      await dropLens(link, lens);
    } catch (error) {
      // One that cannot be dropped now must not keep everybody from making another; the next one tries again.
      if (!(error instanceof DatabaseError)) throw error;
    } finally {
      await link.query(`SELECT pg_advisory_unlock(${KEY})`, [lens]);
    }
  }
}

/**
 * Watches what a lens's two roles do. A file from outside may bring a function that the planner runs, and that takes time,
 * memory or disk without end. statement_timeout does not hold it: a function can set it, and catch what it throws. A
 * terminated session can do nothing about it.
 */

export interface Limits {
  /** Of one statement. More than its statement_timeout, which says it more gently. */
  readonly statementMs: number;
  /** Of one server process. Known on Linux only. */
  readonly memoryBytes: number;
  /** Of the database that is being made: its tables are empty. */
  readonly diskBytes: number;
  readonly everyMs: number;
}

const GB = 1024 ** 3;

export const LIMITS: Limits = { statementMs: 65_000, memoryBytes: 2 * GB, diskBytes: GB, everyMs: 1000 };

/** An empty table with its TOAST, and each of its indexes, is some pages. */
const BYTES_A_RELATION = 64 * 1024;

export interface Watch {
  /** Why something was ended: a clause. */
  readonly ended: string | undefined;
  /** The database is as it will be: its files may be of any length from now on. */
  made(): void;
  stop(): void;
}

/** @param link Of a superuser, in another database. @param relations How many the database will have. */
export function watchRoles(
  link: Link,
  roles: readonly [base: string, lens: string],
  relations: number,
  { statementMs, memoryBytes, diskBytes, everyMs }: Limits = LIMITS,
): Watch {
  let ended: string | undefined;
  let isMade = false;
  let isLooking = false;
  const why = async ({ pid, late, bytes }: Awaited<ReturnType<Link['query']>>[number]) => {
    if (late === true) return `a statement ran for more than ${Math.round(statementMs / 1000)} s`;
    if (!isMade && Number(bytes) > diskBytes + relations * BYTES_A_RELATION)
      return 'its empty tables took far too much disk';
    if ((await memoryOf(Number(pid))) > memoryBytes) return 'planning took far too much memory';
    return undefined;
  };
  const look = async (): Promise<void> => {
    if (isLooking) return;
    isLooking = true;
    try {
      for (const row of await link.query(isMade ? BUSY : BUSY_WITH_SIZE, [roles, statementMs])) {
        const reason = await why(row);
        if (reason === undefined) continue;
        ended ??= reason;
        await link.query('SELECT pg_catalog.pg_terminate_backend($1)', [row.pid]);
      }
    } catch {
      // The connection is gone, or one of its databases: there is nothing left to watch.
    } finally {
      isLooking = false;
    }
  };
  const timer = setInterval(() => void look(), everyMs);
  timer.unref();
  return {
    get ended() {
      return ended;
    },
    made: () => {
      isMade = true;
    },
    stop: () => clearInterval(timer),
  };
}

const busy = (more: string): string => `
  SELECT pid, extract(epoch FROM clock_timestamp() - query_start) * 1000 > $2::float8 AS late${more}
  FROM pg_catalog.pg_stat_activity WHERE usename = ANY ($1::name[]) AND state <> 'idle' AND state NOT LIKE 'idle in%'`;
const BUSY = busy('');
const BUSY_WITH_SIZE = busy(', pg_catalog.pg_database_size(datid) AS bytes');

/** What a process has to itself, without shared buffers; 0 where it is unknown. */
async function memoryOf(processId: number): Promise<number> {
  const status = await readFile(`/proc/${processId}/status`, 'utf8').catch(() => '');
  return Number(/^RssAnon:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) * 1024;
}
