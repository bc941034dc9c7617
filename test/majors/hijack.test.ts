/** No statement of the program's own calls what a hostile role planted on the search_path (src/database/guard.ts). */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connect, connectTrusted, type Link } from '../../src/database/link.ts';
import { cacheOfFile } from '../e2e/caches.ts';
import { explorer, runPiped } from '../e2e/programs.ts';
import { workloadFolder } from '../e2e/workloadFolder.ts';
import { programsOf } from '../helpers/majors.ts';
import { type OwnServer, startOwnServer } from '../helpers/ownServer.ts';
import { plant } from '../helpers/plant.ts';

const cache = cacheOfFile();

const OURS = "SELECT pid FROM pg_stat_activity WHERE application_name ~ '^pgopt'";
const COUNTS =
  'SELECT funcid::regprocedure::text AS called, calls FROM pg_stat_user_functions WHERE calls > 0';

/** The user's own text calls and compares nothing: whatever is called, is called by us. */
const FILES = {
  'queries/01-all.sql': 'SELECT id, customer FROM orders ORDER BY customer, id LIMIT 5',
  'queries/02-view.sql': 'SELECT customer, id FROM orders LIMIT 3',
  'queries/02-view@v.sql': 'SELECT customer, id FROM v LIMIT 3',
  'queries/03-gone.sql': 'DELETE FROM orders',
  'queries/04-parent.sql': 'DELETE FROM parent',
  'schema/proposals/by_customer.sql': 'CREATE INDEX by_customer ON orders (customer)',
  'schema/proposals/related.sql': 'CREATE STATISTICS related ON customer, id FROM orders',
  'schema/proposals/v.sql':
    'CREATE MATERIALIZED VIEW v AS SELECT customer, id FROM orders; CREATE INDEX v_id ON v (id)',
  'schema/proposals/no_id.sql': 'DROP INDEX orders_id',
  'schema/workload.json':
    '{ "title": "Planted", "production_rows": { "orders": 100000 }, "budgets": { "timeout": "10 s" } }',
};

describe.each([13, 15, 18])('PostgreSQL %i', major => {
  let server: OwnServer;
  let admin: Link;
  beforeAll(async () => {
    server = await startOwnServer({
      programs: await programsOf(major),
      configuration: { track_functions: 'pl', jit: 'off' },
    });
    admin = await connectTrusted(server.settings, 'admin');
    for (const statement of [
      'CREATE ROLE app LOGIN',
      'CREATE TABLE orders (id int, customer int, note text)',
      'INSERT INTO orders SELECT g, g % 50, g::text FROM generate_series(1, 2000) g',
      'CREATE INDEX orders_id ON orders (id)',
      'CREATE TABLE parent (id int PRIMARY KEY)',
      'CREATE TABLE child (parent int REFERENCES parent)',
      'ALTER TABLE orders OWNER TO app',
      'ALTER DATABASE postgres SET search_path = public, pg_catalog',
      'GRANT SELECT, DELETE ON parent, child TO app',
      'GRANT CREATE ON DATABASE postgres TO app',
      'GRANT CREATE ON SCHEMA public TO app',
      'ANALYZE',
    ])
      await admin.query(statement);
    const planted = await plant(admin);
    await admin.query('CREATE FUNCTION public.sentinel() RETURNS void LANGUAGE plpgsql AS $$ BEGIN END $$');
    expect(planted.operators).toBeGreaterThan(5000);
    expect(planted.functions).toBeGreaterThan(1500);
  }, 300_000);
  afterAll(async () => {
    await admin?.end();
    await server?.stop();
  });

  const urlOf = (user: string) =>
    `postgresql://${user}@/postgres?host=${encodeURIComponent(server.settings.host)}&port=${server.port}`;

  let sentinels = 0;
  let known = new Map<string, number>();
  /** What was called since the last time, and how often. */
  async function calls(): Promise<Record<string, number>> {
    await expect.poll(async () => (await admin.query(OURS)).length).toBe(0);
    // Up to PostgreSQL 14 counts arrive late, but in order: this one comes behind all of theirs.
    const last = await connectTrusted(server.settings, 'sentinel');
    await last.query('SELECT public.sentinel()');
    await last.end();
    sentinels++;
    let counted = new Map<string, number>();
    await expect
      .poll(async () => {
        const rows = await admin.query(COUNTS);
        counted = new Map(rows.map(row => [String(row.called), Number(row.calls)]));
        return counted.get('public.sentinel()');
      })
      .toBe(sentinels);
    counted.delete('public.sentinel()');
    const more = [...counted].filter(([name, count]) => count > (known.get(name) ?? 0));
    known = counted;
    return Object.fromEntries(more);
  }

  it('would see what is planted', async () => {
    const open = await connectTrusted(server.settings, 'pgopt-test');
    await open.query('SELECT count(*) FROM pg_class WHERE relname = $1', ['orders']);
    await open
      .query("SELECT array_agg(relname) FROM pg_class WHERE 'x'::text = relname")
      .catch(() => undefined);
    await open.end();
    expect(await calls()).not.toEqual({});
    const behind = await connect(server.settings, 'pgopt-test');
    expect(await behind.query("SELECT count(*) FROM pg_class WHERE relname = 'orders'")).toEqual([
      { count: '1' },
    ]);
    await behind.end();
    expect(await calls()).toEqual({});
  });

  // A plain owner takes other ways than a superuser, most of them the same in all versions.
  const all = process.env.PGOPT_TEST_MAJORS === 'all';
  const users = all ? ['owner', 'app'] : major === 15 ? ['owner'] : ['app'];
  it.each(users)('calls none of it as %s', async user => {
    const folder = await workloadFolder(FILES);
    const run = async (...args: string[]) => {
      const { code, stdout, stderr } = await runPiped({ cache, args: [...args, '--url', urlOf(user)] });
      expect({ args, calls: await calls() }).toEqual({ args, calls: {} });
      return { code, stdout, stderr };
    };
    expect(await run('check', folder, '--yes', '--json')).toMatchObject({ code: 0, stderr: '' });
    expect(await run('check', folder, '--yes', '--write-cost')).toMatchObject({ code: 0, stderr: '' });
    const advice = join(folder, 'advice');
    expect(
      await run(
        'advise',
        folder,
        '--yes',
        '--budget',
        '2s',
        '--write',
        advice,
        '--keep',
        'by_customer,v,no_id',
      ),
    ).toMatchObject({ code: 0 });
    expect(await readFile(join(advice, 'migration.sql'), 'utf8')).toContain('by_customer');
    expect(await run('suggest', folder, '--yes', '--budget', '20s', '--json')).toMatchObject({ stderr: '' });
    expect(await run('init', join(folder, 'new'))).toMatchObject({ code: 0, stderr: '' });
    expect(await run('lens')).toMatchObject({ code: 0 });
  });

  it('calls none of it in the explorer, from the first question to the last page', async () => {
    const folder = await workloadFolder(FILES);
    const terminal = explorer({ cache, args: [folder, '--url', urlOf('owner')] });
    await terminal.until(/Go on\?/, 'the question');
    expect(await calls()).toEqual({});
    terminal.type('y');
    await terminal.until(/Before · Q1/, 'the plan of query 1');
    terminal.type('a');
    await terminal.until(/[34] of 4 on/, 'all proposals on');
    terminal.type('B');
    await terminal.until(/REQ|requirement/i, 'the requirements');
    terminal.type('\u0003');
    expect((await terminal.exit).code).toBe(130);
    expect(await calls()).toEqual({});
  });
});
