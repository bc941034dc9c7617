/** Queries and proposals that write, fail or take too much, by accident or on purpose: nothing of it stays. */
import { execFile } from 'node:child_process';
import { stat } from 'node:fs/promises';
import { promisify } from 'node:util';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openSession } from '../../src/session/opening.ts';
import { type TestDatabase, testDatabase } from '../helpers/database.ts';
import { type Recorder, record } from '../helpers/recorder.ts';
import { type Trace, traceOf, untilNothingRemains } from '../helpers/trace.ts';
import { makeWorkload } from '../helpers/workload.ts';

const INSERT = `INSERT INTO orders VALUES (0, 0, 0) RETURNING 1`;

let database: TestDatabase;
let before: Trace;
beforeAll(async () => {
  database = await testDatabase('hostile', [
    'CREATE TABLE orders AS SELECT g AS id, g % 50 AS customer, g % 97 AS amount FROM generate_series(1, 300000) g',
    'CREATE SEQUENCE counter',
    `CREATE FUNCTION inserts() RETURNS int LANGUAGE sql VOLATILE AS $$ ${INSERT} $$`,
    `CREATE FUNCTION definer() RETURNS int LANGUAGE sql SECURITY DEFINER AS $$ ${INSERT} $$`,
    `CREATE FUNCTION called_stable() RETURNS int LANGUAGE plpgsql STABLE AS $$ BEGIN PERFORM inserts(); RETURN 1; END $$`,
    `CREATE FUNCTION lifts() RETURNS int LANGUAGE plpgsql AS
       $$ BEGIN PERFORM set_config('transaction_read_only', 'off', false); RETURN inserts(); END $$`,
    `CREATE FUNCTION commits() RETURNS int LANGUAGE plpgsql AS $$ BEGIN COMMIT; RETURN 1; END $$`,
    `CREATE FUNCTION says_commit() RETURNS int LANGUAGE plpgsql AS $$ BEGIN EXECUTE 'COMMIT'; RETURN 1; END $$`,
    `CREATE FUNCTION locks() RETURNS int LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_advisory_lock(42); RETURN 1; END $$`,
    `CREATE FUNCTION notifies() RETURNS int LANGUAGE plpgsql AS $$ BEGIN NOTIFY anyone; RETURN 1; END $$`,
    `CREATE FUNCTION temporary() RETURNS int LANGUAGE plpgsql AS
       $$ BEGIN CREATE TEMPORARY TABLE left_over AS SELECT 1; RETURN 1; END $$`,
    `CREATE FUNCTION drops() RETURNS int LANGUAGE plpgsql AS $$ BEGIN DROP TABLE orders; RETURN 1; END $$`,
    'VACUUM (FREEZE, ANALYZE)',
  ]);
});
afterAll(() => database.drop());
beforeEach(async () => {
  before = await traceOf(database.link);
});

/** Plans and measures a harmless query after the others, all proposals on, and ends; then nothing may be left. */
async function survive(
  queries: Record<string, string>,
  proposals: Record<string, string> = {},
  opened: () => Promise<unknown> = async () => undefined,
  { mistaken = false } = {},
): Promise<Recorder> {
  // The server is the second line: what the first refuses is trusted here.
  const trusted = ['nextval', 'setval', 'lo_create', 'commits'];
  const read = await makeWorkload({ queries: { ...queries, good: 'SELECT 1' }, proposals, trusted });
  const readers = read.queries.map(({ writes, ...query }) => query);
  const workload = mistaken ? { ...read, queries: readers } : read;
  const session = await openSession({
    settings: database.settings,
    workload,
    eager: false,
    now: Date.now,
    budget: { runs: 1, totalMs: 1 },
  });
  const seen = record(session);
  await opened();
  session.setDesired({
    revision: 1,
    proposals: Object.keys(proposals),
    queryId: Object.keys(queries)[0] ?? 'good',
  });
  await seen.idle(0);
  await session.close();
  expect(seen.ofType('measurement:finished').map(event => event.queryId)).toContain('good');
  await untilNothingRemains(database.link);
  expect(await traceOf(database.link)).toEqual(before);
  return seen;
}

it('a trace would be seen: an index, a row, a sequence that moved', async () => {
  const undo = [
    ['CREATE INDEX kept ON orders (amount)', 'DROP INDEX kept'],
    ['INSERT INTO orders VALUES (-1, 0, 0)', 'DELETE FROM orders WHERE id = -1'],
    ["SELECT nextval('counter')", "SELECT setval('counter', 1, false)"],
    ["COMMENT ON TABLE orders IS 'seen'", 'COMMENT ON TABLE orders IS NULL'],
  ] as const;
  for (const [leave, remove] of undo) {
    await database.link.query(leave);
    expect(await traceOf(database.link), leave).not.toEqual(before);
    await database.link.query(remove);
    expect(await traceOf(database.link), remove).toEqual(before);
  }
});

describe('a query that writes', () => {
  it('is refused by the server, however it goes about it', async () => {
    const refused: Readonly<Record<string, string>> = {
      "SELECT nextval('counter')": 'read-only',
      "SELECT setval('counter', 7)": 'read-only',
      'SELECT inserts()': 'read-only',
      'SELECT definer()': 'read-only',
      'SELECT called_stable()': 'read-only',
      'SELECT lifts()': 'cannot set transaction read-write mode inside a read-only transaction',
      'SELECT drops()': 'read-only',
      'SELECT commits()': 'invalid transaction termination',
      'SELECT says_commit()': 'EXECUTE of transaction commands is not implemented',
    };
    const texts = Object.keys(refused);
    const seen = await survive(Object.fromEntries(texts.map((sql, at) => [`q${at}`, sql])));
    const said = [...seen.ofType('measurement:failed'), ...seen.ofType('plan:failed')];
    for (const [at, sql] of texts.entries())
      expect(said, sql).toContainEqual(
        expect.objectContaining({ queryId: `q${at}`, reason: expect.stringContaining(refused[sql] ?? '') }),
      );
    expect(seen.ofType('measurement:finished').map(event => event.queryId)).toEqual(['good']);
  });

  it('is undone with the probe where the server lets it: large objects, temporary tables, notifications', async () => {
    await survive({
      object: 'SELECT lo_create(0)',
      temporary: 'SELECT temporary()',
      notify: 'SELECT notifies()',
    });
  });

  it('is refused by the server, too, where a statement that writes is taken for one that reads', async () => {
    const texts = [
      'WITH gone AS (DELETE FROM orders RETURNING 1) SELECT * FROM gone',
      'WITH new AS (INSERT INTO orders VALUES (0, 0, 0) RETURNING 1) SELECT * FROM new',
      'UPDATE orders SET amount = 0',
      'SELECT * FROM orders FOR UPDATE',
    ];
    const seen = await survive(Object.fromEntries(texts.map((sql, at) => [`q${at}`, sql])), {}, undefined, {
      mistaken: true,
    });
    expect(seen.ofType('measurement:failed').map(({ queryId, reason }) => [queryId, reason])).toEqual(
      texts.map((_, at) => [`q${at}`, expect.stringContaining('in a read-only transaction')]),
    );
  });

  it('may take an advisory lock, which goes with the session', async () => {
    const seen = await survive({ locks: 'SELECT locks()' });
    expect(seen.ofType('measurement:finished').map(event => event.queryId)).toContain('locks');
    expect(
      await database.link.query('SELECT pg_try_advisory_lock(42) AS free, pg_advisory_unlock(42)'),
    ).toMatchObject([{ free: true }]);
  });

  it.each([
    'SELECT * INTO copy FROM orders',
    'COMMIT',
    'DO $$ BEGIN COMMIT; END $$',
    "COPY orders TO PROGRAM 'cat'",
    "SELECT dblink_exec('dbname=postgres', 'DROP TABLE orders')",
    'SELECT pg_advisory_lock(42)',
  ])('is refused before there is a session: %s', async sql => {
    await expect(makeWorkload({ queries: { bad: sql }, proposals: {} })).rejects.toMatchObject({
      code: 'workload-invalid',
    });
  });
});

describe('a build that fails', () => {
  it('leaves nothing, and the others are built', async () => {
    const reasons: Readonly<Record<string, string>> = {
      'CREATE INDEX bad ON orders ((1 / (amount - amount)))': 'division by zero',
      'CREATE UNIQUE INDEX bad ON orders (customer)': 'could not create unique index "bad"',
      "CREATE MATERIALIZED VIEW bad AS SELECT repeat('x', 1100000000) FROM orders":
        'requested length too large',
      'CREATE MATERIALIZED VIEW bad AS SELECT commits()': 'invalid transaction termination',
    };
    const texts = Object.keys(reasons);
    const bad = Object.fromEntries(texts.map((ddl, at) => [`b${at}`, ddl]));
    const seen = await survive({}, { ...bad, good: 'CREATE INDEX good ON orders (customer)' });
    const said = Object.fromEntries(
      seen.ofType('build:failed').map(event => [event.proposalId, event.reason]),
    );
    expect(said).toEqual(
      Object.fromEntries(texts.map((ddl, at) => [`b${at}`, expect.stringContaining(reasons[ddl] ?? '')])),
    );
    expect(seen.ofType('build:finished')).toMatchObject([{ proposalId: 'good' }]);
  });

  it('for want of disk space for its sort leaves nothing, not even a temporary file', async () => {
    const [{ name } = {}] = await database.link.query('SELECT current_database() AS name');
    await database.link.query(`ALTER DATABASE "${name}" SET temp_file_limit = '1MB'`);
    await database.link.query(`ALTER DATABASE "${name}" SET maintenance_work_mem = '1MB'`);
    before = await traceOf(database.link);
    const seen = await survive({}, { big: 'CREATE INDEX big ON orders (amount, customer, id)' });
    expect(seen.ofType('build:failed')).toMatchObject([
      { reason: expect.stringContaining('temp_file_limit') },
    ]);
    await database.link.query(`ALTER DATABASE "${name}" RESET ALL`);
  });

  it('for want of disk space for the index itself leaves nothing', async () => {
    // What a full disk does to it: writing the file fails. Log segments of 16 MB still fit, or the server would go down.
    const fillDisk = async () => {
      const [work] = await database.link.query(
        "SELECT pid FROM pg_stat_activity WHERE application_name = 'pgopt-explore work' AND datname = current_database()",
      );
      // A process may be limited by its own account.
      const { uid, gid } = await stat(`/proc/${work?.pid}`);
      const as = process.getuid?.() === 0 ? { uid, gid } : {};
      await promisify(execFile)('prlimit', ['--pid', String(work?.pid), `--fsize=${17 * 1024 ** 2}`], as);
    };
    const big = 'CREATE INDEX big ON orders (md5(id::text), md5(amount::text), id)';
    const seen = await survive({}, { big }, fillDisk);
    expect(seen.ofType('build:failed')).toMatchObject([
      { reason: expect.stringMatching(/could not (extend|write).*File too large/) },
    ]);
  });

  it('writes what it writes inside the transaction', async () => {
    const seen = await survive({}, { writes: 'CREATE MATERIALIZED VIEW writes AS SELECT inserts()' });
    expect(seen.ofType('build:finished').length + seen.ofType('build:failed').length).toBe(1);
  });
});
