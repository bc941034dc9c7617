/** What `check` says of indexes that queries do not use, from a real session. */
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { askUnused } from '../../src/cli/check.ts';
import { checkDocument } from '../../src/report/document.ts';
import { collect, NO_RESULTS } from '../../src/report/results.ts';
import { checkTable } from '../../src/report/table.ts';
import { openSession } from '../../src/session/opening.ts';
import { type TestDatabase, testDatabase } from '../helpers/database.ts';
import { record } from '../helpers/recorder.ts';
import { makeWorkload } from '../helpers/workload.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase('unused_check', [
    'CREATE TABLE sale (id int, buyer int, state text, num text)',
    "INSERT INTO sale SELECT g, g % 200, CASE g % 50 WHEN 0 THEN 'open' ELSE 'done' END, g::text FROM generate_series(1, 20000) g",
    'CREATE TABLE other (id int)',
    'VACUUM (ANALYZE)',
  ]);
});
afterAll(() => database.drop());

it('is a section of the table, and a list of the document', async () => {
  const workload = await makeWorkload({
    queries: {
      cast: 'SELECT id FROM sale WHERE num::int = 17',
      state:
        "-- values open: $1='open'\n-- values done: $1='done'\nSELECT id FROM sale WHERE buyer = 3 AND state = $1",
      most: "SELECT * FROM sale WHERE num > '1'",
      elsewhere: 'SELECT id FROM other',
    },
    proposals: {
      nums: 'CREATE INDEX nums ON sale (num)',
      open: "CREATE INDEX buyer_open ON sale (buyer) WHERE state = 'open'",
      off: 'CREATE INDEX ids ON sale (id)',
    },
  });
  const session = await openSession({
    settings: database.settings,
    workload,
    eager: false,
    now: Date.now,
    budget: { runs: 3, totalMs: 1000 },
  });
  onTestFinished(() => session.close());
  const seen = record(session);
  const on = ['nums', 'open'];
  session.setDesired({ revision: 1, proposals: on, queryId: 'cast' });
  await seen.idle(0);
  const results = seen.events.reduce(collect, NO_RESULTS);
  const unused = await askUnused(session, workload, on, results, new AbortController().signal);
  const target = { label: 'l', embedded: false, scale: undefined, loadedOn: undefined };
  const document = checkDocument(workload, { ...results, unused }, on, target, { program: '0', at: '' });
  const reasons = Object.fromEntries(
    document.proposals.map(({ id, unused }) => [
      id,
      unused.map(({ query, reason, readsTable }) => [query, reason, readsTable]),
    ]),
  );
  expect(reasons).toEqual({
    nums: [
      ['cast', 'type-cast', true],
      ['state', 'no-clause', true],
      ['state#done', 'no-clause', true],
      ['most', 'more-expensive', true],
      ['elsewhere', 'no-clause', false],
    ],
    open: [
      ['cast', 'no-clause', true],
      ['state#done', 'predicate-not-implied', true],
      ['most', 'no-clause', true],
      ['elsewhere', 'no-clause', false],
    ],
    off: [],
  });
  const most = document.proposals[0]?.unused[3];
  expect(most?.cost).toBeGreaterThan(most?.chosenCost ?? Number.POSITIVE_INFINITY);
  expect(most?.forcedMs).toBeGreaterThan(0);
  expect(most?.rows).toBeGreaterThan(10_000);
  expect(most?.text).toMatch(
    /^usable, but cost [\d,]+ against [\d,]+ with Seq Scan on sale, .* rows expected; forced: .* against /,
  );
  const section = checkTable(document).split('Not used:\n')[1]?.split('\n\n')[0]?.split('\n') ?? [];
  expect(section.filter(line => !line.includes('query 3'))).toEqual([
    '  nums, query 1: the query casts num: (num)::integer = 17',
    '  nums, queries 2 · open, 2 · done: no condition on sale compares num',
    '  open, queries 1, 3: no condition on sale compares buyer',
    "  open, query 2 · done: the query does not imply state = 'open'::text, with these values",
  ]);
});

it('ends with the session', async () => {
  const workload = await makeWorkload({
    queries: { one: 'SELECT id FROM sale WHERE num::int = 17' },
    proposals: { nums: 'CREATE INDEX nums ON sale (num)' },
  });
  const session = await openSession({ settings: database.settings, workload, eager: false, now: Date.now });
  const seen = record(session);
  session.setDesired({ revision: 1, proposals: ['nums'], queryId: 'one' });
  await seen.idle(0);
  const results = seen.events.reduce(collect, NO_RESULTS);
  await session.close();
  const interrupted = AbortSignal.abort();
  const asked = (signal: AbortSignal) => askUnused(session, workload, ['nums'], results, signal);
  await expect(asked(interrupted)).rejects.toMatchObject({ code: 'cancelled' });
  await expect(asked(new AbortController().signal)).rejects.toMatchObject({ code: 'connection-lost' });
});
