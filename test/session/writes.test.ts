/** Statements that write are planned under each configuration, and never run, whatever asks for it. */
import { expect, it, onTestFinished } from 'vitest';
import { openSession } from '../../src/session/opening.ts';
import { testDatabase } from '../helpers/database.ts';
import { record } from '../helpers/recorder.ts';
import { traceOf } from '../helpers/trace.ts';
import { makeWorkload } from '../helpers/workload.ts';

const QUERIES = {
  update: "UPDATE acc SET owner = 'x' WHERE owner = 'o7'",
  insert: "INSERT INTO acc (owner) SELECT owner FROM acc WHERE owner = 'o7'",
  upsert: "INSERT INTO acc VALUES (1, 'o1') ON CONFLICT (id) DO UPDATE SET owner = 'x'",
  cte: "WITH gone AS (DELETE FROM acc WHERE owner = 'o7' RETURNING id) SELECT count(*) FROM gone",
  merge: "MERGE INTO acc a USING (SELECT 'o7' AS o) s ON a.owner = s.o WHEN MATCHED THEN DELETE",
  lock: "SELECT * FROM acc WHERE owner = 'o7' FOR UPDATE",
  reads: "SELECT count(*) FROM acc WHERE owner = 'o7'",
};
const WRITING = Object.keys(QUERIES).filter(id => id !== 'reads');

const TABLES = [
  'CREATE TABLE acc (id serial PRIMARY KEY, owner text)',
  "INSERT INTO acc (owner) SELECT 'o' || g % 2000 FROM generate_series(1, 20000) g",
  'ANALYZE acc',
];

it('plans them before and after, and leaves rows and sequences as they are', async () => {
  const database = await testDatabase('writes', TABLES);
  onTestFinished(() => database.drop());
  const workload = await makeWorkload({
    queries: QUERIES,
    proposals: { by_owner: 'CREATE INDEX by_owner ON acc (owner)' },
  });
  expect(workload.problems).toEqual([]);
  const before = await traceOf(database.link);
  const session = await openSession({ settings: database.settings, workload, eager: true, now: Date.now });
  const recorder = record(session);
  session.setDesired({ revision: 1, queryId: 'update', proposals: ['by_owner'] });
  await recorder.idle(0);

  const plans = recorder.ofType('plan:estimated');
  for (const queryId of WRITING) {
    const own = plans.filter(plan => plan.queryId === queryId);
    const reading = own.map(({ plan }) => plan.uses?.includes('by_owner'));
    // The upsert finds its row by the primary key.
    expect({ queryId, reading: [...new Set(reading)].sort() }).toEqual({
      queryId,
      reading: queryId === 'upsert' ? [false] : [false, true],
    });
  }
  const measured = recorder.events.flatMap(event => ('measurement' in event ? [event.queryId] : []));
  expect([...new Set(measured)]).toEqual(['reads']);

  for (const queryId of WRITING) {
    for (const look of ['tree', 'run', 'facts'] as const) {
      const task = { kind: 'run', queryId, rewrite: undefined, look, proposals: [], limitMs: 9_000 } as const;
      expect(await session.background(task)).toMatchObject({
        kind: 'failed',
        reason: expect.stringMatching(/^it writes \(.*\): planned, never run$/),
      });
    }
  }
  await session.close();
  expect(await traceOf(database.link)).toEqual(before);
});

it('looks through what they are planned with: a default of a stranger is refused', async () => {
  const database = await testDatabase('writes_default', [
    "CREATE FUNCTION leak() RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT pg_read_file('PG_VERSION') $$",
    'CREATE TABLE odd (id int, note text DEFAULT leak())',
    'CREATE DOMAIN noted AS text DEFAULT leak()',
    'CREATE TABLE other (id int, note noted)',
  ]);
  onTestFinished(() => database.drop());
  const workload = await makeWorkload({
    queries: {
      insert: 'INSERT INTO odd (id) VALUES (1)',
      domain: 'INSERT INTO other (id) VALUES (1)',
      reads: 'SELECT count(*) FROM odd',
    },
    proposals: {},
  });
  const session = await openSession({ settings: database.settings, workload, eager: false, now: Date.now });
  onTestFinished(() => session.close());
  const estimate = (queryId: string) =>
    session.background({ kind: 'estimate', queryId, proposals: [], settings: [] });
  expect(await estimate('reads')).toMatchObject({ kind: 'estimated' });
  for (const queryId of ['insert', 'domain'])
    expect(await estimate(queryId)).toMatchObject({
      kind: 'failed',
      reason: expect.stringContaining('pg_read_file()'),
    });
});

/** Orders with items that refer to them, and no index on the referring column. */
const ORDERS = [
  'CREATE TABLE orders (id int PRIMARY KEY, placed date, note text)',
  'CREATE TABLE items (id serial PRIMARY KEY, order_id int REFERENCES orders ON DELETE CASCADE, name text)',
  'CREATE TABLE tagged (name text, order_id int REFERENCES orders DEFERRABLE INITIALLY DEFERRED)',
  "INSERT INTO orders SELECT g, date '2026-01-01' + g % 300, 'n' || g FROM generate_series(1, 5000) g",
  "INSERT INTO items (order_id, name) SELECT g % 4000 + 1, 'i' FROM generate_series(1, 40000) g",
  'INSERT INTO tagged SELECT g::text, g FROM generate_series(1000, 2000) g',
  'CREATE INDEX orders_note ON orders (note)',
  'VACUUM ANALYZE',
];

it('with write cost runs them, rolls them back, and shows what foreign keys take beside their plans', async () => {
  const database = await testDatabase('writes_run', ORDERS);
  onTestFinished(() => database.drop());
  const { link } = database;
  const workload = await makeWorkload({
    queries: {
      delete: 'DELETE FROM orders WHERE id BETWEEN 4100 AND 4120',
      cascade: 'DELETE FROM orders WHERE id BETWEEN 3500 AND 3520',
      update: "UPDATE orders SET note = note || '.' WHERE id <= 1000",
      lock: 'SELECT * FROM orders WHERE id < 100 FOR UPDATE',
      fails: 'DELETE FROM orders WHERE id = 1500',
      serial: "INSERT INTO items (order_id, name) SELECT id, 'x' FROM orders",
      given: "INSERT INTO items (id, order_id, name) SELECT 100000 + id, id, 'x' FROM orders",
      twice: 'INSERT INTO tagged SELECT * FROM tagged WHERE order_id = 1500',
    },
    proposals: {
      by_order: 'CREATE INDEX by_order ON items (order_id)',
      once: 'CREATE UNIQUE INDEX once ON tagged (order_id)',
    },
  });
  expect(workload.problems).toEqual([]);
  const before = await traceOf(link);
  const session = await openSession({
    settings: database.settings,
    workload,
    eager: true,
    now: Date.now,
    writeCost: true,
  });
  const recorder = record(session);
  expect([...(recorder.ofType('session:opened')[0]?.writing ?? [])]).toEqual([
    ['delete', undefined],
    ['cascade', undefined],
    ['update', undefined],
    ['lock', undefined],
    ['fails', undefined],
    ['serial', expect.stringMatching(/nextval\(\).*ROLLBACK does not undo a change of a sequence/)],
    ['given', undefined],
    ['twice', undefined],
  ]);
  session.setDesired({ revision: 1, queryId: 'delete', proposals: ['by_order'] });
  await recorder.idle(0);

  const measured = (queryId: string, configuration: string) =>
    recorder
      .ofType('measurement:finished')
      .findLast(one => one.queryId === queryId && one.configuration === configuration)?.measurement;
  const itemsCheck = (configuration: string, queryId = 'delete') =>
    measured(queryId, configuration)?.tree?.statement.triggers.find(
      ({ name }) => name === 'items_order_id_fkey',
    );
  // 21 lookups of 40,000 rows become 21 lookups in an index.
  expect(itemsCheck('')).toMatchObject({ calls: 21, constraint: true });
  expect(itemsCheck('')?.ms).toBeGreaterThan(5 * (itemsCheck('by_order')?.ms ?? Number.NaN));
  expect(itemsCheck('', 'cascade')?.ms).toBeGreaterThan(
    5 * (itemsCheck('by_order', 'cascade')?.ms ?? Number.NaN),
  );
  // A deferred one is checked as well.
  expect(measured('delete', '')?.tree?.statement.triggers).toMatchObject([
    { name: 'items_order_id_fkey' },
    { name: 'tagged_order_id_fkey', calls: 21 },
  ]);
  // Its plan does not read the index; its run does.
  const plan = recorder
    .ofType('plan:estimated')
    .findLast(one => one.queryId === 'delete' && one.configuration === 'by_order')?.plan;
  expect(plan?.uses).toEqual(['by_order']);
  expect(recorder.ofType('measurement:failed')).toMatchObject(
    ['by_order', ''].map(() => ({
      queryId: 'fails',
      reason: expect.stringContaining('violates foreign key constraint'),
    })),
  );
  // The proposal is on a table that it neither writes to nor refers to: one measurement is for both.
  expect(measured('lock', 'by_order')?.runsMs.length).toBeGreaterThan(0);
  expect(measured('lock', '')).toBeUndefined();
  // An index that is switched off is kept up by no write: neither its time nor its uniqueness counts.
  expect(measured('twice', 'by_order')?.runsMs.length).toBeGreaterThan(0);
  session.setDesired({ revision: 2, queryId: 'twice', proposals: ['by_order', 'once'] });
  await recorder.until(event => event.type === 'measurement:failed' && event.queryId === 'twice');
  expect(recorder.ofType('measurement:failed').at(-1)?.reason).toMatch(/duplicate key .* "once"/);

  expect(recorder.events.some(event => 'measurement' in event && event.queryId === 'serial')).toBe(false);
  const task = {
    kind: 'run',
    queryId: 'serial',
    rewrite: undefined,
    look: 'run',
    proposals: [],
    limitMs: 9_000,
  } as const;
  expect(await session.background(task)).toMatchObject({
    kind: 'failed',
    reason: expect.stringMatching(
      /^it writes \(INSERT\): planned, never run: a write may not reach nextval\(\)/,
    ),
  });
  await session.close();
  expect(await traceOf(link)).toEqual(before);
});

it('says why a role’s statement that writes does not use a proposal', async () => {
  const database = await testDatabase('writes_role', TABLES);
  onTestFinished(() => database.drop());
  const role = `writes_${process.pid}`;
  await database.link.query(`CREATE ROLE ${role}`);
  onTestFinished(async () => {
    await database.link.query(`DROP OWNED BY ${role}`);
    await database.link.query(`DROP ROLE ${role}`);
  });
  await database.link.query(`GRANT SELECT, DELETE ON acc TO ${role}`);
  const workload = await makeWorkload({
    queries: { delete: 'DELETE FROM acc WHERE id = 7' },
    proposals: { by_owner: 'CREATE INDEX by_owner ON acc (owner)' },
  });
  const { settings } = database;
  const session = await openSession({ settings, workload, eager: false, now: Date.now, role });
  onTestFinished(() => session.close());
  await session.background({ kind: 'build', proposalId: 'by_owner' });
  expect(
    await session.background({
      kind: 'whyUnused',
      queryId: 'delete',
      proposalId: 'by_owner',
      proposals: ['by_owner'],
    }),
  ).toMatchObject({ kind: 'explained', unused: { reason: 'no-clause' } });
});
