/** The preflight on a real server, before anything is touched. */
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { connectTrusted as connect } from '../../src/database/link.ts';
import { preflightLines, warningsOf } from '../../src/report/preflight.ts';
import { NAMED_TIMEOUTS } from '../../src/session/options.ts';
import type { Preflight } from '../../src/session/preflight/facts.ts';
import { preflight } from '../../src/session/preflight/preflight.ts';
import { catalogOf, type TestDatabase, testDatabase } from '../helpers/database.ts';
import { makeWorkload } from '../helpers/workload.ts';

const MB = 1024 ** 2;
let database: TestDatabase;

beforeAll(async () => {
  database = await testDatabase('preflight', [
    // Else the first VACUUM finds commits that are not on disk yet, and marks no page all-visible.
    'SET synchronous_commit = on',
    'CREATE TABLE orders (order_id int PRIMARY KEY, status text, amount numeric)',
    "INSERT INTO orders SELECT n, 'done', n FROM generate_series(1, 50000) n",
    'VACUUM ANALYZE orders',
    'CREATE TABLE fresh (id int)',
    'INSERT INTO fresh SELECT n FROM generate_series(1, 5000) n',
    'CREATE TABLE parts (id int, at date) PARTITION BY RANGE (at)',
    "CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM ('2020-01-01') TO ('2021-01-01')",
    "INSERT INTO parts SELECT n, '2020-05-05' FROM generate_series(1, 1000) n",
    'ANALYZE parts',
  ]);
});
afterAll(() => database.drop());

const workload = () =>
  makeWorkload({
    queries: {
      '01-amounts': 'SELECT status, sum(amount) FROM orders GROUP BY status',
      '02-fresh': 'SELECT * FROM fresh JOIN parts USING (id)',
      '03-broken': 'SELECT nosuch FROM orders',
    },
    proposals: {
      idx_amount: 'CREATE INDEX idx_amount ON orders (amount)',
      idx_lost: 'CREATE INDEX idx_lost ON nowhere (x)',
      totals:
        'CREATE MATERIALIZED VIEW totals AS SELECT status, sum(amount) AS s FROM orders GROUP BY status; CREATE INDEX ON totals (s)',
    },
  });

const look = async (): Promise<Preflight> => preflight(database.settings, await workload());

describe('the preflight', () => {
  it('touches nothing', async () => {
    const before = await catalogOf(database.link);
    await look();
    expect(await catalogOf(database.link)).toBe(before);
    const [row] = await database.link.query(
      "SELECT count(*)::int AS count FROM pg_stat_activity WHERE application_name LIKE 'pgopt-explore preflight' AND datname = current_database()",
    );
    expect(row?.count).toBe(0);
  });

  it('knows the tables that queries read and proposals are about, partitions as one', async () => {
    const { tables } = await look();
    expect(tables.map(({ name }) => name).sort()).toEqual(['fresh', 'orders', 'parts']);
    const orders = tables.find(({ name }) => name === 'orders');
    expect(orders).toMatchObject({
      schema: 'public',
      rows: 50_000,
      owned: true,
      writersNow: 0,
      everAnalyzed: true,
    });
    expect(orders?.bytes).toBeGreaterThan(MB);
    expect(orders?.allVisible).toBe(1);
    expect(tables.find(({ name }) => name === 'fresh')).toMatchObject({ everAnalyzed: false });
  });

  it('says what each proposal takes, near enough to what it then is', async () => {
    const { proposals } = await look();
    const index = proposals.find(({ id }) => id === 'idx_amount');
    await database.link.query('BEGIN');
    await database.link.query('CREATE INDEX idx_amount ON orders (amount)');
    const [row] = await database.link.query("SELECT pg_relation_size('idx_amount')::float8 AS bytes");
    await database.link.query('ROLLBACK');
    const real = Number(row?.bytes);
    expect(index?.bytes).toBeGreaterThan(real * 0.7);
    expect(index?.bytes).toBeLessThan(real * 1.4);
    expect(index?.buildMs).toBeGreaterThan(0);
    expect(index?.locks).toEqual([{ mode: 'SHARE', table: 'orders' }]);
    // The index on the view is on no other table.
    expect(proposals.find(({ id }) => id === 'totals')?.locks).toEqual([
      { mode: 'ACCESS SHARE', table: undefined },
    ]);
  });

  it('warns about failing builds and queries without a plan', async () => {
    const found = await look();
    expect(found.brokenQueries).toEqual([{ queryId: '03-broken', reason: 'column "nosuch" does not exist' }]);
    const warnings = warningsOf(found);
    expect(warnings).toContain('idx_lost will fail: there is no table nowhere');
    expect(warnings).toContain('03-broken cannot be planned: column "nosuch" does not exist');
    expect(warnings).toContain('fresh was never analyzed: its plans are guesses (ANALYZE fresh)');
    const text = preflightLines(found, NAMED_TIMEOUTS, 30_000).join('\n');
    expect(text).toContain('! idx_lost will fail');
    expect(text).toContain(
      '  SHARE on orders: reads go on; INSERT, UPDATE and DELETE wait until the end (idx_amount)',
    );
    expect(text).toContain('The session tries to get a lock for 5 s, a moment at a time');
    expect(text).toContain('After 30 min of standing idle');
  });

  it('sees who writes there now', async () => {
    const writer = await connect(database.settings, 'writer');
    onTestFinished(() => writer.end());
    await writer.query('BEGIN');
    await writer.query('UPDATE orders SET amount = 0 WHERE order_id = 1');
    const found = await look();
    await writer.query('ROLLBACK');
    expect(found.tables.find(({ name }) => name === 'orders')?.writersNow).toBe(1);
    expect(warningsOf(found)).toContain('1 session is writing to orders now, and would wait');
  });

  it('does not wait for a lock of others', async () => {
    const other = await connect(database.settings, 'other');
    onTestFinished(() => other.end());
    await other.query('BEGIN');
    await other.query('LOCK TABLE fresh IN ACCESS EXCLUSIVE MODE');
    const found = await look();
    await other.query('ROLLBACK');
    expect(found.brokenQueries).toContainEqual({
      queryId: '02-fresh',
      reason: 'canceling statement due to lock timeout',
    });
  });

  it('of a role that owns nothing, says that it cannot build', async () => {
    await database.link.query('CREATE ROLE preflight_reader LOGIN');
    onTestFinished(async () => {
      await database.link.query('DROP OWNED BY preflight_reader');
      await database.link.query('DROP ROLE preflight_reader');
    });
    await database.link.query('GRANT SELECT ON ALL TABLES IN SCHEMA public TO preflight_reader');
    await database.link.query("ALTER ROLE preflight_reader PASSWORD 'reader'");
    const settings = { ...database.settings, user: 'preflight_reader', password: 'reader' };
    const found = await preflight(settings, await workload());
    expect(found.server).toMatchObject({ superuser: false, hiding: 'drop' });
    expect(found.proposals.find(({ id }) => id === 'idx_amount')?.problem).toBe(
      'orders belongs to another role: only its owner may build on it',
    );
    expect(warningsOf(found).join('\n')).toMatch(/takes ACCESS EXCLUSIVE on its table/);
  });

  it('where transactions are read-only, says so at once', async () => {
    await database.link.query(
      `ALTER DATABASE "${database.settings.database}" SET default_transaction_read_only = on`,
    );
    onTestFinished(async () => {
      await database.link.query('SET default_transaction_read_only = off');
      await database.link.query(
        `ALTER DATABASE "${database.settings.database}" RESET default_transaction_read_only`,
      );
    });
    expect((await look()).server.cannotBuild).toMatch(/^default_transaction_read_only is on: /);
  });
});

it('lists the older transactions beside which new indexes may be unusable', async () => {
  const database = await testDatabase('preflight_older', ['CREATE TABLE t AS SELECT 1 AS a']);
  onTestFinished(() => database.drop());
  const workload = await makeWorkload({ queries: { one: 'SELECT a FROM t' }, proposals: {} });
  const report = await connect(database.settings, 'nightly report');
  onTestFinished(() => report.end());
  await report.query('BEGIN ISOLATION LEVEL REPEATABLE READ');
  await report.query('SELECT * FROM t');
  await expect
    .poll(async () => (await preflight(database.settings, workload)).olderTransactions, { timeout: 20_000 })
    .toMatchObject([{ application: 'nightly report' }]);
  const text = preflightLines(await preflight(database.settings, workload), NAMED_TIMEOUTS, 1000).join('\n');
  expect(text).toMatch(/older transactions are open: process \d+ \(.*nightly report, open for /);
});
