import { lstat, readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { layoutOf } from '../../../src/database/embedded/layout.ts';
import { cacheWithCluster, newCache, query, serverIn, start } from './caches.ts';

it('makes a cluster once, starts it again and stops it when the last user has left', async () => {
  const cacheRoot = await newCache();
  const steps: string[] = [];
  const first = await start(cacheRoot, { onStep: step => steps.push(step) });
  expect(first).toMatchObject({ adopted: false, dataDirectory: layoutOf(cacheRoot).dataDirectory });
  expect(first.serverVersion).toMatch(/^15\./);
  await query(first.settings, 'CREATE TABLE kept AS SELECT 1 AS n');
  expect(await first.release()).toEqual({ stopped: true });
  expect(await first.release()).toEqual({ stopped: true });
  expect(await serverIn(cacheRoot)).toBeUndefined();

  const second = await start(cacheRoot, { onStep: step => steps.push(step) });
  expect(await query(second.settings, 'SELECT n FROM kept')).toEqual([{ n: 1 }]);
  expect(await second.release()).toEqual({ stopped: true });
  // On a busy machine a start takes long enough to be told of: that says nothing about how often one was made.
  const done = steps.filter(step => step !== 'waiting for the database');
  expect(done).toEqual(['creating the database', 'starting PostgreSQL', 'starting PostgreSQL']);
});

it('gives a second explorer the running server and keeps it until the last has left', async () => {
  const cacheRoot = await cacheWithCluster();
  const first = await start(cacheRoot);
  const second = await start(cacheRoot);
  expect(second).toMatchObject({ adopted: true, settings: first.settings });
  expect(await first.release()).toEqual({ stopped: false });
  expect(await query(second.settings, 'SELECT 1 AS n')).toEqual([{ n: 1 }]);
  expect(await second.release()).toEqual({ stopped: true });
});

it('belongs to a superuser, keeps UTC and code point order, and has durability off', async () => {
  const cacheRoot = await newCache();
  const server = await start(cacheRoot);
  const rows = await query(
    server.settings,
    `SELECT name, setting FROM pg_settings WHERE name IN ('fsync', 'full_page_writes', 'listen_addresses',
     'server_encoding', 'synchronous_commit', 'TimeZone', 'track_io_timing', 'wal_level') ORDER BY lower(name)`,
  );
  expect(Object.fromEntries(rows.map(row => [row.name, row.setting]))).toEqual({
    fsync: 'off',
    full_page_writes: 'off',
    listen_addresses: '',
    server_encoding: 'UTF8',
    synchronous_commit: 'off',
    TimeZone: 'UTC',
    track_io_timing: 'on',
    wal_level: 'minimal',
  });
  expect(await query(server.settings, 'SELECT rolsuper FROM pg_roles WHERE rolname = current_user')).toEqual([
    { rolsuper: true },
  ]);
  expect(await query(server.settings, `SELECT 'Z' < 'a' AS by_code_point`)).toEqual([
    { by_code_point: true },
  ]);
  await server.release();
});

it('keeps the server apart from the terminal that started it', async () => {
  const cacheRoot = await cacheWithCluster();
  const server = await start(cacheRoot);
  const processId = await serverIn(cacheRoot);
  const [answer] = await query(server.settings, `SELECT pg_read_file('/proc/${processId}/stat') AS stat`);
  const fields = String(answer?.stat)
    .replace(/^.*\) /, '')
    .split(' ');
  // state, parent, process group, session, terminal
  expect(fields.slice(2, 5)).toEqual([String(processId), String(processId), '0']);
  await server.release();
});

it('keeps data and password to the user alone', async () => {
  const cacheRoot = await newCache();
  const server = await start(cacheRoot);
  const layout = layoutOf(cacheRoot);
  const mode = async (path: string): Promise<string> => ((await lstat(path)).mode & 0o777).toString(8);
  expect(await mode(layout.server)).toBe('700');
  expect(await mode(layout.dataDirectory)).toBe('700');
  expect(await mode(server.settings.host)).toBe('700');
  expect(await mode(layout.password)).toBe('600');
  expect(await mode(layout.log)).toBe('600');
  expect((await lstat(layout.password)).uid).toBe(process.getuid?.());
  // And keeps it to itself.
  const told = [layout.log, layout.configuration, layout.access].map(path => readFile(path, 'utf8'));
  told.push(readFile(`/proc/${await serverIn(cacheRoot)}/cmdline`, 'utf8'));
  for (const text of await Promise.all(told)) expect(text).not.toContain(server.settings.password);
  await server.release();
});
