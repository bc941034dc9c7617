/** Partitioned tables with foreign partitions, and foreign tables, through a real postgres_fdw. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openSession } from '../../src/session/opening.ts';
import { preflight } from '../../src/session/preflight/preflight.ts';
import type { Workload } from '../../src/workload/workload.ts';
import { type TestDatabase, testDatabase } from '../helpers/database.ts';
import { record } from '../helpers/recorder.ts';
import { makeWorkload } from '../helpers/workload.ts';

let database: TestDatabase;
let workload: Workload;
beforeAll(async () => {
  database = await testDatabase('partitions', [
    'CREATE EXTENSION postgres_fdw',
    "CREATE SERVER there FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host '127.0.0.1', port '1')",
    'CREATE USER MAPPING FOR PUBLIC SERVER there',
    'CREATE FOREIGN TABLE abroad (id int, at int) SERVER there',
    'CREATE TABLE events (id int, at int) PARTITION BY RANGE (at)',
    'CREATE TABLE events_1 PARTITION OF events FOR VALUES FROM (0) TO (10000)',
    'CREATE TABLE events_2 PARTITION OF events FOR VALUES FROM (10000) TO (20000)',
    'CREATE FOREIGN TABLE events_old PARTITION OF events FOR VALUES FROM (-1000) TO (0) SERVER there',
    'INSERT INTO events SELECT g % 5000, g FROM generate_series(0, 19999) g',
    'ANALYZE events_1, events_2',
  ]);
  workload = await makeWorkload({
    queries: { one: 'SELECT at FROM events WHERE id = 7 AND at > 0' },
    proposals: {
      whole: 'CREATE INDEX by_id ON events (id)',
      part: 'CREATE INDEX by_at ON events_2 (at)',
      sole: 'CREATE UNIQUE INDEX once ON events (id, at)',
      foreign: 'CREATE INDEX far ON abroad (id)',
    },
  });
});
afterAll(() => database.drop());

it('builds the sum of the parts, names the partitions that are passed over, and gives the server’s DETAIL', async () => {
  const session = await openSession({
    settings: database.settings,
    workload,
    eager: false,
    now: Date.now,
    estimatesOnly: true,
  });
  const recorder = record(session);
  session.setDesired({ revision: 1, proposals: ['whole'], queryId: 'one' });
  await recorder.idle();
  const from = recorder.events.length;
  session.setDesired({ revision: 2, proposals: ['whole', 'sole', 'foreign'], queryId: 'one' });
  await recorder.idle(from);
  const built = recorder.ofType('build:finished').find(({ proposalId }) => proposalId === 'whole')?.built;
  const failures = new Map(
    recorder.ofType('build:failed').map(({ proposalId, reason }) => [proposalId, reason]),
  );
  const plan = recorder.ofType('plan:estimated').findLast(event => event.configuration === 'whole')?.plan;
  await session.close();
  await database.link.query('CREATE INDEX by_hand_1 ON events_1 (id)');
  await database.link.query('CREATE INDEX by_hand_2 ON events_2 (id)');
  const [byHand] = await database.link.query(
    "SELECT (pg_relation_size('by_hand_1') + pg_relation_size('by_hand_2'))::int AS bytes",
  );
  expect(built).toMatchObject({
    bytes: byHand?.bytes,
    objects: [{ name: 'by_id', rows: 20_000, skipped: ['events_old'] }],
    note: 'by_id is not on events_old: PostgreSQL skips partitions that are foreign tables',
  });
  expect(plan?.uses).toEqual(['whole']);
  expect(failures.get('sole')).toMatch(/cannot create unique index.*DETAIL: .*foreign tables/);
  expect(failures.get('foreign')).toMatch(/abroad.*DETAIL: .*foreign tables/);
});

it('knows partitions by name, and what a foreign table is, before anything is touched', async () => {
  const { proposals } = await preflight(database.settings, workload);
  const problems = Object.fromEntries(proposals.map(({ id, problem }) => [id, problem]));
  expect(problems).toEqual({
    whole: undefined,
    part: undefined,
    sole: undefined,
    foreign: 'abroad is a foreign table: nothing can be built on it here, only where its rows are',
  });
});
