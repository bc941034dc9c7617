/** Runs of statements that write, on the oldest and the newest PostgreSQL, with both ways to hide an index. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openedBy } from '../../src/session/events.ts';
import { openSession } from '../../src/session/opening.ts';
import { type TestDatabase, testDatabase } from '../helpers/database.ts';
import { programsOf } from '../helpers/majors.ts';
import { type OwnServer, startOwnServer } from '../helpers/ownServer.ts';
import { traceOf } from '../helpers/trace.ts';
import { makeWorkload } from '../helpers/workload.ts';

const SCHEMA = [
  'CREATE TABLE orders (id int PRIMARY KEY, note text)',
  'CREATE TABLE items (order_id int REFERENCES orders, n int, day int) PARTITION BY RANGE (day)',
  'CREATE TABLE items_1 PARTITION OF items FOR VALUES FROM (0) TO (50)',
  'CREATE TABLE items_2 PARTITION OF items FOR VALUES FROM (50) TO (100)',
  'CREATE TABLE watched (id int, day int) PARTITION BY RANGE (day)',
  'CREATE TABLE watched_1 PARTITION OF watched FOR VALUES FROM (0) TO (100)',
  "CREATE FUNCTION tell() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'",
  'CREATE TRIGGER tell AFTER INSERT ON watched FOR EACH ROW EXECUTE FUNCTION tell()',
  "INSERT INTO orders SELECT g, 'n' FROM generate_series(1, 3000) g",
  'INSERT INTO items SELECT g % 2000 + 1, g, g % 100 FROM generate_series(1, 30000) g',
  'VACUUM ANALYZE',
];

describe.each([13, 15, 18])('PostgreSQL %i', major => {
  let server: OwnServer;
  let database: TestDatabase;
  beforeAll(async () => {
    server = await startOwnServer({ programs: await programsOf(major) });
    database = await testDatabase('majors_writing', SCHEMA, server);
  }, 300_000);
  afterAll(async () => {
    await database?.drop();
    await server?.stop();
  });

  it.each(['catalog', 'drop'] as const)('checks foreign keys with what is on, hidden by %s', async hiding => {
    const workload = await makeWorkload({
      queries: {
        delete: 'DELETE FROM orders WHERE id BETWEEN 2100 AND 2130',
        twice: 'INSERT INTO items SELECT * FROM items WHERE n < 10',
        watched: 'INSERT INTO watched_1 VALUES (1, 1)',
      },
      proposals: {
        by_order: 'CREATE INDEX by_order ON items (order_id)',
        once: 'CREATE UNIQUE INDEX once ON items (n, day)',
      },
    });
    const before = await traceOf(database.link);
    const { settings } = database;
    const session = await openSession({
      settings,
      workload,
      eager: false,
      now: Date.now,
      writeCost: true,
      hiding,
    });
    expect(openedBy(session)?.writing?.get('watched')).toMatch(/"watched_1": the table has triggers$/);
    const build = (proposalId: string) => session.background({ kind: 'build', proposalId });
    expect((await build('by_order')).kind).toBe('built');
    const run = (queryId: string, proposals: readonly string[]) =>
      session.background({
        kind: 'run',
        queryId,
        rewrite: undefined,
        look: 'tree',
        proposals,
        limitMs: 30_000,
      });
    const checkOf = (answer: Awaited<ReturnType<typeof run>>) => {
      const plan = answer.kind === 'ran' ? answer.plan : expect.fail(JSON.stringify(answer));
      const checks = plan.statement.triggers.filter(({ constraint }) => constraint);
      expect(checks.reduce((sum, { calls }) => sum + calls, 0)).toBe(31);
      return { ms: checks.reduce((sum, { ms = Number.NaN }) => sum + ms, 0), uses: plan.uses };
    };
    // A build after a run finds the table as it was.
    checkOf(await run('delete', []));
    expect((await build('once')).kind).toBe('built');
    const [without, withIt] = [checkOf(await run('delete', [])), checkOf(await run('delete', ['by_order']))];
    expect(without.uses).toEqual([]);
    expect(withIt.uses).toEqual(['by_order']);
    expect(without.ms).toBeGreaterThan(3 * withIt.ms);
    // What is switched off is neither kept up nor enforced.
    expect((await run('twice', [])).kind).toBe('ran');
    expect(await run('twice', ['once'])).toMatchObject({
      kind: 'failed',
      reason: expect.stringContaining('duplicate key'),
    });
    await session.close();
    expect(await traceOf(database.link)).toEqual(before);
  });
});
