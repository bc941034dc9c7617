/** What proposals cost writers, measured on a real server; afterwards nothing is left but dead rows. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EmbeddedServer } from '../../src/database/embedded/server.ts';
import { connectTrusted as connect } from '../../src/database/link.ts';
import type { BuiltProposal } from '../../src/session/events.ts';
import { openSession } from '../../src/session/opening.ts';
import { catalogOf, type TestDatabase, testDatabase } from '../helpers/database.ts';
import { record } from '../helpers/recorder.ts';
import { serverWith } from '../helpers/serverWith.ts';
import { makeWorkload } from '../helpers/workload.ts';

let server: EmbeddedServer;
let database: TestDatabase;
beforeAll(async () => {
  // As in production. The embedded server's own is minimal, where an index made in the transaction writes no WAL.
  server = await serverWith("ALTER SYSTEM SET wal_level = 'replica'");
  database = await testDatabase('write_cost', SCHEMA, server);
});
afterAll(async () => {
  await database.drop();
  await server.release();
});

const SCHEMA = [
  'CREATE TABLE customers (id int PRIMARY KEY, email varchar(60) UNIQUE, code uuid UNIQUE)',
  `CREATE TABLE orders (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, number serial UNIQUE,
       customer int REFERENCES customers, status text, amount numeric,
       double numeric GENERATED ALWAYS AS (amount * 2) STORED) WITH (fillfactor = 70)`,
  'CREATE TABLE lines (orders bigint REFERENCES orders, line int, note text, PRIMARY KEY (orders, line))',
  'CREATE TABLE tags (orders bigint REFERENCES orders UNIQUE, name text)',
  'CREATE TABLE lowered (name text)',
  'CREATE UNIQUE INDEX lowered_name ON lowered (lower(name))',
  'CREATE TABLE triggered (a int)',
  'CREATE FUNCTION fine(int) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN true; END $$',
  'CREATE TABLE checked (a int CHECK (fine(a)))',
  'CREATE TABLE computed (a int, b boolean GENERATED ALWAYS AS (fine(a)) STORED)',
  'CREATE TABLE told (a int)',
  "CREATE FUNCTION tell() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN INSERT INTO told VALUES (1); RETURN NEW; END'",
  'CREATE TRIGGER tell BEFORE INSERT OR UPDATE ON triggered FOR EACH ROW EXECUTE FUNCTION tell()',
  'CREATE TABLE small (a smallint UNIQUE)',
  'CREATE TABLE nothing (a int)',
  'CREATE TABLE parted (id int, day int, note text) PARTITION BY RANGE (day)',
  'CREATE TABLE parted_1 PARTITION OF parted FOR VALUES FROM (0) TO (50) WITH (fillfactor = 70)',
  'CREATE TABLE parted_2 PARTITION OF parted FOR VALUES FROM (50) TO (100) WITH (fillfactor = 70)',
  "INSERT INTO customers SELECT g, 'user' || g || '@example.org', md5(g::text)::uuid FROM generate_series(1, 2000) g",
  `INSERT INTO orders (customer, status, amount)
     SELECT g % 2000 + 1, CASE WHEN g % 3 = 0 THEN 'new' ELSE 'paid' END, g % 97 FROM generate_series(1, 5000) g`,
  "INSERT INTO lines SELECT g, l, 'note ' || g FROM generate_series(1, 1000) g, generate_series(1, 3) l",
  'INSERT INTO tags SELECT g FROM generate_series(1, 1000) g',
  'INSERT INTO lowered SELECT g::text FROM generate_series(1, 1000) g',
  'INSERT INTO checked SELECT g FROM generate_series(1, 1000) g',
  'INSERT INTO computed SELECT g FROM generate_series(1, 1000) g',
  'INSERT INTO triggered SELECT g FROM generate_series(1, 1000) g',
  'TRUNCATE told',
  'INSERT INTO small SELECT g FROM generate_series(31000, 32767) g',
  "INSERT INTO parted SELECT g, g % 100, 'note' FROM generate_series(1, 2000) g",
  'VACUUM (FREEZE, ANALYZE)',
];

/** Rows of all tables and positions of all sequences: what no roll-back may change. */
async function contents(): Promise<string> {
  const { link } = database;
  const tables = await link.query(
    `SELECT format('SELECT %L, count(*)::text, md5(string_agg(t::text, '','' ORDER BY t::text)) FROM ONLY %s t', oid::regclass, oid::regclass) AS sql
     FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY 1`,
  );
  const rows = await Promise.all(tables.map(({ sql }) => link.query(String(sql))));
  const sequences = await link.query('SELECT sequencename, last_value::text FROM pg_sequences ORDER BY 1');
  return JSON.stringify([rows, sequences, await catalogOf(link)]);
}

async function costOf(ddl: string, writeCost = true, settings = database.settings): Promise<BuiltProposal> {
  const workload = await makeWorkload({
    queries: { all: 'SELECT count(*) FROM orders' },
    proposals: { it: ddl },
  });
  const before = await contents();
  const session = await openSession({
    settings,
    workload,
    eager: false,
    now: Date.now,
    estimatesOnly: true,
    writeCost,
  });
  try {
    const events = record(session);
    const idle = events.idle();
    session.setDesired({ revision: 1, proposals: ['it'], queryId: 'all' });
    await idle;
    expect(events.ofType('build:failed')).toEqual([]);
    const [finished] = events.ofType('build:finished');
    if (finished === undefined) throw new Error('not built');
    return finished.built;
  } finally {
    await session.close();
    expect(await contents()).toBe(before);
  }
}

async function tableCost(ddl: string) {
  const [cost] = (await costOf(ddl)).cost?.tables ?? [];
  if (cost === undefined) throw new Error('no cost');
  return cost;
}

describe('an index', () => {
  it('costs WAL for each row, and takes HOT away from updates of its columns', async () => {
    const built = await costOf('CREATE INDEX by_status ON orders (status, amount)');
    expect(built.objects[0]).toMatchObject({ name: 'by_status', usable: true });
    const [cost] = built.cost?.tables ?? [];
    if (cost === undefined || 'reason' in cost.insert || 'reason' in cost.update)
      throw new Error(JSON.stringify(cost));
    expect(cost.table).toBe('orders');
    for (const comparison of [cost.insert, cost.update]) {
      for (const side of [comparison.without, comparison.with]) {
        expect(side.rowsPerSecond).toHaveLength(5);
        expect(side.rows).toBe(5 * 250);
        expect(Math.min(...side.rowsPerSecond)).toBeGreaterThan(0);
      }
      // An index entry is never smaller than its tuple header and line pointer.
      expect(comparison.with.walBytesPerRow).toBeGreaterThan(
        (comparison.without.walBytesPerRow ?? Number.NaN) + 12,
      );
    }
    expect(cost.insert.without.hot).toBeUndefined();
    expect(cost.update.with.hot).toBe(0);
    expect(cost.update.without.hot ?? 0).toBeGreaterThan(0);
    expect(cost.deadRows).toBe(2 * 2 * 5 * 250);
  });

  it('counts no WAL where wal_level is minimal', async () => {
    const minimal = await testDatabase('write_cost', SCHEMA);
    try {
      const { cost } = await costOf('CREATE INDEX by_note ON lines (note)', true, minimal.settings);
      expect(cost?.tables[0]).toMatchObject({
        insert: { without: { rows: 750, walBytesPerRow: undefined }, with: { walBytesPerRow: undefined } },
      });
    } finally {
      await minimal.drop();
    }
  });

  it('is not measured without --write-cost', async () => {
    expect((await costOf('CREATE INDEX by_status ON orders (status)', false)).cost).toBeUndefined();
  });

  it('is measured with fresh keys of every kind', async () => {
    const cost = await tableCost('CREATE INDEX lower_email ON customers (lower(email)) WHERE id > 5');
    expect(cost.insert).toMatchObject({ with: { rows: 500 } });
    expect(cost.update).toEqual({ reason: 'unique on (id)' });
    // What must stay unique stays as it is.
    const lines = await tableCost('CREATE INDEX by_note ON lines (note) INCLUDE (line)');
    expect(lines.insert).toMatchObject({ with: { rows: 750 } });
    expect(lines.update).toMatchObject({ with: { rows: 750, hot: 0 } });
  });

  it('is measured on a partitioned table', async () => {
    const cost = await tableCost('CREATE INDEX by_note ON parted (note)');
    expect(cost.insert).toMatchObject({ without: { rows: 500 }, with: { rows: 500 } });
    expect(cost.update).toMatchObject({ with: { rows: 500, hot: expect.any(Number) } });
  });

  it.each([
    ['triggers of the user', 'CREATE INDEX i ON triggered (a)', 'the table has triggers'],
    [
      'a check that runs code',
      'CREATE INDEX i ON checked (a)',
      'a write may not reach public.fine() through checked: it is written in plpgsql, and what runs it can write',
    ],
    [
      'a generated column that runs code',
      'CREATE INDEX i ON computed (a)',
      'a write may not reach public.fine() through computed: it is written in plpgsql, and what runs it can write',
    ],
    ['a unique foreign key', 'CREATE INDEX i ON tags (name)', 'unique on (orders)'],
    ['a unique expression', 'CREATE INDEX i ON lowered (name)', 'unique on (lower(name))'],
    ['a key whose type is used up', 'CREATE INDEX i ON small (a)', 'no value of a is left for copies'],
    ['an empty table', 'CREATE INDEX i ON nothing (a)', 'no rows to write'],
  ])('is built, and says why nothing was inserted, with %s', async (_, ddl, reason) => {
    expect((await tableCost(ddl)).insert).toEqual({ reason });
  });

  it('is built, and says so, where another session holds the rows', async () => {
    const other = await connect(database.settings, 'test');
    await other.query('BEGIN');
    await other.query('SELECT count(*) FROM (SELECT FROM lines FOR UPDATE) l');
    try {
      const cost = await tableCost('CREATE INDEX by_note ON lines (note)');
      expect(cost.update).toEqual({ reason: expect.stringMatching(/lock timeout/) });
      expect(cost.insert).toMatchObject({ with: { rows: 750 } });
    } finally {
      await other.end();
    }
  });

  it('is built, and says so, for an owner who may not read', async () => {
    const { link } = database;
    await link.query("CREATE ROLE builder LOGIN PASSWORD 'builder'");
    await link.query('GRANT CREATE ON SCHEMA public TO builder');
    await link.query('CREATE TABLE closed (id int PRIMARY KEY, note text)');
    await link.query("INSERT INTO closed SELECT g, 'note' FROM generate_series(1, 500) g");
    await link.query('ALTER TABLE closed OWNER TO builder');
    await link.query('REVOKE SELECT ON closed FROM builder');
    await link.query('GRANT SELECT ON orders TO builder');
    const builder = { ...database.settings, user: 'builder', password: 'builder' };
    const { cost } = await costOf('CREATE INDEX by_note ON closed (note)', true, builder);
    const reason = expect.stringMatching(/permission denied/);
    expect(cost?.tables).toEqual([{ table: 'closed', insert: { reason }, update: { reason }, deadRows: 0 }]);
  });

  it('can be cancelled while rows are written, and asked for again', async () => {
    const workload = await makeWorkload({
      queries: { all: 'SELECT count(*) FROM orders' },
      proposals: { it: 'CREATE INDEX by_status ON orders (status)' },
    });
    const before = await contents();
    const { settings } = database;
    const session = await openSession({
      settings,
      workload,
      eager: false,
      now: Date.now,
      estimatesOnly: true,
      writeCost: true,
    });
    try {
      const events = record(session);
      const cancelled = events.until(({ type }) => type === 'build:cancelled');
      const running = events.until(({ type }) => type === 'build:running');
      session.setDesired({ revision: 1, proposals: ['it'], queryId: 'all' });
      await running;
      session.cancel();
      await cancelled;
      const built = events.until(({ type }) => type === 'build:finished');
      session.setDesired({ revision: 2, proposals: [], queryId: 'all' });
      session.setDesired({ revision: 3, proposals: ['it'], queryId: 'all' });
      expect(await built).toMatchObject({ built: { cost: { tables: [{ table: 'orders' }] } } });
    } finally {
      await session.close();
    }
    expect(await contents()).toBe(before);
  });

  it('is built, and says what the server said, where copies break the index itself', async () => {
    const cost = await tableCost('CREATE UNIQUE INDEX i ON parted (id, day)');
    expect(cost.insert).toEqual({ reason: expect.stringMatching(/duplicate key value/) });
  });
});

describe('a view', () => {
  const VIEW =
    'CREATE MATERIALIZED VIEW totals AS SELECT customer, sum(amount) AS total FROM orders GROUP BY 1;\n';
  it('costs its REFRESH, and needs a unique index to be refreshed concurrently', async () => {
    const plain = await costOf(`${VIEW}CREATE INDEX by_total ON totals (total)`);
    expect(plain.cost?.tables).toEqual([]);
    const [cost] = plain.cost?.views ?? [];
    expect(cost).toMatchObject({ view: 'totals', concurrently: false, reason: undefined });
    expect(cost?.runsMs.length).toBeGreaterThan(0);
    expect((cost?.blocksRead ?? 0) + (cost?.blocksHit ?? 0)).toBeGreaterThan(10);
    const concurrently = async (index: string) => (await costOf(VIEW + index)).cost?.views[0]?.concurrently;
    expect(await concurrently('CREATE UNIQUE INDEX u ON totals (customer)')).toBe(true);
    expect(await concurrently('CREATE UNIQUE INDEX u ON totals (customer) WHERE total > 0')).toBe(false);
    expect(await concurrently('CREATE UNIQUE INDEX u ON totals ((customer + 0))')).toBe(false);
  });
});
