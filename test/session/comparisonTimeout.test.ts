/** How long a comparison of a rewrite with its query may take: of its own, apart from a run's. */
import { expect, it, onTestFinished } from 'vitest';
import { openSession } from '../../src/session/opening.ts';
import { testDatabase } from '../helpers/database.ts';
import { makeWorkload } from '../helpers/workload.ts';

it('stops a comparison after comparison_timeout, whatever a run may take', async () => {
  const database = await testDatabase('comparison', ['CREATE TABLE sale (id int)']);
  onTestFinished(() => database.drop());
  const workload = await makeWorkload({
    queries: { slow: 'SELECT count(*) AS n FROM generate_series(1, 100000000)' },
    proposals: { one: 'CREATE MATERIALIZED VIEW one AS SELECT 100000000::bigint AS n' },
    rewrites: { 'slow@one': 'SELECT n FROM one' },
    budgets: { timeoutMs: 600_000, comparisonMs: 40 },
  });
  const session = await openSession({ settings: database.settings, workload, eager: false, now: Date.now });
  onTestFinished(() => session.close());
  expect((await session.background({ kind: 'build', proposalId: 'one' })).kind).toBe('built');
  expect(await session.background({ kind: 'compare', queryId: 'slow', rewrite: 'one' })).toMatchObject({
    answer: { verdict: 'not compared', explanation: 'it took longer than 40 ms' },
  });
});
