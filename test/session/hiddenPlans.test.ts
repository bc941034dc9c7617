/** Functions that run queries of their own: EXPLAIN does not show those plans, and a run time is that of one configuration. */
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import type { Hiding } from '../../src/session/hide.ts';
import { openSession } from '../../src/session/opening.ts';
import { structureOf } from '../../src/session/runFingerprint.ts';
import { type TestDatabase, testDatabase } from '../helpers/database.ts';
import { record } from '../helpers/recorder.ts';
import { makeWorkload } from '../helpers/workload.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase('hidden_plans', [
    'CREATE TABLE p AS SELECT g AS id, g % 5000 AS k FROM generate_series(1, 100000) g',
    `CREATE FUNCTION counted(int) RETURNS bigint LANGUAGE plpgsql STABLE AS
       $$ BEGIN RETURN (SELECT count(*) FROM p WHERE k = $1); END $$`,
    `CREATE FUNCTION sums(int) RETURNS bigint LANGUAGE sql STABLE SET work_mem = '4MB' AS
       'SELECT sum(id) FROM p WHERE k = $1'`,
    'VACUUM (ANALYZE) p',
  ]);
});
afterAll(() => database.drop());

it.each<Hiding>(['catalog', 'drop'])('measures them under each configuration (%s)', async hiding => {
  const workload = await makeWorkload({
    queries: { pl: 'SELECT counted(7)', sql: 'SELECT sums(7)', plain: 'SELECT 1 AS one' },
    proposals: { p_k: 'CREATE INDEX p_k ON p (k)' },
  });
  const session = await openSession({
    settings: database.settings,
    workload,
    eager: false,
    now: Date.now,
    hiding,
    budget: { runs: 7, totalMs: 5000 },
  });
  onTestFinished(() => session.close());
  const seen = record(session);
  // The functions keep plans of the first configurations when the later ones are measured.
  for (const [revision, proposals] of [['p_k'], [], ['p_k']].entries()) {
    const from = seen.events.length;
    session.setDesired({ revision: revision + 1, proposals, queryId: 'pl' });
    await seen.idle(from);
    session.measureAgain('pl');
    session.measureAgain('sql');
    await seen.idle();
  }
  expect([...(seen.ofType('session:opened')[0]?.hiddenPlans ?? [])]).toEqual([
    ['pl', [expect.stringContaining('counted')]],
    ['sql', [expect.stringContaining('sums')]],
  ]);
  const planned = (queryId: string, configuration: string) =>
    seen
      .ofType('plan:estimated')
      .findLast(event => event.queryId === queryId && event.configuration === configuration)?.plan
      .fingerprint ?? '';
  const buffers = (queryId: string, configuration: string) => {
    const { measurement } =
      seen
        .ofType('measurement:finished')
        .findLast(
          event => event.queryId === queryId && event.fingerprint === planned(queryId, configuration),
        ) ?? {};
    const { sharedHit = 0, sharedRead = 0 } = measurement?.tree?.root.actual?.buffers ?? {};
    return sharedHit + sharedRead;
  };
  for (const queryId of ['pl', 'sql']) {
    expect(structureOf(planned(queryId, ''))).not.toBe(structureOf(planned(queryId, 'p_k')));
    // Pages read are what the plan inside needs, on any machine.
    expect(buffers(queryId, '')).toBeGreaterThan(300);
    expect(buffers(queryId, 'p_k')).toBeLessThan(100);
  }
  expect(planned('plain', '')).toBe(planned('plain', 'p_k'));
});
