/** DROP INDEX and CREATE INDEX in one file, as one switch: in a session, in the documents of check, and in advice. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { adviceOf } from '../../src/advisor/advice/advice.ts';
import { checkDocument } from '../../src/report/document.ts';
import { collect, NO_RESULTS } from '../../src/report/results.ts';
import { openedBy } from '../../src/session/events.ts';
import { openSession } from '../../src/session/opening.ts';
import { startSurvey } from '../../src/survey/runSurvey.ts';
import { catalogOf, type TestDatabase, testDatabase } from '../helpers/database.ts';
import { record } from '../helpers/recorder.ts';
import { makeWorkload } from '../helpers/workload.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase('replace', [
    'CREATE TABLE orders AS SELECT g AS id, g % 500 AS customer, g % 97 AS amount FROM generate_series(1, 60000) g',
    'CREATE INDEX narrow ON orders (customer)',
    'CREATE UNIQUE INDEX only_one ON orders (id)',
    'ALTER TABLE orders ADD PRIMARY KEY (id)',
    'VACUUM (FREEZE, ANALYZE) orders',
  ]);
});
afterAll(() => database.drop());

const QUERIES = {
  one: 'SELECT customer, sum(amount) FROM orders WHERE customer BETWEEN 7 AND 60 GROUP BY 1',
};
const SWAP = 'DROP INDEX narrow;\nCREATE INDEX wide ON orders (customer) INCLUDE (amount);';
const scanned = (root: unknown) => JSON.stringify(root).match(/"index":"([^"]*)"/)?.[1];

describe.each(['catalog', 'drop'] as const)('an index that replaces another, hidden by %s', hiding => {
  it('is there while it is on, and the old one while it is off', async () => {
    const before = await catalogOf(database.link);
    const workload = await makeWorkload({ queries: QUERIES, proposals: { swap: SWAP } });
    expect(workload.proposals[0]?.kind).toBe('replace');
    const session = await openSession({
      settings: database.settings,
      workload,
      eager: false,
      hiding,
      now: Date.now,
      budget: { runs: 1, totalMs: 1 },
    });
    const seen = record(session);
    try {
      const look = async (revision: number, ...proposals: string[]) => {
        const from = seen.events.length;
        session.setDesired({ revision, proposals, queryId: 'one' });
        await seen.idle(from);
        return seen
          .ofType('plan:estimated', from)
          .findLast(
            ({ configuration, missing }) => configuration === proposals.join(' ') && missing.length === 0,
          )?.plan;
      };
      const off = await look(1);
      const on = await look(2, 'swap');
      expect([scanned(off?.root), off?.uses]).toEqual(['narrow', []]);
      expect([scanned(on?.root), on?.uses]).toEqual(['wide', ['swap']]);
      expect(scanned((await look(3))?.root)).toBe('narrow');
      // The old index alone, of both: the planner may not fall back to it.
      expect(JSON.stringify(on?.root)).not.toContain('narrow');
      const built = seen.ofType('build:finished')[0]?.built ?? { bytes: 0, objects: [] };
      expect(built.objects).toMatchObject([{ name: 'wide' }, { name: 'narrow', existing: true }]);
      expect(built.bytes).toBe(built.objects[0]?.bytes);
      const document = checkDocument(
        workload,
        seen.events.reduce(collect, NO_RESULTS),
        ['swap'],
        { label: 'l', embedded: false, scale: undefined, loadedOn: undefined },
        { program: '0', at: '' },
      );
      expect(document.proposals).toMatchObject([
        { kind: 'replace', on: true, state: 'built', usedBy: ['one'] },
      ]);
      expect(document.storage).toMatchObject({
        bytes: built.objects[0]?.bytes,
        freedBytes: built.objects[1]?.bytes,
      });
    } finally {
      await session.close();
    }
    expect(await catalogOf(database.link)).toBe(before);
  });

  it('is not built where the old one cannot be dropped, or is not there', async () => {
    const workload = await makeWorkload({
      queries: QUERIES,
      proposals: {
        key: 'DROP INDEX orders_pkey; CREATE INDEX other_key ON orders (id, customer)',
        gone: 'DROP INDEX nowhere; CREATE INDEX here ON orders (customer, id)',
      },
    });
    const session = await openSession({
      settings: database.settings,
      workload,
      eager: true,
      hiding,
      now: Date.now,
    });
    const seen = record(session);
    try {
      session.setDesired({ revision: 1, proposals: [], queryId: 'one' });
      await seen.idle(0);
      expect(seen.ofType('build:failed').map(({ proposalId, reason }) => [proposalId, reason])).toEqual([
        ['key', '"orders_pkey" cannot be dropped: the primary key orders_pkey depends on it'],
        ['gone', 'there is no index "nowhere": dropped already, or the name is wrong'],
      ]);
    } finally {
      await session.close();
    }
  });
});

it('is in place after its migration', async () => {
  const other = await testDatabase('replaced', [
    'CREATE TABLE orders AS SELECT g AS id, g % 500 AS customer, g % 97 AS amount FROM generate_series(1, 100) g',
    'CREATE INDEX wide ON orders (customer) INCLUDE (amount)',
  ]);
  const workload = await makeWorkload({ queries: QUERIES, proposals: { swap: SWAP } });
  const session = await openSession({ settings: other.settings, workload, eager: true, now: Date.now });
  const seen = record(session);
  try {
    session.setDesired({ revision: 1, proposals: [], queryId: 'one' });
    await seen.idle(0);
    expect(seen.ofType('build:finished').map(({ built }) => built.inPlace)).toEqual([
      'index wide is there already with this definition; there is no index "narrow": dropped already, or the name is wrong',
    ]);
  } finally {
    await session.close();
    await other.drop();
  }
});

it('is surveyed as one change, with what it adds and what it frees', async () => {
  const workload = await makeWorkload({
    queries: QUERIES,
    proposals: { swap: SWAP, both: 'CREATE INDEX beside ON orders (customer, amount)' },
  });
  const session = await openSession({ settings: database.settings, workload, eager: false, now: Date.now });
  try {
    const running = startSurvey(
      session,
      workload,
      openedBy(session)?.tables ?? [],
      { verify: true, budgetMs: 60_000, plansOnly: false },
      () => undefined,
      () => performance.now(),
    );
    const { survey } = await running.ended;
    expect(survey.effort.disagreed).toBe(0);
    const { proposals } = adviceOf(survey, [], 0.05);
    expect(proposals).toMatchObject([
      { id: 'swap', kind: 'replace' },
      { id: 'both', kind: 'index', freedBytes: 0 },
    ]);
    expect(proposals[0]?.bytes).toBeGreaterThan(0);
    expect(proposals[0]?.freedBytes).toBeGreaterThan(0);
    expect(survey.queries[0]?.plans.map(({ estimate }) => scanned(estimate.root))).toContain('wide');
  } finally {
    await session.close();
  }
});
