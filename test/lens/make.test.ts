import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectTrusted as connect, type Link } from '../../src/database/link.ts';
import type { LensDocument } from '../../src/lens/document.ts';
import { type Lens, makeLens } from '../../src/lens/make/make.ts';
import { openLens } from '../../src/lens/open.ts';
import { SessionNames } from '../../src/session/names.ts';
import { testServer } from '../helpers/server.ts';
import { makeWorkload } from '../helpers/workload.ts';
import { column, document, index, ORDERS, statistics, table } from './documents.ts';

async function lensOf(made: LensDocument): Promise<Lens> {
  return makeLens(await testServer(), made, { proposals: [], names: new SessionNames('test') });
}

/** The plan's root and what it says of it. */
async function planOf(link: Link, sql: string): Promise<Record<string, unknown>> {
  const [row] = await link.query(`EXPLAIN (FORMAT JSON) ${sql}`);
  const [explained] = (row?.['QUERY PLAN'] ?? []) as { readonly Plan: Record<string, unknown> }[];
  return explained?.Plan ?? {};
}

describe('a lens', () => {
  let lens: Lens;
  let link: Link;
  let superuser: Link;

  beforeAll(async () => {
    lens = await lensOf(document([ORDERS]));
    link = await connect(lens.settings, 'test');
    superuser = await connect((await testServer()).settings, 'test');
  });
  afterAll(async () => {
    await link.end();
    await lens.drop();
    await superuser.end();
  });

  it('hides nothing of a plain table', () => {
    expect(lens.hidden).toEqual([]);
  });

  it('plans as if all rows were there', async () => {
    expect(await planOf(link, 'SELECT * FROM orders')).toMatchObject({
      'Node Type': 'Seq Scan',
      'Plan Rows': 50_000_000,
    });
    // (1 - 0.011) of the rows, shared by the values that are not among the most common ones.
    const rare = await planOf(link, 'SELECT * FROM orders WHERE customer = 77');
    expect(rare).toMatchObject({
      'Node Type': 'Index Scan',
      'Index Name': 'orders_customer',
      'Plan Rows': 25,
    });
    const common = await planOf(link, 'SELECT * FROM orders WHERE customer = 5');
    expect(common).toMatchObject({ 'Node Type': 'Bitmap Heap Scan', 'Plan Rows': 500_000 });
    expect(await planOf(link, "SELECT * FROM orders WHERE state = 'not paid'")).toMatchObject({
      'Node Type': 'Gather',
      'Plan Rows': 500_000,
    });
  });

  it('asks an index for its height and its ends, and goes by the statistics', async () => {
    // 137,000 pages of bigint keys: three levels above the leaves, each costs 50 operators of 0.0025; and log2 of the rows.
    const scan = await planOf(link, 'SELECT * FROM orders WHERE id = 77');
    expect(scan['Startup Cost']).toBeCloseTo((Math.ceil(Math.log2(5e7)) + 4 * 50) * 0.0025, 1);
    // Beyond the histogram the planner looks into the index, where there is nothing to be found.
    expect(await planOf(link, 'SELECT * FROM orders WHERE id > 60000000')).toMatchObject({
      'Node Type': 'Index Scan',
    });
    expect(await planOf(link, 'SELECT max(id) FROM orders')).toMatchObject({ 'Node Type': 'Result' });
  });

  it('takes no room, and its files say what they are', async () => {
    const { dataDirectory } = await testServer();
    const [row] = await link.query(
      "SELECT pg_relation_filepath('orders') AS path, pg_relation_size('orders')::float8 AS bytes",
    );
    expect(row?.bytes).toBe(700_000 * 8192);
    const first = await stat(join(dataDirectory, String(row?.path)));
    expect(first.size).toBe(2 ** 30);
    expect(first.blocks * 512).toBeLessThan(100_000);
    // 700,000 blocks: five files of 131,072, and one more of the rest.
    const last = await stat(join(dataDirectory, `${row?.path}.5`));
    expect(last.size).toBe((700_000 - 5 * 131_072) * 8192);
    expect([last.uid, last.gid, last.mode]).toEqual([first.uid, first.gid, first.mode]);
  });

  it('cannot be read or written', async () => {
    const refused = (sql: string) =>
      link.query(sql).then(
        () => 'done',
        (error: Error) => error.message,
      );
    expect(await refused('SELECT * FROM orders LIMIT 1')).toContain('invalid page in block 0');
    expect(await refused('SELECT count(*) FROM orders WHERE state IS NULL')).toContain(
      'invalid page in block 0',
    );
    // It may be planned, in a transaction that only reads; there is nothing that it could be run on.
    expect(await planOf(link, 'DELETE FROM orders')).toMatchObject({ 'Node Type': 'ModifyTable' });
    expect(await refused('INSERT INTO orders VALUES (1)')).toContain('invalid page in block 0');
    await link.query('BEGIN READ ONLY');
    expect(await refused('INSERT INTO orders VALUES (1)')).toContain('in a read-only transaction');
    await link.query('ROLLBACK');
    expect(await refused('TRUNCATE orders')).toContain('permission denied');
    expect(await refused('DROP INDEX orders_customer')).toContain('must be owner');
    expect(await refused('CREATE TABLE t ()')).toContain('permission denied');
    expect(await refused('CREATE TEMP TABLE t ()')).toContain('permission denied');
    // These only warn.
    await link.batch(['ANALYZE orders', 'VACUUM orders']);
    expect(await planOf(link, 'SELECT * FROM orders')).toMatchObject({ 'Plan Rows': 50_000_000 });
    expect(await refused("COPY orders TO '/tmp/x'")).toMatch(
      /permission denied|superuser|pg_write_server_files/,
    );
    expect(await refused('SELECT pg_read_file($$/etc/passwd$$)')).toContain('permission denied');
  });

  it('belongs to a role that may do nothing else', async () => {
    const [role] = await superuser.query(
      'SELECT rolsuper, rolcreatedb, rolcreaterole, rolreplication, rolbypassrls FROM pg_roles WHERE rolname = $1',
      [lens.settings.user],
    );
    expect(Object.values(role ?? {})).toEqual([false, false, false, false, false]);
  });

  it('goes as a whole', async () => {
    const another = await lensOf(document([table('t', {})]));
    const count = async () =>
      (
        await superuser.query(
          `SELECT datname FROM pg_database WHERE datname LIKE $1
           UNION ALL SELECT rolname FROM pg_roles WHERE rolname LIKE $1`,
          [`${another.settings.database}%`],
        )
      ).length;
    expect(await count()).toBe(4);
    await another.drop();
    await another.drop();
    expect(await count()).toBe(0);
  });
});

describe('a lens whose explorer was killed', () => {
  it('is swept away by the next one, and one that is looked through is not', async () => {
    const superuser = await connect((await testServer()).settings, 'test');
    const [killed, used] = [await lensOf(document([])), await lensOf(document([]))];
    // The server notices that the client is gone, and the lock goes with the connection.
    await superuser.query(
      `SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND granted
       AND ((classid::bigint << 32) | objid::bigint) = hashtextextended($1, 0)`,
      [killed.settings.database],
    );
    const next = await lensOf(document([]));
    const left = await superuser.query(
      `SELECT datname AS name FROM pg_database UNION ALL SELECT rolname FROM pg_roles ORDER BY 1`,
    );
    const names = left.map(({ name }) => String(name));
    expect(names.filter(name => name.startsWith(killed.settings.database))).toEqual([]);
    expect(names.filter(name => name.startsWith(used.settings.database)).length).toBe(4);
    await Promise.all([used.drop(), next.drop()]);
    await superuser.end();
  });
});

describe('what a lens cannot take', () => {
  it('is reported, and the rest is made', async () => {
    const odd = table('odd', {
      columns: [
        column('a', 'integer', statistics(2, { mostCommon: { values: '{1,2,3}', frequencies: [0.5] } })),
        column('b', 'integer', statistics(5, { histogram: '{1,x,3}' })),
        column('c', 'no_such_type'),
      ],
    });
    const fine = table('fine', {
      columns: [column('a', 'integer', statistics(10))],
      indexes: [index('fine', 'fine_b', 'b', 10)],
    });
    const made = await lensOf(
      document([odd, { ...odd, name: 'odd2', columns: odd.columns.slice(0, 2) }, fine]),
    );
    try {
      expect(made.hidden.map(({ what }) => what)).toEqual([
        'table public.odd',
        'index public.fine_b',
        'public.odd2.a',
        'public.odd2',
      ]);
      expect(made.hidden[2]?.why).toContain('do not fit each other');
      expect(made.hidden[3]?.why).toContain('invalid input syntax for type integer');
      const link = await connect(made.settings, 'test');
      // Frequencies that do not fit their values would make the planner read beyond them.
      expect(await planOf(link, 'SELECT * FROM odd2 WHERE a = 1')).toMatchObject({ 'Plan Rows': 250_000 });
      expect(await planOf(link, 'SELECT a FROM fine GROUP BY a')).toMatchObject({ 'Plan Rows': 10 });
      await link.end();
    } finally {
      await made.drop();
    }
  });

  it('has something in its stead where that helps, and says what cannot be planned', async () => {
    const { source } = document([]);
    const foreign = table('foreign', {
      columns: [
        { name: 'a', type: 'text', notNull: false, collation: 'pg_catalog."no_WHERE"' },
        { name: 'b', type: 'text', notNull: false, collation: 'public.own' },
      ],
    });
    const reading = {
      schema: 'public',
      name: 'first',
      definition: `CREATE OR REPLACE FUNCTION public.first() RETURNS text LANGUAGE plpgsql STABLE AS $$ BEGIN RETURN (SELECT a FROM "foreign" LIMIT 1); END $$`,
    };
    const wanted = document([foreign], {
      source: { ...source, collation: 'no_WHERE.UTF-8' },
      collations: [
        { schema: 'public', name: 'own', provider: 'libc', locale: 'no_WHERE.UTF-8', deterministic: true },
      ],
      functions: [reading],
    });
    const workload = await makeWorkload({
      queries: { one: 'SELECT * FROM "foreign" WHERE b = first()', two: 'SELECT * FROM "foreign"' },
      proposals: {},
    });
    const { session, hidden } = await openLens(await testServer(), wanted, {
      workload,
      names: new SessionNames('test'),
      now: Date.now,
    });
    expect(hidden.map(({ what }) => what)).toEqual([
      'collation no_WHERE.UTF-8',
      'collation "public"."own"',
      'collation pg_catalog."no_WHERE"',
    ]);
    const planned = (queryId: string) => session.background({ kind: 'estimate', queryId, proposals: [] });
    expect(await planned('one')).toMatchObject({ reason: expect.stringContaining('a lens has no rows') });
    expect(await planned('two')).not.toHaveProperty('reason');
    await session.close();
  });

  it('says why a query cannot be planned: an extension of the database is missing here', async () => {
    const wanted = document([
      table('items', { columns: [column('id', 'integer'), column('embedding', 'public.vector')] }),
    ]);
    const workload = await makeWorkload({ queries: { one: 'SELECT id FROM items' }, proposals: {} });
    const { session } = await openLens(await testServer(), wanted, {
      workload,
      names: new SessionNames('test'),
      now: Date.now,
    });
    const planned = await session.background({ kind: 'estimate', queryId: 'one', proposals: [] });
    expect(planned).toMatchObject({
      reason: expect.stringMatching(
        /^relation "items" does not exist.*; table public\.items could not be made in the lens: type "public\.vector" does not exist$/,
      ),
    });
    await session.close();
  });
});
