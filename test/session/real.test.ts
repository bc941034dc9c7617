/** The real session under the contract that the fake one is held to, hiding in either of its two ways. */
import { afterAll, beforeAll } from 'vitest';
import { openSession } from '../../src/session/opening.ts';
import { type TestDatabase, testDatabase } from '../helpers/database.ts';
import { makeWorkload } from '../helpers/workload.ts';
import { describeSessionContract } from './contract.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase('contract', [
    'CREATE TABLE orders AS SELECT g AS id, g % 500 AS customer, g % 97 AS amount FROM generate_series(1, 20000) g',
    'CREATE TABLE notes AS SELECT g AS id FROM generate_series(1, 100) g',
    'VACUUM (FREEZE, ANALYZE) orders, notes',
  ]);
});
afterAll(() => database.drop());

for (const hiding of ['catalog', 'drop'] as const) {
  describeSessionContract(`PostgreSQL, hiding by ${hiding}`, async interleave => {
    const workload = await makeWorkload({
      queries: {
        one: 'SELECT amount FROM orders WHERE customer = 7',
        two: 'SELECT sum(amount) FROM orders',
      },
      proposals: {
        by_customer: 'CREATE INDEX by_customer ON orders (customer) INCLUDE (amount)',
        by_note: 'CREATE INDEX by_note ON notes (id)',
        total: 'CREATE MATERIALIZED VIEW total AS SELECT sum(amount) AS amount FROM orders',
      },
      rewrites: { 'two@total': 'SELECT amount FROM total' },
    });
    const session = await openSession({
      settings: database.settings,
      workload,
      eager: false,
      hiding,
      now: Date.now,
      budget: { runs: 1, totalMs: 1 },
      ...(interleave === undefined ? {} : { interleave }),
    });
    return {
      session,
      queryIds: ['one', 'two'],
      helpful: 'by_customer',
      irrelevant: 'by_note',
      steers: { name: 'enable_indexonlyscan', value: 'off' },
      workload,
      view: { proposal: 'total', queryId: 'two' },
    };
  });
}
