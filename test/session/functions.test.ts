/** Which functions a workload may reach, on a real server. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { formatError } from '../../src/base/errors.ts';
import { openSession } from '../../src/session/opening.ts';
import { preflight } from '../../src/session/preflight/preflight.ts';
import { type TestDatabase, testDatabase } from '../helpers/database.ts';
import { expectAllJudged, expectAllKnown, WAYS } from '../helpers/functionCases.ts';
import { record } from '../helpers/recorder.ts';
import { makeWorkload } from '../helpers/workload.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase('functions', [
    ...WAYS,
    'CREATE SEQUENCE counter',
    // The planner runs it already.
    "CREATE FUNCTION draws(int) RETURNS bigint LANGUAGE sql IMMUTABLE AS $$ SELECT nextval('counter') + $1 $$",
    'CREATE EXTENSION tablefunc',
    'CREATE SCHEMA tools',
    'CREATE EXTENSION dblink SCHEMA tools',
  ]);
});
afterAll(() => database.drop());

const drawn = async () => (await database.link.query('SELECT is_called FROM counter'))[0]?.is_called;

it('finds the ways to a function that is refused, and leaves the others alone', async () => {
  await expectAllJudged(database.link);
});

it('knows every VOLATILE function of the server', () => expectAllKnown(database.link));

it('refuses before anything is planned, with the place in the file, and goes on with the rest', async () => {
  const workload = await makeWorkload({
    queries: {
      draws: "-- values: :who = 'x'::text\nSELECT :who,\n  draws(1)",
      pivot: "SELECT * FROM crosstab('SELECT 1, 2, 3') AS t (a int, b int)",
      good: 'SELECT 1',
    },
    proposals: { bad: 'CREATE INDEX bad ON stock (id, draws(id))', good: 'CREATE INDEX good ON stock (id)' },
  });
  const found = await preflight(database.settings, workload);
  expect(found.brokenQueries.map(({ queryId }) => queryId)).toEqual(['draws', 'pivot']);
  expect(found.proposals.map(({ problem }) => problem?.slice(0, 33))).toEqual([
    'a proposal may not reach nextval(',
    undefined,
  ]);
  const session = await openSession({ settings: database.settings, workload, eager: true, now: Date.now });
  const seen = record(session);
  session.setDesired({ revision: 1, proposals: ['bad', 'good'], queryId: 'draws' });
  await seen.idle(0);
  const read = await session.background({
    kind: 'run',
    queryId: 'draws',
    proposals: [],
    rewrite: undefined,
    look: 'run',
    limitMs: 1000,
  });
  await session.close();
  expect(read).toMatchObject({ kind: 'failed', reason: expect.stringContaining('may not reach nextval()') });
  expect(seen.ofType('plan:failed').map(({ queryId }) => queryId)).toEqual(
    expect.arrayContaining(['draws', 'pivot']),
  );
  expect(seen.ofType('build:failed').map(({ proposalId }) => proposalId)).toEqual(['bad']);
  expect(seen.ofType('build:finished').map(({ proposalId }) => proposalId)).toEqual(['good']);
  expect(new Set(seen.ofType('measurement:finished').map(({ queryId }) => queryId))).toEqual(
    new Set(['good']),
  );
  expect(await drawn()).toBe(false);
  const refusals = seen.ofType('session:opened')[0]?.refusals?.map(formatError) ?? [];
  expect(refusals).toHaveLength(3);
  expect(refusals[0]).toBe(
    'queries/draws.sql:3:3: a query may not reach nextval() through draws: ROLLBACK does not undo a change of a sequence: remove it, or give --trust-functions nextval\n    draws(1)\n    ^',
  );
});

it('lets through what is trusted, with or without a schema', async () => {
  const sql = "SELECT * FROM crosstab('SELECT 1, 2, 3') AS t (a int, b int)";
  for (const trusted of [['crosstab'], ['public.crosstab'], ['other.crosstab']]) {
    const workload = await makeWorkload({ queries: { pivot: sql }, proposals: {}, trusted });
    const { brokenQueries } = await preflight(database.settings, workload);
    expect(brokenQueries.length, trusted[0]).toBe(trusted[0] === 'other.crosstab' ? 1 : 0);
  }
});

it('looks up a proposal that is written after the session began', async () => {
  const texts = { queries: { good: 'SELECT 1' }, proposals: {} };
  const session = await openSession({
    settings: database.settings,
    workload: await makeWorkload(texts),
    eager: false,
    now: Date.now,
  });
  const seen = record(session);
  const later = await makeWorkload({
    ...texts,
    proposals: { late: 'CREATE INDEX late ON stock (written(id))' },
  });
  session.revise(later);
  session.setDesired({ revision: 1, proposals: ['late'], queryId: 'good' });
  await seen.idle(0);
  await session.close();
  expect(seen.ofType('build:failed')).toMatchObject([
    { proposalId: 'late', reason: expect.stringContaining('it is written in plpgsql') },
  ]);
});
