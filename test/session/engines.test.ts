/** Citus and TimescaleDB, as far as an imitation of their catalogs goes; scripts/testEngines.ts tries real ones. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { catalogOf, tablesScanned } from '../../src/advisor/requirements/tables.ts';
import { changeFacts } from '../../src/database/changeFacts.ts';
import { readLens } from '../../src/lens/read/read.ts';
import { sqlFiles } from '../../src/migration/files.ts';
import { namedIn } from '../../src/migration/statementsOf.ts';
import { readThrough } from '../../src/production/productionLens.ts';
import { openSession } from '../../src/session/opening.ts';
import { preflight } from '../../src/session/preflight/preflight.ts';
import { type TestDatabase, testDatabase } from '../helpers/database.ts';
import { distributed, imitatedCitus } from '../helpers/imitatedCitus.ts';
import { imitatedTimescale } from '../helpers/imitatedTimescale.ts';
import { record } from '../helpers/recorder.ts';
import { makeWorkload } from '../helpers/workload.ts';
import { keptOf, ORIGIN } from '../migration/kept.ts';

type Texts = Readonly<Record<string, string>>;

/** Switches everything off, on, and off again. */
async function tried({ settings }: TestDatabase, query: string, proposals: Texts) {
  const workload = await makeWorkload({ queries: { one: query }, proposals });
  const options = { settings, workload, eager: false, now: Date.now, estimatesOnly: true };
  const session = await openSession(options);
  const recorder = record(session);
  const planned = async (revision: number, ...on: string[]) => {
    const from = recorder.events.length;
    session.setDesired({ revision, proposals: on, queryId: 'one' });
    await recorder.idle(from);
    return recorder.ofType('plan:estimated', from).findLast(event => event.missing.length === 0)?.plan;
  };
  const [, id = ''] = ['', ...Object.keys(proposals)];
  const before = await planned(1);
  await planned(2, id);
  const on = recorder.ofType('plan:estimated').findLast(event => event.configuration === id)?.plan;
  const off = await planned(3);
  await session.close();
  const built = new Map(recorder.ofType('build:finished').map(event => [event.proposalId, event.built]));
  const failed = new Map(recorder.ofType('build:failed').map(event => [event.proposalId, event.reason]));
  return { before, on, off, built, failed, opened: recorder.ofType('session:opened')[0], workload };
}

describe('Citus', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await testDatabase('citus', [
      ...imitatedCitus(0),
      'CREATE TABLE orders (id int, customer int)',
      'CREATE INDEX by_id ON orders (id)',
      ...distributed('orders', [102_008, 102_009, 102_010]),
      'INSERT INTO orders_102008 SELECT g, g % 500 FROM generate_series(1, 20000) g',
      'INSERT INTO orders_102009 SELECT g, g % 500 FROM generate_series(1, 10000) g',
      'VACUUM ANALYZE orders_102008, orders_102009, orders_102010',
    ]);
  });
  afterAll(() => database.drop());

  it('switches shards, one index a statement, and counts what is in them, empty ones too', async () => {
    const { before, on, off, built, opened } = await tried(
      database,
      'SELECT id FROM orders WHERE customer = 7',
      {
        customer:
          'CREATE INDEX by_customer ON orders (customer); CREATE INDEX second ON orders (customer, id)',
      },
    );
    expect(opened).toMatchObject({ hiding: 'drop' });
    expect(opened?.tables.find(({ name }) => name === 'orders')).toMatchObject({ rows: 30_000 });
    expect(on?.uses).toEqual(['customer']);
    expect(on?.fingerprint).not.toBe(before?.fingerprint);
    expect(off?.fingerprint).toBe(before?.fingerprint);
    expect(JSON.stringify(on)).not.toMatch(/_10200\d|~/);
    await database.link.query('CREATE INDEX by_hand ON orders (customer)');
    const [byHand] = await database.link.query(
      "SELECT sum(pg_relation_size(oid))::int AS bytes FROM pg_class WHERE relname LIKE 'by\\_hand\\_%'",
    );
    expect(built.get('customer')?.objects[0]).toEqual({
      kind: 'index',
      name: 'by_customer',
      table: 'orders',
      bytes: byHand?.bytes,
      rows: 30_000,
      usable: true,
    });
    const left = await database.link.query("SELECT FROM pg_class WHERE relname LIKE '%~%'");
    expect(left).toEqual([]);
  });

  it('reports a lower bound where a shard shows no row on its first page', async () => {
    for (const statement of [
      'CREATE TABLE items (id int)',
      ...distributed('items', [103_001, 103_002]),
      'INSERT INTO items_103001 SELECT generate_series(1, 1000)',
      'INSERT INTO items_103002 SELECT generate_series(1, 1000)',
      'DELETE FROM items_103002 WHERE id <= 500',
      'VACUUM ANALYZE items_103001, items_103002',
    ])
      await database.link.query(statement);
    const { built } = await tried(database, 'SELECT FROM items WHERE id = 7', {
      id: 'CREATE INDEX by_item ON items (id)',
    });
    await database.link.query('CREATE INDEX by_hand_too ON items (id)');
    const [byHand] = await database.link.query(
      "SELECT (pg_relation_size('by_hand_too_103001') + pg_relation_size('by_hand_too'))::int AS bytes",
    );
    const { objects, note } = built.get('id') ?? {};
    expect(objects).toMatchObject([{ bytes: byHand?.bytes, atLeast: true, rows: 1500 }]);
    expect(note).toContain('some parts of by_item could not be read');
    await database.link.query('DROP TABLE items CASCADE');
    await database.link.query('DELETE FROM pg_dist_shard WHERE shardid > 103000');
  });

  it('calls no operator that a role put on the path of the nodes', async () => {
    const evil = (left: string, right: string) =>
      `CREATE FUNCTION evil(${left}, ${right}) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN RAISE 'hijacked'; END $$`;
    for (const statement of [
      evil('real', 'int'),
      evil('oid', 'regclass'),
      'CREATE OPERATOR public.>= (LEFTARG = real, RIGHTARG = int, FUNCTION = evil)',
      'CREATE OPERATOR public.= (LEFTARG = oid, RIGHTARG = regclass, FUNCTION = evil)',
    ])
      await database.link.query(statement);
    const { opened } = await tried(database, 'SELECT id FROM orders WHERE customer = 7', {});
    expect(opened?.tables.find(({ name }) => name === 'orders')).toMatchObject({ rows: 30_000 });
    await database.link.query('DROP FUNCTION evil(real, int), evil(oid, regclass) CASCADE');
  });

  it('sends its settings first, so that all that follow reach the workers', async () => {
    const workload = await makeWorkload({ queries: { one: 'SELECT 1' }, proposals: {} });
    const session = await openSession({ settings: database.settings, workload, eager: false, now: Date.now });
    const recorder = record(session);
    session.inspect();
    const inspected = await recorder.until(event => event.type === 'session:inspected', 0);
    await session.close();
    const sent = inspected.type === 'session:inspected' ? inspected.entries.map(({ text }) => text) : [];
    const settings = sent.filter(sql => /^SET LOCAL (?!search_path)/.test(sql));
    expect(settings.slice(0, 5)).toEqual([
      "SET LOCAL citus.propagate_set_commands = 'local'",
      'SET LOCAL citus.enable_local_execution = off',
      "SET LOCAL citus.multi_shard_modify_mode = 'sequential'",
      "SET LOCAL citus.explain_analyze_sort_method = 'taskId'",
      'SET LOCAL citus.explain_all_tasks = on',
    ]);
  });

  it('is made no lens of, and production is not planned', () => expectNoLens(database, 'Citus'));

  it('lets queries run as the role that connects, and as no other', async () => {
    const workload = await makeWorkload({ queries: { one: 'SELECT 1' }, proposals: {} });
    const opening = (role: string) =>
      openSession({ settings: database.settings, workload, role, eager: false, now: Date.now });
    await expect(opening('pg_monitor')).rejects.toMatchObject({
      code: 'usage',
      message: expect.stringContaining('--role pg_monitor is refused: Citus runs it over other connections'),
      next: 'connect as pg_monitor, or leave --role out',
    });
    const session = await opening(database.settings.user);
    await session.close();
  });

  it('counts for a role that may not use the schema, and imagines no index where it owns no table', async () => {
    for (const statement of [
      'CREATE SCHEMA apart',
      'CREATE TABLE apart.items (id int)',
      ...distributed('apart.items', [104_001]),
      "CREATE ROLE engines_reader LOGIN PASSWORD 'reader'",
      'GRANT SELECT ON orders TO engines_reader',
    ])
      await database.link.query(statement);
    const settings = { ...database.settings, user: 'engines_reader', password: 'reader' };
    const { opened, failed } = await tried({ ...database, settings }, 'SELECT id FROM orders', {
      own: 'CREATE INDEX own ON orders (id)',
    });
    expect(opened?.tables.find(({ name }) => name === 'orders')).toMatchObject({ rows: 30_000 });
    expect(failed.get('own')).toBe(
      'must be owner of table orders (the extension hypopg would not reach the parts of a table in Citus)',
    );
    await database.link.query('DROP OWNED BY engines_reader');
    await database.link.query('DROP ROLE engines_reader');
  });

  it('is refused on a worker, which names the coordinator', async () => {
    const worker = await testDatabase('citus_worker', imitatedCitus(1));
    const workload = await makeWorkload({ queries: { one: 'SELECT 1' }, proposals: {} });
    const refused = {
      code: 'server-unsupported',
      message: 'this server is a worker of a Citus cluster',
      next: 'connect to the coordinator, head:5432',
    };
    const { settings } = worker;
    await expect(preflight(settings, workload)).rejects.toMatchObject(refused);
    await expect(openSession({ settings, workload, eager: false, now: Date.now })).rejects.toMatchObject(
      refused,
    );
    await worker.drop();
  });
});

/** Nor of a session's view of it: there, shells are empty, and each plan costs next to nothing. */
async function expectNoLens({ settings, link }: TestDatabase, engine: string): Promise<void> {
  const refused = {
    code: 'server-unsupported',
    message: expect.stringContaining(`no lens can be made of a ${engine} database`),
  };
  await expect(readLens(link)).rejects.toMatchObject(refused);
  const workload = await makeWorkload({ queries: { one: 'SELECT 1' }, proposals: {} });
  const session = await openSession({ settings, workload, eager: false, now: Date.now });
  await expect(readThrough(session)).rejects.toMatchObject(refused);
  await session.close();
}

it('makes a lens where an engine is there, and stores nothing', async () => {
  const database = await testDatabase('no_shards', imitatedCitus(0));
  await expect(readLens(database.link)).resolves.toMatchObject({ format: 'pgopt-explore lens' });
  await database.drop();
});

describe('TimescaleDB', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await testDatabase('timescale', imitatedTimescale);
  });
  afterAll(() => database.drop());

  it('is made no lens of, and production is not planned', () => expectNoLens(database, 'TimescaleDB'));

  it('calls no function that a role put beside those of the extension', async () => {
    for (const statement of [
      `CREATE FUNCTION approximate_row_count(oid) RETURNS bigint LANGUAGE plpgsql AS $$ BEGIN RAISE 'hijacked'; END $$`,
      `CREATE FUNCTION hypertable_detailed_size(oid, OUT table_bytes bigint, OUT toast_bytes bigint) RETURNS SETOF record LANGUAGE plpgsql
       AS $$ BEGIN RAISE 'hijacked'; END $$`,
    ])
      await database.link.query(statement);
    const { opened } = await tried(database, 'SELECT at FROM metrics WHERE device = 7', {});
    expect(opened?.tables.find(({ name }) => name === 'metrics')).toMatchObject({ rows: 30_000 });
    await database.link.query('DROP FUNCTION approximate_row_count(oid), hypertable_detailed_size(oid)');
  });

  it('lists hypertables, not chunks, and switches and counts the indexes of all chunks', async () => {
    const { before, on, off, built, failed, opened } = await tried(
      database,
      'SELECT at FROM metrics WHERE device = 7',
      {
        less: 'DROP INDEX by_device',
        chunk: 'DROP INDEX _timescaledb_internal._hyper_1_2_chunk_by_device',
      },
    );
    const [sum] = await database.link.query(
      `SELECT sum(pg_relation_size(oid))::int AS indexes, (SELECT sum(pg_table_size(inhrelid))::int FROM pg_inherits WHERE inhparent = 'metrics'::regclass) AS bytes
       FROM pg_class WHERE relname LIKE '%by_device'`,
    );
    const { tables = [] } = opened ?? {};
    expect(
      tables.filter(({ partOf, name }) => partOf === undefined && !name.startsWith('compress')),
    ).toMatchObject([
      { name: 'metrics', rows: 30_000, bytes: sum?.bytes },
      { schema: 'public', name: 'hourly', rows: 500 },
    ]);
    expect(opened?.indexes.map(({ name }) => name)).toEqual(['by_device']);
    expect(opened?.indexes[0]?.bytes).toBe(sum?.indexes);
    expect(built.get('less')?.bytes).toBe(sum?.indexes);
    expect(JSON.stringify(before)).toContain('_hyper_1_2_chunk_by_device');
    expect(JSON.stringify(on)).not.toContain('by_device');
    expect(off?.fingerprint).toBe(before?.fingerprint);
    expect(failed.get('chunk')).toContain("the part of a hypertable's index on one chunk");
  });

  it('is migrated without CONCURRENTLY, there and back', async () => {
    const kept = await keptOf({
      made: 'CREATE INDEX made ON metrics (at, device)',
      gone: 'DROP INDEX by_device',
    });
    const facts = await changeFacts(database.link, await namedIn(kept.map(({ proposal }) => proposal)));
    const files = await sqlFiles(kept, facts, ORIGIN, []);
    const statements = [...files.values()].flatMap(text => text.match(/^(?:CREATE|DROP) INDEX .*$/gm) ?? []);
    expect(statements).toEqual([
      'CREATE INDEX made ON metrics (at, device);',
      'DROP INDEX CONCURRENTLY "public"."by_device";',
      'CREATE INDEX IF NOT EXISTS by_device ON public.metrics USING btree (device);',
      'DROP INDEX IF EXISTS "public"."made";',
    ]);
  });

  it('knows the rows of each chunk that a plan names, and its table', async () => {
    const { before, opened } = await tried(database, 'SELECT at FROM metrics', {});
    const { tables = [] } = opened ?? {};
    const scanned = before && tablesScanned(before, catalogOf(tables, []));
    // The imitation scans the empty hypertable, too.
    expect(scanned).toMatchObject([{ name: 'metrics', known: true, parts: 4 }]);
    const fact = (name: string) => tables.find(table => table.name === name);
    expect(fact('_hyper_1_2_chunk')).toMatchObject({ rows: 10_000, counted: true, partOf: 'public.metrics' });
    expect(fact('_hyper_3_5_chunk')).toMatchObject({ rows: 500, counted: true, partOf: 'public.hourly' });
    expect(fact('compress_hyper_2_4_chunk')).toMatchObject({ rows: 300, counted: true });
  });
});
