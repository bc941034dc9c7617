/** Which proposals a plan owes something to: by what they built, and by what the planner would do without them. */
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { openSession } from '../../src/session/opening.ts';
import { type TestDatabase, testDatabase } from '../helpers/database.ts';
import { record } from '../helpers/recorder.ts';
import { makeWorkload } from '../helpers/workload.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase('uses', [
    'CREATE TABLE sale (id int, customer int, kind int, class int)',
    'INSERT INTO sale SELECT g, g % 2000, g % 100, g % 100 FROM generate_series(1, 40000) g',
    'CREATE TABLE customer (id int, name text)',
    "INSERT INTO customer SELECT g, 'c' || g FROM generate_series(0, 1999) g",
    'CREATE INDEX old_id ON sale (id)',
    'CREATE TABLE part (k int, v int) PARTITION BY RANGE (k)',
    'CREATE TABLE part_1 PARTITION OF part FOR VALUES FROM (0) TO (5000)',
    'CREATE TABLE part_2 PARTITION OF part FOR VALUES FROM (5000) TO (10000)',
    'INSERT INTO part SELECT g, g % 1000 FROM generate_series(0, 9999) g',
    'CREATE SCHEMA aside',
    'CREATE TABLE aside.sale AS SELECT * FROM sale',
    'CREATE INDEX by_kind ON aside.sale (kind)',
    'VACUUM (ANALYZE)',
  ]);
});
afterAll(() => database.drop());

const QUERIES = {
  joined: 'SELECT count(*) FROM sale s LEFT JOIN customer c ON c.id = s.customer',
  aside: 'SELECT count(id) FROM aside.sale WHERE kind = 7',
  both: 'SELECT id FROM sale WHERE id < 400 AND kind = 3 AND class = 3 ORDER BY kind, class',
  parts: 'SELECT k FROM part WHERE v = 17',
  one: 'SELECT * FROM sale WHERE id = 7',
};

async function usesUnder(proposals: Record<string, string>, on = Object.keys(proposals)) {
  const workload = await makeWorkload({ queries: QUERIES, proposals });
  const session = await openSession({
    settings: database.settings,
    workload,
    eager: false,
    now: Date.now,
    estimatesOnly: true,
  });
  onTestFinished(() => session.close());
  const seen = record(session);
  session.setDesired({ revision: 1, proposals: on, queryId: 'joined' });
  await seen.idle(0);
  expect(seen.ofType('build:failed')).toEqual([]);
  const last = new Map(
    seen
      .ofType('plan:estimated')
      .map(({ queryId, configuration, plan }) => [`${queryId} ${configuration}`, plan]),
  );
  const key = [...on].sort().join(' ');
  return (query: keyof typeof QUERIES, configuration = key) => last.get(`${query} ${configuration}`)?.uses;
}

it('counts a unique index that makes a join needless, and that no plan reads', async () => {
  const uses = await usesUnder({ u_customer: 'CREATE UNIQUE INDEX u_customer ON customer (id)' });
  expect(uses('joined')).toEqual(['u_customer']);
  expect(uses('joined', '')).toEqual([]);
  expect(uses('one')).toEqual([]);
});

it('counts an index by what it is, not by its name', async () => {
  const uses = await usesUnder({ by_kind: 'CREATE INDEX by_kind ON sale (kind)' });
  expect(uses('aside')).toEqual([]);
});

it('counts the indexes of partitions, whatever the server named them', async () => {
  const uses = await usesUnder({ part_v: 'CREATE INDEX part_v ON part (v)' });
  expect(uses('parts')).toEqual(['part_v']);
});

it('counts an index to drop where the baseline reads it', async () => {
  const uses = await usesUnder({ drop_old: 'DROP INDEX old_id' }, []);
  expect(uses('one', '')).toEqual(['drop_old']);
  expect(uses('joined', '')).toEqual([]);
});
