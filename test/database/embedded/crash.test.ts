import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { expect, it } from 'vitest';
import { layoutOf } from '../../../src/database/embedded/layout.ts';
import { isPostmaster, processExists } from '../../../src/database/embedded/postmaster.ts';
import { cacheWithCluster, killServer, newCache, query, serverIn, start } from './caches.ts';
import { bundleExplorer, explore } from './explorer.ts';

bundleExplorer();

/** Writes a postmaster.pid, as its server's account owns it, with another process id or start time. */
async function rewriteLock(
  cacheRoot: string,
  change: { processId?: number; startedAt?: number },
): Promise<void> {
  const path = join(layoutOf(cacheRoot).dataDirectory, 'postmaster.pid');
  const lines = (await readFile(path, 'utf8')).split('\n');
  if (change.processId !== undefined) lines[0] = String(change.processId);
  if (change.startedAt !== undefined) lines[2] = String(change.startedAt);
  await writeFile(path, lines.join('\n'));
}

it('recovers the data of a server that was killed, although a backend of it still computes', async () => {
  const cacheRoot = await cacheWithCluster();
  const explorer = explore({ cacheRoot });
  const { settings } = await explorer.wait('ready');
  await query(settings, 'CREATE TABLE kept AS SELECT 1 AS n');
  // A commit is not waited for: without this it may be lost with the server.
  await query(settings, 'CHECKPOINT');
  const client = new pg.Client(settings);
  client.on('error', () => undefined);
  await client.connect();
  const [row] = (await client.query('SELECT pg_backend_pid() AS backend')).rows;
  // In the target list, the function computes row by row and never looks whether its postmaster lives.
  client.query('SELECT generate_series(1, 1e12) OFFSET 1e12').catch(() => undefined);
  while (
    (await query(settings, `SELECT 1 FROM pg_stat_activity WHERE pid = ${row.backend} AND state = 'active'`))
      .length === 0
  );
  await killServer(cacheRoot, 'SIGKILL');
  expect(processExists(row.backend)).toBe(true);

  const server = await start(cacheRoot);
  expect(server.adopted).toBe(false);
  expect(await query(server.settings, 'SELECT n FROM kept')).toEqual([{ n: 1 }]);
  expect(await server.release()).toEqual({ stopped: true });
  // Its lease is gone, and it takes notice without falling over.
  expect(await explorer.leave()).toEqual({ stopped: true });
});

it('starts although the lock file names a process that is by now another one', async () => {
  const cacheRoot = await cacheWithCluster();
  const explorer = explore({ cacheRoot });
  await explorer.wait('ready');
  await killServer(cacheRoot, 'SIGKILL');
  await explorer.kill();
  // Any process of the server's own account: only for such a one PostgreSQL refuses to start.
  const stranger = explore({ cacheRoot: await cacheWithCluster() });
  const { dataDirectory } = await stranger.wait('ready');
  const [strangerId] = (await readFile(join(dataDirectory, 'postmaster.pid'), 'utf8')).split('\n');
  await rewriteLock(cacheRoot, { processId: Number(strangerId) });

  const server = await start(cacheRoot);
  expect(server.adopted).toBe(false);
  expect(await isPostmaster(Number(strangerId), dataDirectory, process.platform)).toBe(true);
  await server.release();
  await stranger.leave();
});

it('starts although a lock file was left empty', async () => {
  const cacheRoot = await cacheWithCluster();
  await (await start(cacheRoot)).release();
  await writeFile(join(layoutOf(cacheRoot).dataDirectory, 'postmaster.pid'), '');
  const server = await start(cacheRoot);
  expect(server.adopted).toBe(false);
  expect(await server.release()).toEqual({ stopped: true });
});

it('makes a new cluster when the machine went down under the server, whose data were never forced to disk', async () => {
  const cacheRoot = await cacheWithCluster();
  const first = await start(cacheRoot);
  await query(first.settings, 'CREATE TABLE doubtful AS SELECT 1 AS n');
  await killServer(cacheRoot, 'SIGKILL');
  await rewriteLock(cacheRoot, { startedAt: 1_000_000_000 });

  const second = await start(cacheRoot);
  expect(await query(second.settings, `SELECT to_regclass('doubtful') AS found`)).toEqual([{ found: null }]);
  await second.release();
  await first.release();
});

it('gives up on a server that hangs, and --fresh gets rid of it', async () => {
  const cacheRoot = await cacheWithCluster();
  const hung = await start(cacheRoot);
  const processId = await serverIn(cacheRoot);
  process.kill(processId ?? 0, 'SIGSTOP');
  await expect(start(cacheRoot, { timeoutMs: 500 })).rejects.toMatchObject({
    code: 'embedded-start-failed',
    message: expect.stringContaining('does not answer'),
  });
  const fresh = await start(cacheRoot, { fresh: true });
  expect(fresh.adopted).toBe(false);
  expect(await isPostmaster(processId ?? 0, fresh.dataDirectory, process.platform)).toBe(false);
  expect(await fresh.release()).toEqual({ stopped: true });
  await hung.release();
});

it('lives on when its lease is ended from outside, and still stops the server', async () => {
  const cacheRoot = await cacheWithCluster();
  const server = await start(cacheRoot);
  await query(
    server.settings,
    `SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND mode = 'ShareLock'`,
  );
  expect(await query(server.settings, 'SELECT 1 AS n')).toEqual([{ n: 1 }]);
  expect(await server.release()).toEqual({ stopped: true });
  expect(await serverIn(cacheRoot)).toBeUndefined();
});

it('ends a start that is cancelled, with no server left', async () => {
  for (const step of ['creating the database', 'starting PostgreSQL']) {
    const cacheRoot = await newCache();
    const stop = new AbortController();
    const started = start(cacheRoot, { signal: stop.signal, onStep: told => told === step && stop.abort() });
    await expect(started).rejects.toMatchObject({ code: 'cancelled' });
    expect(await serverIn(cacheRoot)).toBeUndefined();
    expect(existsSync(layoutOf(cacheRoot).dataDirectory)).toBe(step === 'starting PostgreSQL');
  }
});
