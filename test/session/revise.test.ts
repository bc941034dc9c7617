/** Proposals that change while a session is open, on a real server in both ways of hiding. */
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { openSession } from '../../src/session/opening.ts';
import { catalogOf, type TestDatabase, testDatabase } from '../helpers/database.ts';
import { record } from '../helpers/recorder.ts';
import { makeWorkload } from '../helpers/workload.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase('revise', [
    'CREATE TABLE t (a int, b int, c text)',
    "INSERT INTO t SELECT n, n % 10, repeat('x', 50) FROM generate_series(1, 20000) n",
    'VACUUM ANALYZE t',
  ]);
});
afterAll(() => database.drop());

const queries = { q: 'SELECT c FROM t WHERE a = 77' };
const workloadWith = (proposals: Record<string, string>) => makeWorkload({ queries, proposals });

describe.each(['catalog', 'drop'] as const)('revising, hidden by %s', hiding => {
  it('what was built otherwise before is out of sight, and the new one is used', async () => {
    const before = await catalogOf(database.link);
    const first = await workloadWith({
      i: 'CREATE INDEX i ON t (a)',
      v: 'CREATE MATERIALIZED VIEW v AS SELECT 1 AS one',
    });
    const session = await openSession({
      settings: database.settings,
      workload: first,
      eager: false,
      now: Date.now,
      hiding,
    });
    onTestFinished(() => session.close());
    const recorder = record(session);
    session.setDesired({ revision: 1, proposals: ['i', 'v'], queryId: 'q' });
    await recorder.idle(0);
    const used = (from: number, configuration: string) =>
      recorder.ofType('plan:estimated', from).findLast(event => event.configuration === configuration)?.plan
        .root.index;
    expect(used(0, 'i v')).toBe('i');

    // Another column: of no use to the query. The old one must not be used in its stead.
    const second = await workloadWith({
      i: 'CREATE INDEX i ON t (b)',
      v: 'CREATE MATERIALIZED VIEW v AS SELECT 2 AS two',
    });
    let from = recorder.events.length;
    session.revise(second);
    session.setDesired({ revision: 2, proposals: ['i', 'v'], queryId: 'q' });
    await recorder.idle(from);
    expect(recorder.ofType('build:failed')).toEqual([]);
    expect(recorder.ofType('build:finished', from).map(({ proposalId }) => proposalId)).toEqual(['i', 'v']);
    expect(used(from, 'i v')).toBeUndefined();

    // A new one beside it.
    const third = {
      ...second,
      proposals: [
        ...second.proposals,
        ...(await workloadWith({ j: 'CREATE INDEX j ON t (a) INCLUDE (c)' })).proposals,
      ],
    };
    from = recorder.events.length;
    session.revise(third);
    session.setDesired({ revision: 3, proposals: ['j'], queryId: 'q' });
    await recorder.idle(from);
    expect(used(from, 'j')).toBe('j');

    // And gone again: the baseline knows nothing of any of them.
    from = recorder.events.length;
    session.revise({ ...third, proposals: [] });
    session.setDesired({ revision: 4, proposals: [], queryId: 'q' });
    await recorder.idle(from);
    expect(used(0, '')).toBeUndefined();

    await session.close();
    expect(await catalogOf(database.link)).toBe(before);
  });
});
