/** After a migration: what a folder proposes is in the database already, and is not built a second time. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openProduction } from '../../src/production/productionLens.ts';
import { type ExplorerSession, eventsOf } from '../../src/session/events.ts';
import { isSameObject, lacking, type ObjectFacts, standingOf } from '../../src/session/inPlace.ts';
import { openSession } from '../../src/session/opening.ts';
import { type TestDatabase, testDatabase } from '../helpers/database.ts';
import { testServer } from '../helpers/server.ts';
import { makeWorkload } from '../helpers/workload.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase('in_place', [
    'CREATE SCHEMA shop',
    'CREATE TABLE sale (gone int, id int PRIMARY KEY, buyer int, kind text, at timestamptz)',
    "INSERT INTO sale SELECT 0, g, g % 500, 'k' || g % 7, now() FROM generate_series(1, 20000) g",
    'ALTER TABLE sale DROP COLUMN gone',
    'CREATE TABLE shop.part (id int, at date) PARTITION BY RANGE (at)',
    "CREATE TABLE shop.part_1 PARTITION OF shop.part FOR VALUES FROM ('2025-01-01') TO ('2026-01-01')",
    "CREATE INDEX sale_kind ON sale (lower(kind) text_pattern_ops DESC, buyer) INCLUDE (id) WHERE kind IN ('k1', 'k2')",
    'CREATE INDEX sale_other ON sale (kind)',
    'CREATE INDEX part_at ON shop.part (at)',
    'CREATE STATISTICS sale_dependent (dependencies) ON buyer, kind FROM sale',
    'CREATE MATERIALIZED VIEW by_kind AS SELECT kind, count(*) AS n FROM sale GROUP BY kind',
    'CREATE UNIQUE INDEX by_kind_key ON by_kind (kind)',
    'CREATE MATERIALIZED VIEW by_buyer (who, n) AS SELECT buyer, count(*) FROM sale GROUP BY 1',
    'VACUUM (FREEZE, ANALYZE) sale',
  ]);
});
afterAll(() => database.drop());

const PROPOSALS = {
  kind: "CREATE INDEX sale_kind ON sale USING btree (lower(kind) text_pattern_ops DESC, buyer) INCLUDE (id) WHERE kind IN ('k1', 'k2')",
  other: 'CREATE INDEX sale_other ON sale (kind DESC)',
  part: 'CREATE INDEX part_at ON shop.part (at)',
  counts: 'CREATE STATISTICS sale_dependent (dependencies) ON kind, buyer FROM sale; ANALYZE sale',
  more_counts: 'CREATE STATISTICS sale_dependent ON kind, buyer FROM sale; ANALYZE sale',
  by_kind:
    'CREATE MATERIALIZED VIEW by_kind AS\n SELECT kind, count(*) AS n FROM sale GROUP BY kind WITH DATA;\nCREATE UNIQUE INDEX by_kind_key ON by_kind (kind);\nANALYZE by_kind',
  by_buyer:
    'CREATE MATERIALIZED VIEW by_buyer (who, n) AS SELECT buyer, count(*) FROM sale GROUP BY 1;\nCREATE INDEX by_buyer_n ON by_buyer (n)',
  dropped: 'DROP INDEX sale_old',
};

async function withSession<T>(use: (session: ExplorerSession) => Promise<T>): Promise<T> {
  const session = await openSession({
    settings: database.settings,
    workload: await makeWorkload({
      queries: { one: 'SELECT kind, count(*) AS n FROM sale GROUP BY kind ORDER BY n, kind' },
      proposals: PROPOSALS,
      rewrites: { 'one@by_kind': 'SELECT kind, n FROM by_kind ORDER BY n, kind' },
    }),
    eager: false,
    now: Date.now,
  });
  try {
    return await use(session);
  } finally {
    await session.close();
  }
}

it('finds what is in place by its definition, however it is written', async () => {
  await withSession(async session => {
    const built = async (proposalId: string) => {
      const answer = await session.background({ kind: 'build', proposalId });
      return answer.kind === 'built' ? answer.built : answer;
    };
    expect(await built('kind')).toMatchObject({
      objects: [],
      bytes: 0,
      inPlace: 'index sale_kind is there already with this definition',
    });
    expect((await built('part')).valueOf()).toMatchObject({ objects: [], inPlace: expect.any(String) });
    expect(await built('counts')).toMatchObject({ objects: [], inPlace: expect.any(String) });
    expect(await built('by_kind')).toMatchObject({
      objects: [],
      inPlace: 'materialized view by_kind, index by_kind_key are there already with this definition',
    });
    expect(await built('dropped')).toMatchObject({
      objects: [],
      inPlace: 'there is no index "sale_old": dropped already, or the name is wrong',
    });
    // The view is there, its index is not: that alone is built.
    expect(await built('by_buyer')).toMatchObject({ objects: [{ kind: 'index', name: 'by_buyer_n' }] });
    for (const id of ['other', 'more_counts']) expect(await built(id)).not.toHaveProperty('inPlace');
  });
});

it('plans a rewrite of a view in place without a switch', async () => {
  await withSession(async session => {
    const answer = await session.background({ kind: 'estimate', queryId: 'one', proposals: [] });
    expect(answer).toMatchObject({ kind: 'estimated', rewrite: 'by_kind' });
    expect(await session.background({ kind: 'compare', queryId: 'one', rewrite: 'by_kind' })).toMatchObject({
      answer: { verdict: 'same' },
    });
  });
});

it('finds it in a lens of production, too', async () => {
  await withSession(async session => {
    const workload = await makeWorkload({
      queries: { one: 'SELECT kind, count(*) AS n FROM sale GROUP BY kind ORDER BY n, kind' },
      proposals: PROPOSALS,
      rewrites: { 'one@by_kind': 'SELECT kind, n FROM by_kind ORDER BY n, kind' },
    });
    const grown = { ...workload, budgets: { ...workload.budgets, productionRows: { sale: 2_000_000 } } };
    const lens = await openProduction(session, await testServer(), { workload: grown, now: Date.now });
    const built = eventsOf(lens.session).flatMap(event => (event.type === 'build:finished' ? [event] : []));
    const there = built.flatMap(one => (one.built.inPlace === undefined ? [] : [one.proposalId]));
    expect(there.sort()).toEqual(['by_kind', 'counts', 'dropped', 'kind', 'part']);
    expect(await lens.session.background({ kind: 'estimate', queryId: 'one', proposals: [] })).toMatchObject({
      rewrite: 'by_kind',
    });
    await lens.session.close();
  });
});

it('takes a name for taken unless all of it is the same', () => {
  const facts: ObjectFacts = { kind: 'index', table: 7, definition: 'a', valid: true };
  expect(standingOf(facts, undefined)).toBe('free');
  expect(standingOf(facts, facts)).toBe('in place');
  for (const other of [{ kind: 'statistics' }, { table: 8 }, { definition: 'b' }, { valid: false }] as const)
    expect(standingOf(facts, { ...facts, ...other })).toBe('taken');
  expect(standingOf(undefined, facts)).toBe('taken');
  expect(isSameObject(facts, { ...facts, valid: false })).toBe(true);
});

it('is never a proposal whose statements create no object', async () => {
  const { proposals } = await makeWorkload({
    queries: { q: 'SELECT 1' },
    proposals: { old: 'DROP INDEX i' },
  });
  const [proposal] = proposals;
  expect(proposal && lacking(proposal, new Map())).toEqual(proposal);
});
