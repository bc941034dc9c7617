/** Requirements on a real server: small tables, and limits that are small as well. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { checkDocument } from '../../../src/report/document.ts';
import { collect, NO_RESULTS } from '../../../src/report/results.ts';
import { openSession } from '../../../src/session/opening.ts';
import type { Budgets } from '../../../src/workload/workload.ts';
import { type TestDatabase, testDatabase } from '../../helpers/database.ts';
import { record } from '../../helpers/recorder.ts';
import { makeWorkload } from '../../helpers/workload.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase('requirements', [
    'CREATE TABLE orders AS SELECT g AS id, g % 500 AS customer, g % 97 AS amount FROM generate_series(1, 20000) g',
    `CREATE TABLE events (at int, note text) PARTITION BY RANGE (at)`,
    'CREATE TABLE events_1 PARTITION OF events FOR VALUES FROM (0) TO (6000)',
    'CREATE TABLE events_2 PARTITION OF events FOR VALUES FROM (6000) TO (12000)',
    "INSERT INTO events SELECT g, 'x' FROM generate_series(0, 11999) g",
    'VACUUM (FREEZE, ANALYZE) orders, events',
    'CREATE TABLE fresh WITH (autovacuum_enabled = off) AS SELECT g AS id FROM generate_series(1, 10) g',
  ]);
});
afterAll(() => database.drop());

/** Everything on; the document of `check`. */
async function check(
  query: string,
  budgets: Partial<Budgets>,
  proposals: Record<string, string> = {},
  workMem = '64MB',
) {
  const settings = [{ name: 'work_mem', value: workMem }];
  const workload = await makeWorkload({ queries: { one: query }, proposals, budgets, settings });
  const session = await openSession({
    settings: database.settings,
    workload,
    eager: false,
    now: Date.now,
    budget: { runs: 1, totalMs: 1 },
  });
  try {
    const recorder = record(session);
    const on = Object.keys(proposals);
    session.setDesired({ revision: 1, proposals: on, queryId: 'one' });
    await recorder.idle(0);
    session.verify();
    await recorder.until(({ type }) => type === 'session:verified', 0);
    const target = { label: '', embedded: false, scale: undefined, loadedOn: undefined };
    const results = recorder.events.reduce(collect, NO_RESULTS);
    return checkDocument(workload, results, on, target, { program: '', at: '' });
  } finally {
    await session.close();
  }
}
const states = ({ requirements }: Awaited<ReturnType<typeof check>>) =>
  requirements.map(({ before, after }) => `${before.state}, ${after.state}`);

const OF_ONE = 'SELECT amount FROM orders WHERE customer = 7';
const INDEX = { by_customer: 'CREATE INDEX by_customer ON orders (customer) INCLUDE (amount)' };

it('an index ends the sequential scan of a large table', async () => {
  const document = await check(OF_ONE, { largeTableRows: 19_999 }, INDEX);
  expect(states(document)).toEqual(['pass, pass', 'not applicable, pass', 'fail, pass', 'pass, pass']);
  expect(document.requirements[2]?.before.evidence[0]).toMatchObject({
    queryId: 'one',
    node: { id: 0, label: 'Seq Scan on orders' },
    text: 'Q1: Seq Scan on orders: 20,000 rows, executed',
  });
  expect(document.requirements[1]?.after.evidence[0]).toMatchObject({
    text: expect.stringMatching(/^index by_customer on orders: \d+ kB$/),
    bytes: document.storage.bytes,
  });
  expect(document.invariants.map(({ id, verdict }) => `${id}: ${verdict.state}`)).toEqual([
    'same-results: not applicable',
    'schema: pass',
    'extensions: pass',
    'nothing-committed: pass',
  ]);
});

it('a table of exactly as many rows as the limit is not above it', async () => {
  const document = await check(OF_ONE, { largeTableRows: 20_000 }, INDEX);
  expect(states(document)[2]).toBe('not applicable, not applicable');
});

it('storage is under its budget, or it is not', async () => {
  const { storage } = await check(OF_ONE, {}, INDEX);
  expect(storage.bytes).toBeGreaterThan(8192);
  expect(states(await check(OF_ONE, { storageBytes: storage.bytes }, INDEX))[1]).toBe('not applicable, fail');
  expect(states(await check(OF_ONE, { storageBytes: storage.bytes + 1 }, INDEX))[1]).toBe(
    'not applicable, pass',
  );
});

it('a partition is judged with its table, and uncounted rows are not judged', async () => {
  const limit = { largeTableRows: 10_000 };
  const both = await check('SELECT count(note) FROM events', limit);
  expect(states(both)[2]).toBe('fail, fail');
  expect(both.requirements[2]?.after.text).toBe('Seq Scan on events (12 k rows) in Q1');
  const one = await check('SELECT count(note) FROM events WHERE at < 6000', limit);
  expect(states(one)[2]).toBe('pass, pass');
  const fresh = await check('SELECT count(*) FROM fresh', limit);
  expect(states(fresh)[2]).toBe('not measured, not measured');
  expect(states(await check('SELECT count(*) FROM fresh', { largeTableRows: 9 }))[2]).toBe('fail, fail');
});

it('a sort that does not fit in work_mem fails, with its temporary files', async () => {
  const sorted = 'SELECT amount, id FROM orders ORDER BY amount, id';
  const small = await check(sorted, {}, {}, '64kB');
  expect(states(small)[3]).toBe('fail, fail');
  expect(small.requirements[3]?.after.figure).toMatch(/^\d+ kB temp$/);
  expect(small.requirements[3]?.after.evidence.map(({ text }) => text).join('\n')).toMatch(
    /Sort: the sort did not fit in memory: \d+ kB on disk/,
  );
  const large = await check(sorted, {});
  expect(states(large)[3]).toBe('pass, pass');
  expect(large.requirements[3]?.after.text).toMatch(
    /^at most [\d.]+ MB at once \(Q1, measured\), nothing on disk$/,
  );
});
