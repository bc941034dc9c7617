/** Other clients on the same tables: ours is the session that waits, gives up and says whom it waited for. */

import { describe, expect, it, onTestFinished } from 'vitest';
import { DatabaseError } from '../../src/base/databaseError.ts';
import { connectTrusted as connect, type Link } from '../../src/database/link.ts';
import { busyText, takeLocks } from '../../src/session/locks.ts';
import { openSession } from '../../src/session/opening.ts';
import type { SessionOptions } from '../../src/session/options.ts';
import { type TestDatabase, testDatabase } from '../helpers/database.ts';
import { record } from '../helpers/recorder.ts';
import { makeWorkload } from '../helpers/workload.ts';

const TABLES = [
  'CREATE TABLE acct (id int PRIMARY KEY, branch int, balance int)',
  'INSERT INTO acct SELECT g, g % 100, 0 FROM generate_series(1, 5000) g',
  'CREATE TABLE other (id int, branch int)',
  'INSERT INTO other SELECT g, g FROM generate_series(1, 1000) g',
  'ANALYZE',
];

async function databaseWith(name: string): Promise<TestDatabase> {
  const database = await testDatabase(name, TABLES);
  onTestFinished(() => database.drop());
  return database;
}

async function client({ settings }: TestDatabase, name: string): Promise<Link> {
  const link = await connect(settings, name);
  onTestFinished(() => link.end());
  return link;
}

const WORKLOAD = {
  queries: { q: 'SELECT count(*) FROM acct WHERE branch = 7', o: 'SELECT * FROM other WHERE branch = 7' },
  proposals: {
    acct_branch: 'CREATE INDEX acct_branch ON acct (branch)',
    other_branch: 'CREATE INDEX other_branch ON other (branch)',
    related: 'CREATE STATISTICS related ON id, branch FROM acct',
  },
};

async function opened(database: TestDatabase, options: Partial<SessionOptions> = {}) {
  const session = await openSession({
    settings: database.settings,
    workload: await makeWorkload(WORKLOAD),
    eager: false,
    now: Date.now,
    budget: { runs: 1, totalMs: 1 },
    timeouts: { lockMs: 2500, statementMs: 0, idleMs: 0 },
    ...options,
  });
  onTestFinished(() => session.close());
  return { session, seen: record(session) };
}

/** Waits for a lock of ours already, as the server sees it. */
const waits = async (link: Link, application: string): Promise<void> => {
  await expect
    .poll(() =>
      link.query("SELECT 1 FROM pg_stat_activity WHERE application_name = $1 AND wait_event_type = 'Lock'", [
        application,
      ]),
    )
    .toHaveLength(1);
};

describe('a client that waits for a lock of ours while we want one of its', () => {
  it('is never the one that fails: where an index is hidden by DROP INDEX', async () => {
    const database = await databaseWith('busy_drop');
    const { session, seen } = await opened(database, { hiding: 'drop' });
    session.setDesired({ revision: 1, proposals: ['acct_branch'], queryId: 'q' });
    await seen.until(({ type }) => type === 'build:finished', 0);
    const till = await client(database, 'till');
    const watch = await client(database, 'watch');
    await till.query('BEGIN');
    await till.query('SELECT count(*) FROM acct');
    const writing = till.query('UPDATE acct SET balance = 1 WHERE id = 1');
    await waits(watch, 'till');
    const from = seen.events.length;
    session.setDesired({ revision: 2, proposals: [], queryId: 'q' });
    session.measureAgain('q');
    const failed = await seen.until(
      event => event.type === 'plan:failed' || event.type === 'measurement:failed',
      from,
    );
    expect(failed).toMatchObject({
      reason: expect.stringMatching(
        /^acct is busy: process \d+ \(.*till, in a transaction for .*\) holds (AccessShare|RowExclusive)$/,
      ),
    });
    await session.close();
    await writing;
    await till.query('COMMIT');
    expect(await till.query('SELECT balance FROM acct WHERE id = 1')).toEqual([{ balance: 1 }]);
  });

  it('is never the one that fails: where something is built on a second table', async () => {
    const database = await databaseWith('busy_build');
    const { session, seen } = await opened(database);
    session.setDesired({ revision: 1, proposals: ['acct_branch'], queryId: 'q' });
    await seen.until(({ type }) => type === 'build:finished', 0);
    const till = await client(database, 'till');
    const watch = await client(database, 'watch');
    await till.query('BEGIN');
    await till.query('UPDATE other SET branch = 0 WHERE id = 1');
    const writing = till.query('UPDATE acct SET balance = 1 WHERE id = 1');
    await waits(watch, 'till');
    session.setDesired({ revision: 2, proposals: ['acct_branch', 'other_branch'], queryId: 'q' });
    const failed = await seen.until(({ type }) => type === 'build:failed');
    expect(failed).toMatchObject({
      reason: expect.stringMatching(/^other is busy: process \d+ .*till.* holds RowExclusive$/),
    });
    await session.close();
    await writing;
    await till.query('COMMIT');
  });

  it('gets what it waits for when it only had to wait', async () => {
    const database = await databaseWith('busy_short');
    const till = await client(database, 'till');
    await till.query('BEGIN');
    await till.query('UPDATE acct SET balance = 1 WHERE id = 1');
    const { session, seen } = await opened(database, {
      timeouts: { lockMs: 60_000, statementMs: 0, idleMs: 0 },
    });
    session.setDesired({ revision: 1, proposals: ['acct_branch'], queryId: 'q' });
    await seen.until(({ type }) => type === 'build:running', 0);
    const built = seen.until(({ type }) => type === 'build:finished' || type === 'build:failed', 0);
    await till.query('COMMIT');
    expect((await built).type).toBe('build:finished');
  });
});

it('does not wait at all while another session waits for it', async () => {
  const database = await databaseWith('busy_nowait');
  const [ours, till, watch] = [
    await client(database, 'ours'),
    await client(database, 'till'),
    await client(database, 'watch'),
  ];
  const rows = await ours.query(
    "SELECT oid::int8 AS oid FROM pg_class WHERE relname IN ('acct', 'other') ORDER BY relname",
  );
  const [acct, other] = rows.map(({ oid }, at) => ({
    oid: Number(oid),
    name: ['acct', 'other'][at] ?? '',
    partitioned: false,
  }));
  if (acct === undefined || other === undefined) throw new Error('no tables');
  await ours.query('BEGIN');
  await takeLocks(ours, [{ table: acct, mode: 'SHARE' }]);
  await till.query('BEGIN');
  await till.query('UPDATE other SET branch = 0');
  const writing = till.query('UPDATE acct SET balance = 1');
  await waits(watch, 'till');
  // For ever, if it waited: the client looks for a deadlock only once.
  await ours.query('SET LOCAL lock_timeout = 0');
  await expect(takeLocks(ours, [{ table: other, mode: 'SHARE' }])).rejects.toMatchObject({ code: '55P03' });
  await ours.query('ROLLBACK');
  await writing;
  await till.query('COMMIT');
});

it('does not wait for more of a table that it holds: a reader that goes on to write would fail at once', async () => {
  const database = await databaseWith('busy_upgrade');
  const [ours, till] = [await client(database, 'ours'), await client(database, 'till')];
  const [row] = await ours.query("SELECT oid::int8 AS oid FROM pg_class WHERE relname = 'acct'");
  const table = { oid: Number(row?.oid), name: 'acct', partitioned: false };
  await ours.query('BEGIN');
  await takeLocks(ours, [{ table, mode: 'SHARE' }]);
  await till.query('BEGIN');
  await till.query('SELECT count(*) FROM acct');
  await ours.query('SET LOCAL lock_timeout = 0');
  await expect(takeLocks(ours, [{ table, mode: 'ACCESS EXCLUSIVE' }])).rejects.toMatchObject({
    code: '55P03',
  });
  await ours.query('ROLLBACK');
  await till.query('UPDATE acct SET balance = 1');
  await till.query('COMMIT');
});

describe.each(['catalog', 'drop'] as const)('two sessions at the same time (%s)', hiding => {
  it('both build, plan and measure everything, one after the other where they must', async () => {
    const database = await databaseWith(`busy_two_${hiding}`);
    const plans = async () => {
      const { session, seen } = await opened(database, { hiding, unattended: true });
      session.setDesired({ revision: 1, proposals: Object.keys(WORKLOAD.proposals), queryId: 'q' });
      await seen.idle(0);
      await session.close();
      expect(seen.ofType('build:failed')).toEqual([]);
      expect(seen.ofType('plan:failed')).toEqual([]);
      expect(seen.ofType('measurement:failed')).toEqual([]);
      expect(seen.ofType('build:finished')).toHaveLength(3);
      return new Map(
        seen
          .ofType('plan:estimated')
          .map(({ queryId, configuration, plan }) => [`${queryId} ${configuration}`, plan.fingerprint]),
      );
    };
    const [one, two] = await Promise.all([plans(), plans()]);
    expect(one).toEqual(two);
    expect(one.size).toBeGreaterThanOrEqual(4);
  });
});

it('says who is in the way in one clause', () => {
  const table = { oid: 1, name: 'public.t', partitioned: false };
  const blocker = {
    processId: 7,
    relation: 't',
    mode: 'RowExclusive',
    user: 'app',
    application: '',
    ageMs: 12_000,
  };
  expect(busyText([{ table, mode: 'SHARE' }], [blocker])).toBe(
    't is busy: process 7 (app, in a transaction for 12.0 s) holds RowExclusive',
  );
  expect(busyText([], [])).toBe('another session holds a lock that this one needs');
});

it('shows what the server says beside the message', () => {
  expect(
    new DatabaseError('no', '23505', { detail: 'Key (a)=(1) is duplicated.', hint: 'Look.' }).message,
  ).toBe('no; DETAIL: Key (a)=(1) is duplicated.; HINT: Look.');
});
