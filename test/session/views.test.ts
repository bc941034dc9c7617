/** Several views with rewrites, on a real server: which text is planned. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openSession } from '../../src/session/opening.ts';
import { type TestDatabase, testDatabase } from '../helpers/database.ts';
import { record } from '../helpers/recorder.ts';
import { makeWorkload } from '../helpers/workload.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase('views', [
    'CREATE TABLE orders AS SELECT g AS id, g % 500 AS customer, g % 7 AS region, g % 97 AS amount FROM generate_series(1, 20000) g',
    'VACUUM (FREEZE, ANALYZE) orders',
  ]);
});
afterAll(() => database.drop());

it('plans the rewrite with the lowest cost of those whose views are all on', async () => {
  const workload = await makeWorkload({
    queries: { total: 'SELECT sum(amount) FROM orders', other: 'SELECT count(*) FROM orders' },
    proposals: {
      by_customer:
        'CREATE MATERIALIZED VIEW by_customer AS SELECT customer, sum(amount) AS amount FROM orders GROUP BY 1',
      by_region:
        'CREATE MATERIALIZED VIEW by_region AS SELECT region, sum(amount) AS amount, count(*) AS n FROM orders GROUP BY 1',
      tiny: 'CREATE MATERIALIZED VIEW tiny AS SELECT 1 AS one',
    },
    rewrites: {
      'total@by_customer': 'SELECT sum(amount) FROM by_customer',
      'total@by_region': 'SELECT sum(amount) FROM by_region',
      'total@by_customer+tiny': 'SELECT sum(amount) FROM by_customer, tiny',
      'other@by_region': 'SELECT sum(n)::bigint FROM by_region',
    },
  });
  const session = await openSession({
    settings: database.settings,
    workload,
    eager: false,
    now: Date.now,
    budget: { runs: 1, totalMs: 1 },
  });
  try {
    const recorder = record(session);
    let revision = 0;
    const planned = async (...proposals: string[]) => {
      const from = recorder.events.length;
      revision++;
      session.setDesired({ revision, proposals, queryId: 'total' });
      await recorder.idle(from);
      const last = recorder
        .ofType('plan:estimated', from)
        .filter(({ configuration, missing }) => configuration !== '' && missing.length === 0);
      return Object.fromEntries(last.map(({ queryId, rewrite }) => [queryId, rewrite]));
    };
    expect(await planned('by_customer')).toEqual({ total: 'by_customer', other: undefined });
    expect(await planned('by_customer', 'by_region')).toEqual({ total: 'by_region', other: 'by_region' });
    expect(await planned('tiny')).toEqual({ total: undefined, other: undefined });
    // Both are possible, and the one that reads both views costs more.
    expect(await planned('by_customer', 'tiny')).toEqual({ total: 'by_customer', other: undefined });
    expect(recorder.ofType('plan:failed')).toEqual([]);
  } finally {
    await session.close();
  }
});
