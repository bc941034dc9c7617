/** The reason why a query does not use an index, by PostgreSQL's own planner: about forty queries, each with the index that it ignores. */
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { openSession } from '../../src/session/opening.ts';
import type { SessionOptions } from '../../src/session/options.ts';
import type { Race } from '../../src/session/whyUnused.ts';
import { catalogOf, type TestDatabase, testDatabase } from '../helpers/database.ts';
import { asked, CASES, UNUSED_SCHEMA } from '../helpers/unusedCases.ts';
import { makeWorkload } from '../helpers/workload.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase('why_unused', UNUSED_SCHEMA);
});
afterAll(() => database.drop());

it('finds the reason for each of about forty queries', async () => {
  const before = await catalogOf(database.link);
  const answers = await asked(database.settings, CASES);
  expect(answers.map(({ index, query, reason }) => [index, query, reason])).toEqual(
    CASES.map(([index, query, reason]) => [index, query, reason]),
  );
  for (const [at, [, , , text]] of CASES.entries())
    if (text !== undefined) expect(answers[at]?.text).toMatch(text);
  const whole = answers.flatMap(({ query, unused }) => (unused?.readWhole === true ? [query] : []));
  expect(whole).toEqual(
    CASES.flatMap(([, query]) => (/big \+ 1/.test(query) && !/SELECT id/.test(query) ? [query] : [])),
  );
  expect(await catalogOf(database.link)).toBe(before);
});

/** Several indexes on at once. */
async function opened(
  indexes: Record<string, string>,
  queries: Record<string, string>,
  options: Partial<SessionOptions> = {},
) {
  const workload = await makeWorkload({ queries, proposals: indexes });
  const session = await openSession({
    settings: database.settings,
    workload,
    eager: false,
    now: Date.now,
    estimatesOnly: true,
    ...options,
  });
  onTestFinished(() => session.close());
  const on = Object.keys(indexes);
  for (const proposalId of on)
    expect(await session.background({ kind: 'build', proposalId })).toMatchObject({ kind: 'built' });
  return async (proposalId: string, queryId: string, race?: Race) => {
    const answer = await session.background({ kind: 'whyUnused', queryId, proposalId, proposals: on, race });
    if (answer.kind !== 'explained') throw new Error(JSON.stringify(answer));
    return answer.unused;
  };
}

it('knows an index that serves a part of an OR together with another one', async () => {
  const why = await opened(
    { big: 'CREATE INDEX by_big ON log (big)', num: 'CREATE INDEX by_num ON log (num)' },
    { either: "SELECT id FROM log WHERE big > 5 OR num > '5'" },
  );
  for (const id of ['big', 'num'])
    expect(await why(id, 'either')).toMatchObject({
      reason: 'more-expensive',
      text: 'together with other indexes',
      instead: 'Seq Scan on log',
    });
});

it('says of an index on a partitioned table alone that it is invalid', async () => {
  const why = await opened(
    { only: 'CREATE INDEX part_v ON ONLY part (v)' },
    { one: 'SELECT k FROM part WHERE v = 17' },
  );
  expect(await why('only', 'one')).toMatchObject({ reason: 'invalid' });
});

it('runs the refused plan, and finds the setting that is to blame where it is faster', async () => {
  const planner = [{ name: 'random_page_cost', value: '1000000' }];
  const why = await opened(
    { big: 'CREATE INDEX by_big ON log (big)' },
    { one: 'SELECT * FROM log WHERE big = 17' },
    { planner },
  );
  const unused = await why('big', 'one', { chosenMs: 10_000, limitMs: 10_000 });
  expect(unused).toMatchObject({
    reason: 'more-expensive',
    rows: 2,
    forced: { stoppedAfterMs: undefined, helps: [{ name: 'random_page_cost', value: '1.1' }] },
  });
  expect(unused?.cost).toBeGreaterThan(unused?.chosenCost ?? 0);
  expect(unused?.forced?.runsMs).toHaveLength(3);
  expect(unused?.forced?.plan?.analyzed).toBe(true);
  // Where it is no faster it is run once, and no setting is looked for.
  const slower = await why('big', 'one', { chosenMs: 0, limitMs: 10_000 });
  expect(slower?.forced).toMatchObject({ helps: [] });
  expect(slower?.forced?.runsMs).toHaveLength(1);
});

it('stops the refused plan at its limit', async () => {
  const why = await opened(
    { a: 'CREATE INDEX by_b ON log (b)' },
    { cross: 'SELECT count(*) FROM log x, log y WHERE x.b >= 0 AND x.s + y.s > 0' },
  );
  expect(await why('a', 'cross', { chosenMs: 100_000, limitMs: 20 })).toMatchObject({
    reason: 'more-expensive',
    forced: { runsMs: [], medianMs: undefined, stoppedAfterMs: 20 },
  });
});

it('finds the same where indexes are hidden by dropping them', async () => {
  const some = CASES.filter((_, at) => at % 6 === 0);
  const answers = await asked(database.settings, some, { hiding: 'drop' });
  expect(answers.map(({ index, query, reason }) => [index, query, reason])).toEqual(
    some.map(([index, query, reason]) => [index, query, reason]),
  );
});

it('leaves a table alone that has the same name in another schema', async () => {
  const twin = await testDatabase('why_twin', [
    'CREATE TABLE log (id int, num text)',
    'INSERT INTO log SELECT g, g::text FROM generate_series(1, 2000) g',
    'CREATE SCHEMA aside',
    'CREATE TABLE aside.log AS SELECT 1 AS id, 2 AS extra',
    'ANALYZE',
  ]);
  onTestFinished(() => twin.drop());
  await twin.link.query(`ALTER DATABASE "${twin.settings.database}" SET search_path = aside, public`);
  const why = await opened(
    { num: 'CREATE INDEX by_num ON public.log (num)' },
    { both: 'SELECT l.extra FROM public.log p JOIN log l ON l.id = p.id WHERE p.num::int = 3' },
    { settings: twin.settings },
  );
  expect(await why('num', 'both')).toMatchObject({ reason: 'type-cast' });
});
