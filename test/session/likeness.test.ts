/** Names that are taken, and indexes that exist already under another name, found before anything is built. */
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { type IndexKeys, likeness } from '../../src/session/likeness.ts';
import { openSession } from '../../src/session/opening.ts';
import { type TestDatabase, testDatabase } from '../helpers/database.ts';
import { record } from '../helpers/recorder.ts';
import { makeWorkload } from '../helpers/workload.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase('likeness', [
    'CREATE TABLE sale (id int PRIMARY KEY, buyer int, kind text, "at" date)',
    'CREATE INDEX sale_buyer ON sale (buyer)',
    'CREATE INDEX sale_kind_at ON sale (lower(kind), "at" DESC) INCLUDE (buyer) WHERE buyer > 7',
    'CREATE TABLE taken (id int)',
    'INSERT INTO sale SELECT g, g % 50, g::text, current_date FROM generate_series(1, 500) g',
    'ANALYZE',
  ]);
});
afterAll(() => database.drop());

async function opened(proposals: Record<string, string>) {
  const workload = await makeWorkload({ queries: { q: 'SELECT id FROM sale WHERE buyer = 3' }, proposals });
  const session = await openSession({
    settings: database.settings,
    workload,
    eager: false,
    now: Date.now,
    estimatesOnly: true,
  });
  onTestFinished(() => session.close());
  const seen = record(session);
  session.setDesired({ revision: 1, proposals: Object.keys(proposals), queryId: 'q' });
  await seen.idle(0);
  const [event] = seen.ofType('session:opened');
  return {
    likeness: Object.fromEntries(event?.likeness ?? []),
    refusals: (event?.refusals ?? []).map(({ message, location }) => [
      message,
      location?.line,
      location?.column,
    ]),
    failed: Object.fromEntries(
      seen.ofType('build:failed').map(({ proposalId, reason }) => [proposalId, reason]),
    ),
    inPlace: Object.fromEntries(
      seen.ofType('build:finished').map(({ proposalId, built }) => [proposalId, built.inPlace]),
    ),
  };
}

it('refuses a name that is taken, with its location in the file; IF NOT EXISTS makes nothing, as in psql', async () => {
  const found = await opened({
    index: '-- a comment\nCREATE INDEX sale_buyer ON sale (buyer, id)',
    table: 'CREATE INDEX taken ON sale ("at")',
    conditional: 'CREATE INDEX IF NOT EXISTS sale_buyer ON sale (kind)',
    unnamed: 'CREATE INDEX ON sale (id, kind)',
  });
  expect(found.refusals).toEqual([
    ['relation "sale_buyer" already exists, on sale', 2, 14],
    ['relation "taken" already exists, on taken', 1, 14],
  ]);
  expect(Object.keys(found.failed)).toEqual(['index', 'table']);
  expect(found.inPlace).toEqual({
    conditional: 'index sale_buyer is there with another definition: IF NOT EXISTS creates nothing',
    unnamed: undefined,
  });
});

it('reports copies and prefixes by what PostgreSQL makes of the statements', async () => {
  const found = await opened({
    copy: 'CREATE INDEX buyers ON sale USING btree (buyer ASC NULLS LAST)',
    wider: 'CREATE INDEX wider ON sale (buyer, kind)',
    narrower: 'CREATE INDEX narrower ON sale (lower(kind)) WHERE buyer > 7',
    partial: 'CREATE INDEX partial ON sale (buyer) WHERE buyer > 7',
    hash: 'CREATE INDEX hashed ON sale USING hash (buyer)',
    copy_of_key: 'CREATE UNIQUE INDEX again ON sale (id)',
  });
  expect(found.failed).toEqual({});
  expect(found.likeness).toEqual({
    copy: ['the same as sale_buyer, which exists'],
    wider: ['makes sale_buyer redundant, whose keys are the first of this index'],
    narrower: ['its keys are the first of sale_kind_at, which exists and serves the same conditions'],
    copy_of_key: ['the same as sale_pkey, which exists'],
  });
});

describe('likeness', () => {
  const index = (keys: string[], more: Partial<IndexKeys> = {}): IndexKeys => ({
    name: 'i',
    method: 'btree',
    unique: false,
    constrained: false,
    keys: keys.map(key => `${key} 1 0 0`),
    includes: [],
    predicate: undefined,
    ...more,
  });
  it.each([
    ['another order', index(['a']), index(['b', 'a']), []],
    ['columns that the other lacks', index(['a'], { includes: ['c'] }), index(['a', 'b']), []],
    ['a unique proposal enforces something', index(['a'], { unique: true }), index(['a', 'b']), []],
    ['a constraint stays', index(['a', 'b']), index(['a'], { constrained: true }), []],
    [
      'included columns in any order',
      index(['a'], { includes: ['b', 'c'] }),
      index(['a'], { includes: ['c', 'b'] }),
      1,
    ],
    ['a key serves as an included column', index(['a'], { includes: ['b'] }), index(['a', 'b']), 1],
  ])('%s', (_, proposed, existing, expected) => {
    expect(likeness(proposed, [existing])).toHaveLength(Array.isArray(expected) ? 0 : expected);
  });
});
