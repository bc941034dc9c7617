/** The files on a real server: applied they make exactly what is kept, and rolled back there is nothing left of it. */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { changeFacts } from '../../src/database/changeFacts.ts';
import type { ConnectionSettings } from '../../src/database/connectionSettings.ts';
import { connectTrusted as connect, type Link } from '../../src/database/link.ts';
import { sqlFiles } from '../../src/migration/files.ts';
import { namedIn } from '../../src/migration/statementsOf.ts';
import { parseStatements } from '../../src/workload/grammar.ts';
import { loadWorkload } from '../../src/workload/load.ts';
import { type TestDatabase, testDatabase } from '../helpers/database.ts';
import { OTHER_MAJORS, programsOf } from '../helpers/majors.ts';
import { type OwnServer, startOwnServer } from '../helpers/ownServer.ts';
import { runFile } from '../helpers/psqlLike.ts';
import { traceOf } from '../helpers/trace.ts';
import { keptOf, ORIGIN } from './kept.ts';

const SCHEMA = [
  'CREATE SCHEMA app',
  `CREATE TABLE orders AS SELECT g AS id, g % 50 AS customer, g % 97 AS amount, ARRAY[g % 7, g % 11] AS tags,
     'Note ' || g AS note, CASE WHEN g % 9 = 0 THEN 'open' ELSE 'done' END AS status FROM generate_series(1, 2000) g`,
  'ALTER TABLE orders ADD PRIMARY KEY (id)',
  'CREATE INDEX old_idx ON orders (amount DESC) INCLUDE (customer) WHERE amount > 3',
  `COMMENT ON INDEX old_idx IS 'it''s; old'`,
  'CREATE UNIQUE INDEX old_key ON orders (id DESC)',
  'ALTER TABLE orders ALTER id SET NOT NULL, CLUSTER ON old_key, REPLICA IDENTITY USING INDEX old_key',
  'CREATE TABLE "we""ird;--" ("Col" int)',
  'INSERT INTO "we""ird;--" SELECT generate_series(1, 100)',
  'CREATE TABLE app.events AS SELECT g AS at FROM generate_series(1, 100) g',
  'CREATE TABLE parts (at int, value int) PARTITION BY RANGE (at)',
  'CREATE TABLE parts_a PARTITION OF parts FOR VALUES FROM (0) TO (100)',
  'CREATE TABLE app.parts_b PARTITION OF parts FOR VALUES FROM (100) TO (200)',
  'CREATE TABLE parts_c PARTITION OF parts FOR VALUES FROM (200) TO (400) PARTITION BY RANGE (at)',
  'CREATE TABLE parts_c1 PARTITION OF parts_c FOR VALUES FROM (200) TO (300)',
  'CREATE TABLE "parts;c2" PARTITION OF parts_c FOR VALUES FROM (300) TO (400)',
  'INSERT INTO parts SELECT g, g % 10 FROM generate_series(0, 399) g',
  'CREATE INDEX old_parts ON parts (value)',
  'CREATE INDEX narrow ON orders (customer)',
  'VACUUM (FREEZE, ANALYZE)',
];

const ADDING = {
  by_customer: 'CREATE INDEX IF NOT EXISTS by_customer ON orders (customer) INCLUDE (amount)',
  unnamed: '-- INDEX\nCREATE /* INDEX ON */ INDEX /* ; */ ON orders (status) WHERE amount > 10 -- end',
  expression: `CREATE INDEX "lower;--" ON orders (lower(note), (note || ';--'))`,
  gin: 'CREATE INDEX tags_gin ON orders USING gin (tags)',
  slice: 'CREATE INDEX slice ON orders ((tags[1:id]))',
  weird: 'CREATE UNIQUE INDEX "weird name;--" ON "we""ird;--" ("Col")',
  outside: 'CREATE INDEX events_at ON app.events (at)',
  parts: 'CREATE INDEX by_value ON parts (value, at) WHERE value > 1',
  view: `CREATE MATERIALIZED VIEW totals AS SELECT customer, sum(amount) AS total FROM orders GROUP BY 1;
    CREATE UNIQUE INDEX totals_key ON totals (customer); CREATE INDEX ON totals (total);`,
  related: 'CREATE STATISTICS related ON customer, amount FROM orders',
};
const DROPPING = { drop_old: 'DROP INDEX old_idx, old_key', drop_parts: 'DROP INDEX public.old_parts' };
const REPLACING = { swap: 'DROP INDEX narrow; CREATE INDEX wide ON orders (customer, status)' };

const MADE = [
  'app.events_at CREATE INDEX events_at ON app.events USING btree (at)',
  'app.parts_b_by_value CREATE INDEX parts_b_by_value ON app.parts_b USING btree (value, at) WHERE (value > 1) part of by_value',
  'public."lower;--" CREATE INDEX "lower;--" ON public.orders USING btree (lower(note), ((note || \';--\'::text)))',
  'public."parts;c2_by_value" CREATE INDEX "parts;c2_by_value" ON public."parts;c2" USING btree (value, at) WHERE (value > 1) part of parts_c_by_value',
  'public."weird name;--" CREATE UNIQUE INDEX "weird name;--" ON public."we""ird;--" USING btree ("Col")',
  'public.by_customer CREATE INDEX by_customer ON public.orders USING btree (customer) INCLUDE (amount)',
  'public.by_value CREATE INDEX by_value ON ONLY public.parts USING btree (value, at) WHERE (value > 1)',
  'public.parts_a_by_value CREATE INDEX parts_a_by_value ON public.parts_a USING btree (value, at) WHERE (value > 1) part of by_value',
  'public.parts_c1_by_value CREATE INDEX parts_c1_by_value ON public.parts_c1 USING btree (value, at) WHERE (value > 1) part of parts_c_by_value',
  'public.parts_c_by_value CREATE INDEX parts_c_by_value ON ONLY public.parts_c USING btree (value, at) WHERE (value > 1) part of by_value',
  'public.related statistics',
  'public.slice CREATE INDEX slice ON public.orders USING btree ((tags[1:id]))',
  'public.tags_gin CREATE INDEX tags_gin ON public.orders USING gin (tags)',
  'public.totals materialized view',
  'public.totals_key CREATE UNIQUE INDEX totals_key ON public.totals USING btree (customer)',
  'public.unnamed CREATE INDEX unnamed ON public.orders USING btree (status) WHERE (amount > 10)',
  'public.view_3 CREATE INDEX view_3 ON public.totals USING btree (total)',
];

/** Indexes, statistics and views by name; what is invalid, clustered or commented says so. */
async function objectsOf(link: Link): Promise<string[]> {
  const rows = await link.query(`
    SELECT concat(c.relnamespace::regnamespace, '.', quote_ident(c.relname), ' ', pg_get_indexdef(c.oid),
                  CASE WHEN NOT i.indisvalid THEN ' INVALID' END, CASE WHEN i.indisclustered THEN ' clustered' END,
                  CASE WHEN i.indisreplident THEN ' identity' END,
                  ' part of ' || (SELECT inhparent::regclass FROM pg_inherits WHERE inhrelid = c.oid),
                  ' commented ' || obj_description(c.oid, 'pg_class')) AS line
    FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
    WHERE c.relnamespace::regnamespace::text IN ('public', 'app')
    UNION ALL SELECT concat(stxnamespace::regnamespace, '.', stxname, ' statistics') FROM pg_statistic_ext
    UNION ALL SELECT concat(relnamespace::regnamespace, '.', relname, ' materialized view') FROM pg_class WHERE relkind = 'm'
  `);
  return rows.map(({ line }) => String(line)).sort();
}

async function filesFor(settings: ConnectionSettings, texts: Readonly<Record<string, string>>) {
  const kept = await keptOf(texts);
  const link = await connect(settings, 'test');
  const facts = await changeFacts(link, await namedIn(kept.map(({ proposal }) => proposal)));
  await link.end();
  const files = await sqlFiles(kept, facts, ORIGIN, []);
  return { migration: files.get('migration.sql') ?? '', rollback: files.get('rollback.sql') ?? '' };
}

/** A connection of its own, as psql has: it sets things for its session. */
async function apply(settings: ConnectionSettings, text: string) {
  const link = await connect(settings, 'test');
  try {
    return await runFile(link, text);
  } finally {
    await link.end();
  }
}

describe('the demo’s proposals, on its tables', () => {
  it('are made and unmade', async () => {
    const root = resolve(import.meta.dirname, '../..');
    const schema = ['tables.sql', 'constraints.sql'].map(file =>
      readFileSync(join(root, 'schema', file), 'utf8'),
    );
    const statements = (await Promise.all(schema.map(text => parseStatements('', text)))).flat();
    const shop = await testDatabase(
      'change_demo',
      statements.map(({ sql }) => sql),
    );
    try {
      const before = await traceOf(shop.link);
      const there = await objectsOf(shop.link);
      const { proposals } = await loadWorkload(root, root);
      const texts = Object.fromEntries(proposals.map(({ id, ddl }) => [id, ddl]));
      const { migration, rollback } = await filesFor(shop.settings, texts);
      await apply(shop.settings, migration);
      const made = (await objectsOf(shop.link)).filter(line => !there.includes(line));
      expect(made.map(line => line.split(' ')[0])).toEqual([
        'public.customer_lifetime_stats',
        'public.idx_customer_lifetime_stats_percentile',
        'public.idx_inventory_product',
        'public.idx_order_items_product',
        'public.idx_orders_customer_status',
        'public.idx_orders_date_status_amount',
      ]);
      await apply(shop.settings, rollback);
      expect(await traceOf(shop.link)).toEqual(before);
    } finally {
      await shop.drop();
    }
  });
});

describe.each([15, ...OTHER_MAJORS.filter(major => major === 13 || major === 18)])('PostgreSQL %i', major => {
  let server: OwnServer | undefined;
  let shop: TestDatabase;
  beforeAll(async () => {
    if (major !== 15) server = await startOwnServer({ programs: await programsOf(major) });
    shop = await testDatabase('change', SCHEMA, server);
  }, 300_000);
  afterAll(async () => {
    await shop?.drop();
    await server?.stop();
  });

  it('makes exactly what is kept, all of it valid, and nothing is left after the rollback', async () => {
    const [before, there] = [await traceOf(shop.link), await objectsOf(shop.link)];
    const { migration, rollback } = await filesFor(shop.settings, ADDING);
    const results = await apply(shop.settings, migration);
    const after = await objectsOf(shop.link);
    expect(after.filter(line => !there.includes(line))).toEqual(MADE);
    expect(there.filter(line => !after.includes(line))).toEqual([]);
    const listed = results.find(rows => rows[0]?.state !== undefined) ?? [];
    expect(listed.map(({ state }) => state)).toEqual(MADE.map(() => 'valid'));
    await apply(shop.settings, rollback);
    expect(await traceOf(shop.link)).toEqual(before);
  });

  it('drops indexes last, and brings them back as they were', async () => {
    const there = await objectsOf(shop.link);
    const { migration, rollback } = await filesFor(shop.settings, { ...DROPPING, one: ADDING.by_customer });
    await apply(shop.settings, migration);
    const after = await objectsOf(shop.link);
    expect(there.filter(line => !after.includes(line)).map(line => line.split(' ')[0])).toEqual([
      'app.parts_b_value_idx',
      'public."parts;c2_value_idx"',
      'public.old_idx',
      'public.old_key',
      'public.old_parts',
      'public.parts_a_value_idx',
      'public.parts_c1_value_idx',
      'public.parts_c_value_idx',
    ]);
    await apply(shop.settings, rollback);
    expect(await objectsOf(shop.link)).toEqual(there);
    // Nothing was dropped: nothing is to be restored, and that is no error.
    await apply(shop.settings, rollback);
    expect(await objectsOf(shop.link)).toEqual(there);
  });

  it('replaces an index: the new one is made before the old one goes', async () => {
    const there = await objectsOf(shop.link);
    const { migration, rollback } = await filesFor(shop.settings, REPLACING);
    expect(migration.indexOf('CREATE INDEX')).toBeLessThan(migration.indexOf('DROP INDEX'));
    await apply(shop.settings, migration);
    const after = await objectsOf(shop.link);
    expect(there.filter(line => !after.includes(line))).toEqual([
      'public.narrow CREATE INDEX narrow ON public.orders USING btree (customer)',
    ]);
    expect(after.filter(line => !there.includes(line))).toEqual([
      'public.wide CREATE INDEX wide ON public.orders USING btree (customer, status)',
    ]);
    await apply(shop.settings, rollback);
    expect(await objectsOf(shop.link)).toEqual(there);
  });

  it('stops at what an earlier run has left, which the rollback clears away', async () => {
    const there = await objectsOf(shop.link);
    const texts = { ...ADDING, twice: 'CREATE UNIQUE INDEX twice ON orders (customer)', ...DROPPING };
    const { migration, rollback } = await filesFor(shop.settings, texts);
    await expect(apply(shop.settings, migration)).rejects.toThrow('could not create unique index "twice"');
    expect(await objectsOf(shop.link)).toContainEqual(expect.stringMatching(/^public\.twice .* INVALID$/));
    await expect(apply(shop.settings, migration)).rejects.toThrow(/there already: .*public\.twice \(invalid/);
    await apply(shop.settings, rollback);
    expect(await objectsOf(shop.link)).toEqual(there);
  });
});
