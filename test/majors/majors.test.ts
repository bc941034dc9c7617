/** A session on a real server of every major that is supported: open, build, probe both ways of hiding, roll back. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectTrusted as connect, type Link } from '../../src/database/link.ts';
import { printLens } from '../../src/lens/document.ts';
import { parseLens } from '../../src/lens/parse/parse.ts';
import { readLens } from '../../src/lens/read/read.ts';
import { openSession } from '../../src/session/opening.ts';
import { preflight } from '../../src/session/preflight/preflight.ts';
import { settingsOf } from '../../src/workload/plannerSettings.ts';
import { catalogOf, testDatabase } from '../helpers/database.ts';
import { expectAllJudged, expectAllKnown, WAYS } from '../helpers/functionCases.ts';
import { OTHER_MAJORS, programsOf } from '../helpers/majors.ts';
import { type OwnServer, startOwnServer } from '../helpers/ownServer.ts';
import { record } from '../helpers/recorder.ts';
import { makeWorkload } from '../helpers/workload.ts';
import { everything } from '../lens/everything.ts';
import { expectSamePlans } from '../lens/samePlans.ts';

const TABLE =
  'CREATE TABLE orders AS SELECT g AS id, g % 500 AS customer, g % 97 AS amount FROM generate_series(1, 20000) g';

it('has the oldest and the newest one to try', () => {
  expect([...OTHER_MAJORS]).toEqual(
    process.platform === 'linux' && process.arch === 'x64'
      ? [13, 14, 16, 17, 18]
      : expect.arrayContaining([16, 17, 18]),
  );
});

describe.each(OTHER_MAJORS)('PostgreSQL %i', major => {
  let server: OwnServer;
  let link: Link;
  beforeAll(async () => {
    // Pages of a lens have no checksums.
    const initdb = major >= 18 ? ['--no-data-checksums'] : [];
    server = await startOwnServer({ programs: await programsOf(major), initdb });
    link = await connect(server.settings, 'test');
    for (const statement of [TABLE, 'VACUUM (FREEZE, ANALYZE) orders']) await link.query(statement);
  }, 300_000);
  afterAll(async () => {
    await link?.end();
    await server?.stop();
  });

  it('judges every way to a function', async () => {
    const database = await testDatabase('functions', WAYS, server);
    try {
      await expectAllKnown(database.link);
      await expectAllJudged(database.link);
    } finally {
      await database.drop();
    }
  });

  it.each(['catalog', 'drop'] as const)('builds, plans, measures and rolls back (%s)', async hiding => {
    const before = await catalogOf(link);
    const workload = await makeWorkload({
      queries: { one: 'SELECT sum(amount) FROM orders WHERE customer = 7' },
      proposals: {
        by_customer: 'CREATE INDEX by_customer ON orders (customer) INCLUDE (amount)',
        per_customer:
          'CREATE MATERIALIZED VIEW per_customer AS SELECT customer, sum(amount) AS total FROM orders GROUP BY 1',
        related: 'CREATE STATISTICS related ON customer, amount FROM orders; ANALYZE orders',
      },
      rewrites: { 'one@per_customer': 'SELECT total FROM per_customer WHERE customer = 7' },
    });
    const ahead = await preflight(server.settings, workload);
    expect(ahead.server.version).toMatch(new RegExp(`^${major}\\.`));
    expect(ahead.brokenQueries).toEqual([]);
    expect(ahead.tables).toMatchObject([{ name: 'orders', rows: 20_000, owned: true }]);
    expect(ahead.proposals.map(({ problem }) => problem)).toEqual([undefined, undefined, undefined]);
    expect(await catalogOf(link)).toBe(before);
    const session = await openSession({
      settings: server.settings,
      workload,
      eager: false,
      hiding,
      now: Date.now,
      budget: { runs: 1, totalMs: 1 },
    });
    try {
      const seen = record(session);
      expect(seen.ofType('session:opened')[0]?.serverVersion).toMatch(new RegExp(`^${major}\\.`));
      const nodes: Record<string, string> = {};
      for (const [revision, proposals] of [
        ['by_customer'],
        ['per_customer'],
        ['related'],
        [],
        ['by_customer', 'per_customer', 'related'],
      ].entries()) {
        const from = seen.events.length;
        session.setDesired({ revision, proposals, queryId: 'one' });
        await seen.idle(from);
        const plan = seen.ofType('plan:estimated', from).findLast(event => event.revision === revision)?.plan;
        nodes[proposals.join('+')] = JSON.stringify(plan?.root);
      }
      expect(seen.ofType('build:failed')).toEqual([]);
      expect(seen.ofType('plan:failed')).toEqual([]);
      expect(seen.ofType('measurement:failed')).toEqual([]);
      expect(seen.ofType('build:finished').map(event => event.proposalId)).toHaveLength(3);
      expect(nodes.by_customer).toContain('by_customer');
      expect(nodes.related).toContain('Seq Scan');
      expect(nodes['']).not.toContain('by_customer');
      expect(nodes.per_customer).toContain('per_customer');
      expect(seen.ofType('measurement:finished').length).toBeGreaterThanOrEqual(3);
      expect(seen.ofType('answer:compared')).toMatchObject([{ answer: { verdict: 'same' } }]);
      const from = seen.events.length;
      session.verify();
      await seen.until(({ type }) => type === 'session:verified', from);
      const { verified } = seen.ofType('session:verified', from)[0] ?? expect.fail();
      expect(verified).toMatchObject({ made: 3, outside: { visible: 0, transaction: 'in progress' } });
      expect(verified.now).toEqual(verified.opening);
      session.readSettings();
      await seen.until(({ type }) => type === 'settings:read', from);
      expect(seen.ofType('settings:read', from)[0]?.settings?.map(({ name }) => name)).toEqual(
        settingsOf(major).map(({ name }) => name),
      );
      session.inspect();
      await seen.until(({ type }) => type === 'session:inspected', from);
      expect(seen.ofType('session:inspected', from)[0]?.lockStatus?.locks).toContainEqual({
        relation: 'public.orders',
        mode: 'Share',
        granted: true,
      });
    } finally {
      await session.close();
    }
    expect(await catalogOf(link)).toBe(before);
  });

  it('makes a lens that plans as the database does', async () => {
    const database = await testDatabase('everything', [...everything(major), 'VACUUM ANALYZE'], server);
    try {
      await expectSamePlans(database, server);
    } finally {
      await database.drop();
    }
  });

  it('reads a lens', async () => {
    const database = await testDatabase('lens', everything(major), server);
    try {
      const lens = await readLens(database.link);
      expect(await parseLens(printLens(lens), 'lens.json')).toEqual(lens);
      expect(lens.source.major).toBe(major);
      expect(Object.keys(lens.settings).length).toBeGreaterThan(55);
      expect(lens.tables.map(({ name, rows, pages }) => [name, rows, pages > 0])).toEqual([
        ['t; DROP--', 300, true],
        ['guarded', 100, true],
        ...(major >= 18 ? [['modern', 0, false]] : []),
        ['never', -1, true],
        ['odd', 900, true],
        // 13 counts no rows of a partitioned table.
        ['orders', major === 13 ? -1 : 1000, false],
        ['Orders 2', major === 13 ? -1 : 458, false],
        ['a_part', 458, true],
        ['orders_1', 542, true],
        ['things', 200, true],
        ['a_thing', 100, true],
        ['per_customer', 50, true],
      ]);
      if (major >= 18)
        expect(lens.tables.find(({ name }) => name === 'modern')?.columns).toMatchObject([
          { name: 'a', notNull: false },
          { generated: { expression: '(a * 2)', kind: 'virtual' } },
          // The rows were not read yet.
          { name: 'c', notNull: false },
          { name: 'd', notNull: true },
        ]);
      expect(lens.views.map(({ name }) => name)).toEqual(['z_base', 'a_top']);
      expect(lens.statistics.map(({ name }) => name)).toEqual(
        ['combined', 'combined', 'computed', 'computed', 'related'].filter(
          (name, at) => (name !== 'computed' || major > 13) && (major > 14 || at % 2 === 0),
        ),
      );
      const columns = lens.tables.flatMap(table =>
        table.columns.flatMap(one => (one.dropped === true ? [] : [one])),
      );
      const statistics = columns.flatMap(one => [one.statistics ?? [], one.inheritedStatistics ?? []].flat());
      expect(statistics.filter(one => one.rangeBoundsHistogram !== undefined)).toHaveLength(5);
      expect(statistics.filter(one => one.mostCommonElements !== undefined)).toHaveLength(5);
      expect(
        lens.tables.flatMap(table => table.indexes.flatMap(one => one.expressionStatistics)),
      ).toHaveLength(major < 17 ? 5 : 4);
      expect(lens.statistics.flatMap(one => one.expressionStatistics)).toHaveLength(
        Math.max(0, Math.min(2, major - 13)),
      );
      expect(lens.hidden).toHaveLength(major === 13 ? 10 : 11);
    } finally {
      await database.drop();
    }
  });
});
