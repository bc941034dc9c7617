/** Loads a shop into a database of its own and gives it its name only when all of it is there. */
import { identifier } from '../../base/sql.ts';
import { connectTrusted, type Link } from '../link.ts';
import type { ConnectionSettings, LoadEvent } from '../proposalObject.ts';
import { stopIfAborted } from './cancelled.ts';
import { work } from './crew.ts';
import { describeDatabase, listDatabases, type Metadata } from './metadata.ts';
import { freeName, loadingName } from './names.ts';
import { startProgress } from './progress.ts';
import { makeReady } from './ready.ts';
import { readScript, type Variables } from './script.ts';
import { dropForced } from './sweep.ts';
import { keyTasks, rowTasks, type Task } from './tasks.ts';

export interface Load {
  readonly settings: ConnectionSettings;
  readonly shop: string;
  readonly metadata: Metadata;
  readonly parallelism: number;
  readonly schemaFolder: string;
  readonly signal: AbortSignal | undefined;
  readonly onEvent: (event: LoadEvent) => void;
}

/**
 * The caller holds the shop's lock on `control`. Returns the database's name.
 * Whatever goes wrong, the half-loaded database is dropped, and dropping it ends the statements under way.
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
    // The moment it becomes a shop.
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

    const phases: [string, Task[]][] = [
      ['loading the demo shop', await rowTasks(schemaFolder, rows, variables)],
      ['adding keys to the demo shop', await keyTasks(schemaFolder, rows)],
    ];
    const all = phases.flatMap(([, tasks]) => tasks);
    const progress = startProgress({ rows: sum(all, 'rows'), units: sum(all, 'units') }, load.onEvent);
    for (const [message, tasks] of phases) {
      progress.phase(message);
      await work(links, tasks, async (link, task) => {
        stopIfAborted(signal);
        await link.query(task.sql);
        progress.advance(task);
      });
    }
    await run('data/finish.sql');
    await makeReady(first, rows, signal);
  } finally {
    await Promise.all(links.map(link => link.end()));
  }
}

/**
 * synchronous_commit: VACUUM marks a page all-visible only when the commits it saw have been flushed; with it off, the
 * first VACUUM after a load would mark none. fsync is off on this server, so it costs nothing.
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

const sum = (tasks: readonly Task[], key: 'rows' | 'units'): number =>
  tasks.reduce((total, task) => total + task[key], 0);
