/** What the session looks up of its own promises, on a real server: what must be noticed is, and what it does itself is not. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openSession } from '../../src/session/opening.ts';
import { catalogState, lastingChanges } from '../../src/session/verify.ts';
import { type TestDatabase, testDatabase } from '../helpers/database.ts';
import { record } from '../helpers/recorder.ts';
import { makeWorkload } from '../helpers/workload.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase('verify', [
    'CREATE TABLE customers (id int PRIMARY KEY, name text DEFAULT 17)',
    'CREATE TABLE orders (id int, customer int REFERENCES customers, amount numeric(8, 2))',
    'INSERT INTO customers SELECT g FROM generate_series(1, 100) g',
    'INSERT INTO orders SELECT g, g % 100 + 1, g FROM generate_series(1, 5000) g',
    'VACUUM (FREEZE, ANALYZE) customers, orders',
  ]);
});
afterAll(() => database.drop());

/** Of the database after a statement, which is undone. */
async function stateAfter(statement: string) {
  const { link } = database;
  await link.query('BEGIN');
  try {
    await link.query(statement);
    return await catalogState(link);
  } finally {
    await link.query('ROLLBACK');
  }
}

describe('the state of the catalog', () => {
  it.each([
    'ALTER TABLE orders ADD COLUMN note text',
    'ALTER TABLE orders DROP COLUMN amount',
    'ALTER TABLE orders ALTER COLUMN amount TYPE numeric(9, 2)',
    'ALTER TABLE orders ALTER COLUMN id SET NOT NULL',
    'ALTER TABLE customers ALTER COLUMN name SET DEFAULT 18',
    'ALTER TABLE orders RENAME COLUMN amount TO total',
    'ALTER TABLE orders RENAME TO sales',
    'ALTER TABLE orders ADD CHECK (amount > 0)',
    'ALTER TABLE orders DROP CONSTRAINT orders_customer_fkey',
    'CREATE TABLE other (id int)',
  ])('is another after %s', async statement => {
    const { digest } = await catalogState(database.link);
    expect((await stateAfter(statement)).digest).not.toBe(digest);
  });

  it.each([
    'CREATE INDEX i ON orders (customer)',
    'CREATE MATERIALIZED VIEW v AS SELECT sum(amount) FROM orders',
    'CREATE STATISTICS s ON customer, amount FROM orders',
    'ANALYZE orders',
  ])('is the same after %s', async statement => {
    expect(await stateAfter(statement)).toEqual(await catalogState(database.link));
  });

  it('knows the extensions', async () => {
    const { extensions } = await catalogState(database.link);
    expect(extensions).toEqual([expect.stringMatching(/^plpgsql /)]);
    expect((await stateAfter('DROP EXTENSION plpgsql')).extensions).toEqual([]);
  });
});

it('counts every kind of object that was made, and an index to drop is none of them', async () => {
  await database.link.query('CREATE INDEX old ON orders (amount)');
  const workload = await makeWorkload({
    queries: { one: 'SELECT sum(amount) FROM orders WHERE customer = 7' },
    proposals: {
      i: 'CREATE INDEX i ON orders (customer)',
      v: 'CREATE MATERIALIZED VIEW v AS SELECT customer, sum(amount) FROM orders GROUP BY 1; CREATE INDEX vi ON v (customer)',
      s: 'CREATE STATISTICS s ON customer, amount FROM orders',
      gone: 'DROP INDEX old',
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
    session.setDesired({ revision: 1, proposals: ['i', 'v', 's', 'gone'], queryId: 'one' });
    await recorder.idle(0);
    // Asked for twice, and once while something runs: each time it is answered in its turn.
    session.measureAgain('one');
    session.verify();
    session.verify();
    await recorder.until(({ type }) => type === 'session:verified', 0);
    await recorder.idle();
    const [first, ...more] = recorder.ofType('session:verified');
    expect(more).toEqual([]);
    expect(first?.verified).toMatchObject({ made: 4, outside: { visible: 0, transaction: 'in progress' } });
    expect(first?.verified.now).toEqual(first?.verified.opening);
    expect(recorder.ofType('session:lost')).toEqual([]);
    // And once more when it is all over.
    await session.close();
    expect(recorder.ofType('session:verified').slice(1)).toEqual([
      {
        type: 'session:verified',
        verified: { ...first?.verified, outside: { visible: 0, transaction: 'aborted' } },
      },
    ]);
    expect(recorder.events.at(-1)?.type).toBe('session:closed');
  } finally {
    await session.close();
  }
});

it('tells a sequence that moved, and which function may have moved it', async () => {
  await database.link.query('CREATE SEQUENCE counter');
  const workload = await makeWorkload({
    queries: { one: 'SELECT 1' },
    proposals: { v: "CREATE MATERIALIZED VIEW v AS SELECT nextval('counter') AS n" },
    trusted: ['nextval'],
  });
  const { settings } = database;
  const session = await openSession({ settings, workload, eager: false, now: Date.now });
  try {
    const recorder = record(session);
    session.verify();
    await recorder.until(({ type }) => type === 'session:verified', 0);
    session.setDesired({ revision: 1, proposals: ['v'], queryId: 'one' });
    await recorder.idle(0);
    session.verify();
    await recorder.until(({ type }) => type === 'session:verified');
    const [before, after] = recorder.ofType('session:verified').map(({ verified }) => verified);
    const changes = (found: typeof before) => {
      const { opening, now } = found?.lasting ?? {};
      if (opening === undefined || now === undefined) throw new Error('the server did not say');
      return lastingChanges(opening, now);
    };
    expect(changes(before)).toEqual([]);
    expect(changes(after)).toEqual(['sequence public.counter moved from unused to 1']);
    expect(after?.unseen).toEqual(['nextval']);
  } finally {
    await session.close();
  }
});
