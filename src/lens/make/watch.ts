/**
 * Watches a lens's two roles. A file from outside may bring a function that the planner runs and that takes time, memory or
 * disk without end. It can override statement_timeout and catch errors, but not the end of its session.
 */
import { readFile } from 'node:fs/promises';
import type { Link } from '../../database/link.ts';

interface Limits {
  /** Longest statement; above its statement_timeout, which has a clearer error. */
  readonly statementMs: number;
  /** Per server process; only enforced on Linux. */
  readonly memoryBytes: number;
  /** Of the database while its tables are empty. */
  readonly diskBytes: number;
  readonly everyMs: number;
}

const GB = 1024 ** 3;

export const LIMITS: Limits = { statementMs: 65_000, memoryBytes: 2 * GB, diskBytes: GB, everyMs: 1000 };

/** An empty table with TOAST, or an empty index, has a few pages. */
const BYTES_A_RELATION = 64 * 1024;

export interface Watch {
  /** Why a session was terminated; a clause. */
  readonly ended: string | undefined;
  /** The database is complete: its files may have any length from now on. */
  made(): void;
  stop(): void;
}

/** @param link A superuser's, in another database. @param relations Number that the database will have. */
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
      return 'its empty tables took too much disk space';
    if ((await memoryOf(Number(pid))) > memoryBytes) return 'planning took too much memory';
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
      // The connection or a database is gone: nothing is left to watch.
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

/** Private memory of a process, without shared buffers; 0 if unknown. */
async function memoryOf(processId: number): Promise<number> {
  const status = await readFile(`/proc/${processId}/status`, 'utf8').catch(() => '');
  return Number(/^RssAnon:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) * 1024;
}
