/** Queries with parameters, on a real server: the values get the types that a client's would. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openSession } from '../../src/session/opening.ts';
import { type TestDatabase, testDatabase } from '../helpers/database.ts';
import { record } from '../helpers/recorder.ts';
import { makeWorkload } from '../helpers/workload.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase('parameters', [
    `CREATE TABLE orders AS SELECT g::bigint AS id, g % 50 AS customer, (g % 7)::text AS status,
       (g % 10)::numeric(10, 2) AS amount, date '2026-01-01' + g % 365 AS day
     FROM generate_series(1, 20000) g`,
    'UPDATE orders SET customer = 99 WHERE customer > 8',
    'CREATE INDEX orders_id ON orders (id)',
    'CREATE INDEX orders_status ON orders (status)',
    'CREATE INDEX orders_customer ON orders (customer)',
    'VACUUM (FREEZE, ANALYZE) orders',
  ]);
});
afterAll(() => database.drop());

it('plans each set of values as a client’s, and measures it by itself', async () => {
  const workload = await makeWorkload({
    queries: {
      many: `-- values rare: :customer = 7
             -- values other: :customer = -8
             -- values common: :customer = 99
             SELECT sum(amount) FROM orders WHERE customer = :customer`,
      types: `-- values: $1 = 17, $2 = 3, $3 = 4.5, $4 = '2026-03-01', $5 = 10, $6 = 2
              SELECT id FROM orders
              WHERE id = $1 AND status = $2 AND amount < $3 AND day >= $4 AND day - $6::int < $4 LIMIT $5`,
    },
    proposals: {},
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
    session.setDesired({ revision: 1, proposals: [], queryId: 'many' });
    await recorder.idle(0);
    expect(recorder.ofType('plan:failed')).toEqual([]);
    const plans = Object.fromEntries(
      recorder.ofType('plan:estimated').map(({ queryId, plan }) => [queryId, plan]),
    );
    // The plan for these values, not one for any: what most rows have is not looked up in the index.
    expect(JSON.stringify(plans.many)).toContain('orders_customer');
    expect(JSON.stringify(plans['many#common'])).not.toContain('orders_customer');
    // The literal is no part of the plan, and the run times are each query's own.
    expect(plans['many#other']?.fingerprint).toBe(plans.many?.fingerprint);
    expect(plans['many#common']?.fingerprint).not.toBe(plans.many?.fingerprint);
    expect(JSON.stringify(plans.types)).toContain("(orders.id = '17'::bigint)");
    const measured = recorder.ofType('measurement:finished').map(({ queryId }) => queryId);
    expect(measured.sort()).toEqual(['many', 'many#common', 'many#other', 'types']);
  } finally {
    await session.close();
  }
});
