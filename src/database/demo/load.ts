/** Loads a shop into its own database, with several connections, and gives it its name once it is complete. */
import { setTimeout as sleep } from 'node:timers/promises';
import { PgoptError } from '../../base/errors.ts';
import { identifier } from '../../base/sql.ts';
import type { ConnectionSettings, LoadEvent } from '../connectionSettings.ts';
import { connectTrusted, type Link } from '../link.ts';
import { stopIfAborted, TABLES, type Table } from './demo.ts';
import { dropForced } from './lock.ts';
import { describeDatabase, freeName, listDatabases, loadingName, type Metadata } from './metadata.ts';
import { readScript, type Variables } from './script.ts';
import { keyTasks, type Piece, rowTasks, vacuum } from './tasks.ts';

interface Lockable {
  /** Two tasks with a table in common never run in parallel. */
  readonly locks: readonly Table[];
}

/**
 * Each worker takes the first waiting task whose tables are free. Resolves when all are done. After a failure no task
 * starts, and the promise rejects with that failure once the running tasks have ended.
 */
export async function work<Worker, Task extends Lockable>(
  workers: readonly Worker[],
  tasks: readonly Task[],
  perform: (worker: Worker, task: Task) => Promise<void>,
): Promise<void> {
  const waiting = [...tasks];
  const locked = new Set<Table>();
  let failed = false;
  /** Workers without a task that may start; woken whenever locks are released. */
  let idle: (() => void)[] = [];

  const take = (): Task | undefined => {
    const at = waiting.findIndex(task => !task.locks.some(table => locked.has(table)));
    return at < 0 ? undefined : waiting.splice(at, 1)[0];
  };
  const run = async (worker: Worker): Promise<void> => {
    while (waiting.length > 0 && !failed) {
      const task = take();
      if (task === undefined) {
        await new Promise<void>(wake => idle.push(wake));
        continue;
      }
      for (const table of task.locks) locked.add(table);
      try {
        await perform(worker, task);
      } catch (error) {
        failed = true;
        throw error;
      } finally {
        for (const table of task.locks) locked.delete(table);
        const woken = idle;
        idle = [];
        for (const wake of woken) wake();
      }
    }
  };
  for (const outcome of await Promise.allSettled(workers.map(run))) {
    if (outcome.status === 'rejected') throw outcome.reason;
  }
}

const THROTTLE_MS = 100;
/** Before this the rate is too uncertain to estimate the remaining time. */
const SETTLE_MS = 500;

interface Progress {
  advance(done: { rows: number; units: number }): void;
}

/**
 * Reports the progress of a load: rows for the user, units of work for the remaining time.
 * @param totals.units Work in any unit that is proportional to time.
 */
export function startProgress(
  totals: { readonly rows: number; readonly units: number },
  onEvent: (event: LoadEvent) => void,
  clock: () => number = () => performance.now(),
): Progress {
  const startedAt = clock();
  let reportedAt = Number.NEGATIVE_INFINITY;
  let rows = 0;
  let units = 0;
  const report = () => {
    const elapsed = clock() - startedAt;
    reportedAt = clock();
    onEvent({
      type: 'startup:progress',
      message: rows < totals.rows ? 'loading the demo shop' : 'adding keys to the demo shop',
      rowsDone: rows,
      rowsTotal: totals.rows,
      remainingMs:
        elapsed < SETTLE_MS || units === 0
          ? undefined
          : (elapsed * Math.max(0, totals.units - units)) / units,
    });
  };
  report();
  return {
    advance: done => {
      rows += done.rows;
      units += done.units;
      if (clock() - reportedAt >= THROTTLE_MS || units >= totals.units) report();
    },
  };
}

const ATTEMPTS = 20;
const PAUSE_MS = 250;

/** Tables that VACUUM (ANALYZE) has not finished with. */
export async function unreadyTables(link: Link): Promise<Table[]> {
  const rows = await link.query(
    `SELECT c.relname FROM pg_class AS c
     WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r'
       AND (c.relallvisible < c.relpages OR c.reltuples < 0
            OR NOT EXISTS (SELECT FROM pg_statistic AS s WHERE s.starelid = c.oid))`,
  );
  const names = new Set(rows.map(row => row.relname));
  return TABLES.filter(table => names.has(table));
}

/**
 * Makes every table analyzed and all-visible, ready for index-only scans. One VACUUM may not be enough: another
 * session's snapshot may have held the horizon back. @throws PgoptError 'demo-load-failed' if repeating does not help.
 */
async function makeReady(link: Link, signal: AbortSignal | undefined): Promise<void> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const unready = await unreadyTables(link);
    if (unready.length === 0) return;
    stopIfAborted(signal);
    if (attempt > 0) await sleep(PAUSE_MS);
    for (const table of unready) await link.query(vacuum(table));
  }
  throw new PgoptError(
    'demo-load-failed',
    `VACUUM leaves pages of ${(await unreadyTables(link)).join(', ')} not all-visible`,
  );
}

interface Load {
  readonly settings: ConnectionSettings;
  readonly shop: string;
  readonly metadata: Metadata;
  readonly parallelism: number;
  readonly schemaFolder: string;
  readonly signal: AbortSignal | undefined;
  readonly onEvent: (event: LoadEvent) => void;
}

/**
 * The caller holds the shop's lock on `control`. Returns the database's name. After any failure the half-loaded
 * database is dropped, which ends its running statements.
 */
export async function loadShop(control: Link, load: Load): Promise<string> {
  const database = loadingName(load.shop);
  await dropForced(control, database);
  let drop: Promise<void> | undefined;
  const onAbort = () => {
    drop = dropForced(control, database).catch(() => undefined);
  };
  load.signal?.addEventListener('abort', onAbort);
  try {
    stopIfAborted(load.signal);
    await control.query(`CREATE DATABASE ${identifier(database)} TEMPLATE template0 ENCODING 'UTF8'`);
    await fill({ ...load.settings, database }, load);
    stopIfAborted(load.signal);
    await describeDatabase(control, database, load.metadata);
    const { names } = await listDatabases(control);
    const name = freeName(load.shop, load.metadata.loadedOn, names);
    // The database becomes a shop here.
    await control.query(`ALTER DATABASE ${identifier(database)} RENAME TO ${identifier(name)}`);
    return name;
  } catch (error) {
    await drop;
    await dropForced(control, database).catch(() => undefined);
    stopIfAborted(load.signal);
    throw error;
  } finally {
    load.signal?.removeEventListener('abort', onAbort);
  }
}

async function fill(settings: ConnectionSettings, load: Load): Promise<void> {
  const { schemaFolder, signal } = load;
  const { rows, seed, loadedOn } = load.metadata;
  const links: Link[] = [];
  try {
    for (let n = 0; n < load.parallelism; n++) links.push(await connectLoader(settings));
    const [first] = links;
    if (first === undefined) throw new RangeError('parallelism must be at least 1');
    const variables: Variables = { ...rows, seed, loaded_on: loadedOn };
    const run = async (file: string): Promise<void> => {
      for (const statement of (await readScript(schemaFolder, file))(variables)) await first.query(statement);
    };
    await run('tables.sql');
    await run('data/functions.sql');
    for (const table of ['categories', 'products', 'inventory']) await run(`data/${table}.sql`);

    const tasks = [
      ...(await rowTasks(schemaFolder, rows, variables)),
      ...(await keyTasks(schemaFolder, rows)),
    ];
    const all = tasks.flatMap(({ pieces }) => pieces);
    const progress = startProgress({ rows: sum(all, 'rows'), units: sum(all, 'units') }, load.onEvent);
    await work(links, tasks, async (link, { pieces }) => {
      for (const piece of pieces) {
        stopIfAborted(signal);
        await link.query(piece.sql);
        progress.advance(piece);
      }
    });
    await run('data/finish.sql');
    await makeReady(first, signal);
  } finally {
    await Promise.all(links.map(link => link.end()));
  }
}

/**
 * synchronous_commit: VACUUM marks a page all-visible only when the commits it saw are flushed; with it off, the first
 * VACUUM after a load would mark none. fsync is off on this server, so it costs nothing.
 */
async function connectLoader(settings: ConnectionSettings): Promise<Link> {
  const link = await connectTrusted(settings, 'pgopt-explore demo');
  await link.batch([
    'SET synchronous_commit = on',
    'SET jit = off',
    'SET statement_timeout = 0',
    'SET lock_timeout = 0',
    `SET maintenance_work_mem = '256MB'`,
    'SET max_parallel_workers_per_gather = 0',
  ]);
  return link;
}

const sum = (pieces: readonly Piece[], key: 'rows' | 'units'): number =>
  pieces.reduce((total, piece) => total + piece[key], 0);
