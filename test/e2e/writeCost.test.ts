import { expect, it } from 'vitest';
import type { CheckDocument } from '../../src/report/document.ts';
import { catalogOf } from '../helpers/database.ts';
import { cacheOfFile, SCALE, shopOfFile, untilNobodyWorks } from './caches.ts';
import { runPiped } from './programs.ts';
import { workloadFolder } from './workloadFolder.ts';

const cache = cacheOfFile();
const shop = shopOfFile(cache);

const VIEW = 'CREATE MATERIALIZED VIEW totals AS SELECT status, count(*) FROM orders GROUP BY 1;';
const folder = (refresh: string) =>
  workloadFolder({
    'queries/01-all.sql': 'SELECT count(*) FROM orders;',
    'queries/02-gone.sql': 'DELETE FROM order_items WHERE unit_price < 1;',
    'schema/proposals/by_amount.sql': 'CREATE INDEX by_amount ON order_items (unit_price);',
    'schema/proposals/totals.sql': `${refresh}${VIEW}\nCREATE UNIQUE INDEX totals_status ON totals (status);`,
  });
const check = async (cwd: string, ...args: string[]) =>
  runPiped({ cache, cwd, args: ['check', '.', '--scale', SCALE, ...args] });
const rows = async () => shop.link.query('SELECT count(*), sum(order_id), sum(unit_price) FROM order_items');

it('tells what proposals cost writers when it is asked, and leaves no row', async () => {
  const cwd = await folder('-- refresh: 15 min\n');
  const before = [await catalogOf(shop.link), await rows()];
  const { code, stdout, stderr } = await check(cwd, '--write-cost');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toMatch(
    /^by_amount +order_items +INSERT +[\d.]+ k +[\d.]+ k .*measured with 5.00 k \+ 5.00 k rows$/m,
  );
  expect(stdout).toMatch(
    /^by_amount +order_items +UPDATE +[\d.]+ k +[\d.]+ k .*measured with 5.00 k \+ 5.00 k rows$/m,
  );
  expect(stdout).toMatch(/^Rolled back, but 20 k dead row versions/m);
  expect(stdout).toMatch(/^totals .* possible +may be 15 min 00 s stale +measured, \d runs?$/m);

  expect(stdout).toMatch(/^2 +02-gone .* measured, \d+ → \d+ runs, rolled back \(DELETE\)$/m);
  expect(stdout).toMatch(/^Each run of query 2 was rolled back; row versions that it made stay/m);

  const json = JSON.parse((await check(cwd, '--write-cost', '--json')).stdout) as CheckDocument;
  expect(json.queries[1]).toMatchObject({
    writes: 'DELETE',
    neverRun: null,
    rolledBack: true,
    before: { triggers: [] },
  });
  expect(
    json.proposals.map(({ id, writeCost }) => [id, writeCost?.tables.length, writeCost?.views.length]),
  ).toEqual([
    ['by_amount', 1, 0],
    ['totals', 0, 1],
  ]);
  await untilNobodyWorks(shop.link);
  expect([await catalogOf(shop.link), await rows()]).toEqual(before);
});

it('writes nothing when it is not asked', async () => {
  const cwd = await folder('');
  const dead = async () =>
    shop.link.query(
      `SELECT pg_relation_size('order_items') AS bytes, n_tup_ins, n_tup_upd, n_tup_del
       FROM pg_stat_user_tables WHERE relname = 'order_items'`,
    );
  await untilNobodyWorks(shop.link);
  const before = await dead();
  const json = JSON.parse((await check(cwd, '--json')).stdout) as CheckDocument;
  expect(json.proposals.map(({ writeCost }) => writeCost)).toEqual([null, null]);
  expect(json.queries[1]).toMatchObject({
    neverRun: 'statements that write run only with --write-cost',
    after: { how: 'planned', runsMs: [] },
  });
  await untilNobodyWorks(shop.link);
  expect(await dead()).toEqual(before);
});

it('points at a refresh that is no duration, and looks at the rest', async () => {
  const cwd = await folder('-- refresh: nightly\n');
  const { code, stdout, stderr } = await check(cwd);
  expect(code).toBe(2);
  expect(stdout).toMatch(/everything was rolled back/);
  expect(stderr).toMatch(/^schema\/proposals\/totals\.sql:1:13: not a duration: "nightly": write it like/);
});
