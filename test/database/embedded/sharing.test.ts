import { readdir } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { layoutOf } from '../../../src/database/embedded/layout.ts';
import { cacheWithCluster, newCache, query, serverIn, start } from './caches.ts';
import { bundleExplorer, type Explorer, explore } from './explorer.ts';

bundleExplorer();

it('lets explorers that start at once from nothing share one cluster', async () => {
  const cacheRoot = await newCache();
  const explorers = [1, 2, 3].map(() => explore({ cacheRoot }));
  const ready = await Promise.all(explorers.map(explorer => explorer.wait('ready')));
  expect(new Set(ready.map(({ settings }) => settings.password)).size).toBe(1);
  expect(ready.filter(({ adopted }) => !adopted)).toHaveLength(1);
  for (const { settings } of ready) expect(await query(settings, 'SELECT 1 AS n')).toEqual([{ n: 1 }]);
  expect(await readdir(layoutOf(cacheRoot).server)).toEqual(['data']);

  const left = await Promise.all(explorers.map(explorer => explorer.leave()));
  expect(left.filter(({ stopped }) => stopped)).toHaveLength(1);
  expect(await serverIn(cacheRoot)).toBeUndefined();
});

it('survives explorers that come and go at the same time', async () => {
  const cacheRoot = await cacheWithCluster();
  let current: Explorer = explore({ cacheRoot });
  await current.wait('ready');
  for (let round = 0; round < 8; round++) {
    const next = explore({ cacheRoot });
    // The one stops the server, if it is the last, while the other adopts it or starts it.
    const [, ready] = await Promise.all([current.leave(), next.wait('ready')]);
    expect(await query(ready.settings, 'SELECT 1 AS n')).toEqual([{ n: 1 }]);
    current = next;
  }
  expect(await current.leave()).toEqual({ stopped: true });
});

it('adopts the server of explorers that were killed', async () => {
  const cacheRoot = await cacheWithCluster();
  const [first, second] = [explore({ cacheRoot }), explore({ cacheRoot })];
  const ready = await first.wait('ready');
  await second.wait('ready');
  await query(ready.settings, 'CREATE TABLE kept AS SELECT 1 AS n');
  await Promise.all([first.kill(), second.kill()]);

  const server = await start(cacheRoot);
  expect(server.adopted).toBe(true);
  expect(await query(server.settings, 'SELECT n FROM kept')).toEqual([{ n: 1 }]);
  expect(await server.release()).toEqual({ stopped: true });
});

it('does not lose the server to a Ctrl-C in the terminal', async () => {
  const cacheRoot = await cacheWithCluster();
  const explorer = explore({ cacheRoot });
  await explorer.wait('ready');
  const processId = await serverIn(cacheRoot);
  await explorer.kill('SIGINT');
  const server = await start(cacheRoot);
  expect([server.adopted, await serverIn(cacheRoot)]).toEqual([true, processId]);
  await server.release();
});

it('leaves no half cluster when it is killed while making one', async () => {
  const cacheRoot = await newCache();
  const layout = layoutOf(cacheRoot);
  const explorer = explore({ cacheRoot });
  await explorer.wait('step');
  while ((await readdir(layout.server)).length === 0);
  await explorer.kill();
  expect(await readdir(layout.server)).toEqual([expect.stringMatching(/^data\.tmp-/)]);

  const server = await start(cacheRoot);
  expect(await query(server.settings, 'SELECT 1 AS n')).toEqual([{ n: 1 }]);
  expect(await readdir(layout.server)).toEqual(['data']);
  expect((await readdir(layout.home)).filter(name => name.startsWith('initdb'))).toEqual([]);
  await server.release();
});

it('ends what a killed explorer was computing', async () => {
  const cacheRoot = await cacheWithCluster();
  const server = await start(cacheRoot);
  const work = `SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query LIKE '%1e12%' AND pid <> pg_backend_pid()`;
  // A query that no one waits for any more: its client's socket is closed without a word.
  const { default: pg } = await import('pg');
  const client = new pg.Client(server.settings);
  client.on('error', () => undefined);
  await client.connect();
  client.query('SELECT count(*) FROM generate_series(1, 1e12)').catch(() => undefined);
  while ((await query(server.settings, work))[0]?.count !== '1');
  (client as unknown as { connection: { stream: { destroy(): void } } }).connection.stream.destroy();
  while ((await query(server.settings, work))[0]?.count !== '0');
  expect(await server.release()).toEqual({ stopped: true });
});
