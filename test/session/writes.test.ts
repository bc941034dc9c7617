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
  ]);
  onTestFinished(() => database.drop());
  const workload = await makeWorkload({
    queries: { insert: 'INSERT INTO odd (id) VALUES (1)', reads: 'SELECT count(*) FROM odd' },
    proposals: {},
  });
  const session = await openSession({ settings: database.settings, workload, eager: false, now: Date.now });
  onTestFinished(() => session.close());
  const estimate = (queryId: string) =>
    session.background({ kind: 'estimate', queryId, proposals: [], settings: [] });
  expect(await estimate('reads')).toMatchObject({ kind: 'estimated' });
  expect(await estimate('insert')).toMatchObject({
    kind: 'failed',
    reason: expect.stringContaining('pg_read_file()'),
  });
});
