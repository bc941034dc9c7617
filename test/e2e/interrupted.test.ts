import { expect, it } from 'vitest';
import { serverIn } from '../database/embedded/caches.ts';
import { catalogOf } from '../helpers/database.ts';
import { cacheOfFile, SCALE, shopOfFile, untilFound, untilNobodyWorks } from './caches.ts';
import { startPiped } from './programs.ts';
import { workloadFolder } from './workloadFolder.ts';

const cache = cacheOfFile();
const shop = shopOfFile(cache);

it.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
] as const)('ends a check in the middle of a query on %s and leaves nothing', async (signal, exitCode) => {
  const before = await catalogOf(shop.link);
  const folder = await workloadFolder({
    'queries/01-slow.sql': 'SELECT count(*), pg_sleep(100) FROM orders;\n',
    'schema/proposals/by_status.sql': 'CREATE INDEX by_status ON orders (status);\n',
  });
  const running = startPiped({ cache, args: ['check', folder, '--scale', SCALE, '--json'] });
  const measuring = `SELECT 1 FROM pg_stat_activity
    WHERE application_name = 'pgopt-explore work' AND state = 'active' AND query LIKE '%pg_sleep(100)%'`;
  await untilFound(shop.link, measuring, running);
  running.process.kill(signal);
  const { code, stdout, stderr } = await running.outcome;
  expect({ code, stdout }).toEqual({ code: exitCode, stdout: '' });
  expect(stderr).toBe('pgopt-explore: interrupted: nothing was left behind\n');
  await untilNobodyWorks(shop.link);
  expect(await catalogOf(shop.link)).toBe(before);
  // Ours is the other one that uses it.
  expect(await serverIn(cache.root)).toBeTypeOf('number');
});

it('ends rehearsals in the middle of one on SIGINT, with the lens and the sessions of all sizes', async () => {
  const before = await catalogOf(shop.link);
  const folder = await workloadFolder({
    'queries/01-slow.sql': 'SELECT count(*), pg_sleep(0.1) FROM orders;\n',
    'schema/proposals/by_status.sql': 'CREATE INDEX by_status ON orders (status);\n',
    'schema/workload.json': '{ "title": "Test", "production_rows": { "orders": 100000 } }',
  });
  const databases = async () => (await shop.link.query('SELECT datname FROM pg_database')).length;
  const others = await databases();
  const running = startPiped({ cache, args: ['check', folder, '--scales', `0.0001,${SCALE}`, '--json'] });
  // Once there is a lens, whatever runs is a rehearsal.
  const rehearsing = `SELECT 1 FROM pg_database d, pg_stat_activity a WHERE d.datname LIKE 'lens%'
    AND a.application_name = 'pgopt-explore work' AND a.state = 'active' AND a.query LIKE '%ANALYZE%pg_sleep(0.1)%'`;
  await untilFound(shop.link, rehearsing, running);
  running.process.kill('SIGINT');
  const { code, stdout, stderr } = await running.outcome;
  expect({ code, stdout }).toEqual({ code: 130, stdout: '' });
  expect(stderr).toBe('pgopt-explore: interrupted: nothing was left behind\n');
  await untilNobodyWorks(shop.link);
  expect(await catalogOf(shop.link)).toBe(before);
  // The smaller shop was loaded, and stays; the lens is gone.
  expect(await databases()).toBe(others + 1);
});

it('prints what a search has found when SIGINT stops it, and leaves nothing', async () => {
  const before = await catalogOf(shop.link);
  const folder = await workloadFolder({
    'queries/01-search.sql': 'SELECT status FROM orders WHERE customer_id = 7;\n',
    'queries/02-slow.sql': 'SELECT g FROM generate_series(1, 100000000) g WHERE g < 0;\n',
    'schema/workload.json': '{ "title": "Test", "production_rows": { "orders": 50000000 } }',
  });
  const running = startPiped({ cache, args: ['suggest', folder, '--scale', SCALE, '--json'] });
  const measuring = `SELECT 1 FROM pg_stat_activity
    WHERE application_name = 'pgopt-explore work' AND state = 'active' AND query LIKE '%ANALYZE%100000000%'`;
  await untilFound(shop.link, measuring, running);
  running.process.kill('SIGINT');
  const { code, stdout } = await running.outcome;
  expect(code).toBe(130);
  const { complete, queries } = JSON.parse(stdout);
  expect(complete).toBe(false);
  expect(queries.map(({ number }: { readonly number: number }) => number)).toEqual([1, 2]);
  await untilNobodyWorks(shop.link);
  expect(await catalogOf(shop.link)).toBe(before);
});
