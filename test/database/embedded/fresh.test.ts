import { readdir, writeFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { layoutOf } from '../../../src/database/embedded/layout.ts';
import { cacheWithCluster, query, start } from './caches.ts';

const found = `SELECT to_regclass('mark')::text AS found`;

it('makes a new cluster, whether its server runs without users or not at all', async () => {
  const cacheRoot = await cacheWithCluster();
  const first = await start(cacheRoot);
  await query(first.settings, 'CREATE TABLE mark ()');
  await first.release();
  const second = await start(cacheRoot, { fresh: true });
  expect(await query(second.settings, found)).toEqual([{ found: null }]);
  expect(await readdir(layoutOf(cacheRoot).server)).toEqual(['data']);
  await second.release();
});

it('refuses while another program uses it, and leaves that one alone', async () => {
  const cacheRoot = await cacheWithCluster();
  const user = await start(cacheRoot);
  await query(user.settings, 'CREATE TABLE mark ()');
  await expect(start(cacheRoot, { fresh: true })).rejects.toMatchObject({
    code: 'embedded-start-failed',
    message: 'another pgopt-explore is using the embedded database',
  });
  expect(await query(user.settings, found)).toEqual([{ found: 'mark' }]);
  await user.release();
});

it('mends each kind of broken cache that an ordinary start complains of', async () => {
  const cacheRoot = await cacheWithCluster();
  const layout = layoutOf(cacheRoot);
  await (await start(cacheRoot)).release();
  const breakages = [
    { file: `${layout.dataDirectory}/PG_VERSION`, text: '14\n', says: /a cluster of PostgreSQL 14/ },
    { file: `${layout.dataDirectory}/PG_VERSION`, text: '', says: /no PostgreSQL cluster/ },
    { file: `${layout.dataDirectory}/global/pg_control`, text: '', says: /FATAL|PANIC/ },
    { file: layout.password, text: 'another\n', says: /refuses the password/ },
    { file: layout.password, text: '', says: /is empty/ },
  ];
  for (const { file, text, says } of breakages) {
    await writeFile(file, text);
    await expect(start(cacheRoot), file).rejects.toMatchObject({
      code: 'embedded-broken-cache',
      message: expect.stringMatching(says),
    });
    const mended = await start(cacheRoot, { fresh: true });
    expect(await query(mended.settings, 'SELECT 1 AS n')).toEqual([{ n: 1 }]);
    expect(await mended.release()).toEqual({ stopped: true });
  }
});
