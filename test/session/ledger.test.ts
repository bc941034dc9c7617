import { describe, expect, it, onTestFinished } from 'vitest';
import { connectTrusted as connect } from '../../src/database/link.ts';
import type { SessionEvent } from '../../src/session/events.ts';
import { Ledger, recorded } from '../../src/session/ledger.ts';
import { openSession } from '../../src/session/opening.ts';
import { testDatabase } from '../helpers/database.ts';
import { record } from '../helpers/recorder.ts';
import { makeWorkload } from '../helpers/workload.ts';

describe('the ledger', () => {
  it('has a statement while it runs, and what became of it', () => {
    let now = 1000;
    const ledger = new Ledger(() => now);
    const end = ledger.begin('work', 'SELECT 1');
    expect(ledger.list()).toMatchObject([{ text: 'SELECT 1', at: 1000, outcome: 'running' }]);
    now = 1005;
    end('57014');
    expect(ledger.list()).toMatchObject([{ ms: 5, outcome: 'failed', code: '57014', times: 1 }]);
  });

  it('has each statement’s own time, where several are on their way', () => {
    let now = 1000;
    const ledger = new Ledger(() => now);
    const ends = ['SAVEPOINT s', 'EXPLAIN q', 'ROLLBACK TO s'].map(text => ledger.begin('work', text));
    const other = ledger.begin('control', 'SELECT locks');
    for (const answered of [1001, 1501, 1502]) {
      now = answered;
      ends.shift()?.();
    }
    other();
    expect(ledger.list().map(({ ms }) => ms)).toEqual([1, 500, 1, 502]);
  });

  it('times the statements of a batch one by one', async () => {
    const database = await testDatabase('ledger_batch', []);
    onTestFinished(() => database.drop());
    const ledger = new Ledger(() => performance.now());
    const link = recorded(await connect(database.settings, 'bench'), 'work', ledger);
    onTestFinished(() => link.end());
    await link.batch(['SELECT 1', 'SELECT pg_sleep(0.3)', 'SELECT 2', 'SELECT 1/0']);
    const [first, slow, last, failed] = ledger.list();
    expect(slow?.ms).toBeGreaterThan(290);
    expect(Math.max(first?.ms ?? 1e9, last?.ms ?? 1e9)).toBeLessThan(slow?.ms ?? 0);
    expect(failed).toMatchObject({ outcome: 'failed', code: '22012' });
  });

  it('counts what is sent again and again once, and keeps a bound', () => {
    const ledger = new Ledger(() => 0);
    for (let n = 0; n < 10; n++) ledger.begin('control', 'SELECT progress')();
    expect(ledger.list()).toMatchObject([{ times: 10 }]);
    for (let n = 0; n < 10; n++)
      for (const text of ['SELECT progress', 'SELECT locks', 'SELECT waiting'])
        ledger.begin('control', text)();
    expect(ledger.list().map(({ text, times }) => `${text} ${times}`)).toEqual([
      'SELECT progress 20',
      'SELECT locks 10',
      'SELECT waiting 10',
    ]);
    for (let n = 0; n < 5000; n++) ledger.begin('work', `SELECT ${n}`)();
    expect(ledger.list()).toHaveLength(2000);
    expect(ledger.total).toBe(5040);
  });
});

describe('inspecting a session', () => {
  it('tells the lock of a build, and who waits for it', async () => {
    const database = await testDatabase('ledger', [
      'CREATE TABLE orders (id int, amount int)',
      'INSERT INTO orders SELECT n, n FROM generate_series(1, 1000) n',
    ]);
    onTestFinished(() => database.drop());
    const workload = await makeWorkload({
      queries: { q: 'SELECT sum(amount) FROM orders' },
      proposals: { idx: 'CREATE INDEX idx ON orders (amount)' },
    });
    const session = await openSession({ settings: database.settings, workload, eager: false, now: Date.now });
    onTestFinished(() => session.close());
    const recorder = record(session);
    session.setDesired({ revision: 1, proposals: ['idx'], queryId: 'q' });
    await recorder.idle(0);
    const writer = await connect(database.settings, 'till');
    const writing = writer.query('INSERT INTO orders VALUES (0, 0)');
    const inspected = async () => {
      const from = recorder.events.length;
      session.inspect();
      await recorder.until(({ type }) => type === 'session:inspected', from);
      return recorder.ofType('session:inspected', from)[0] ?? expect.fail();
    };
    let seen: Extract<SessionEvent, { type: 'session:inspected' }>;
    do seen = await inspected();
    while (seen.lockStatus?.waiting.length === 0);
    expect(seen.lockStatus?.locks).toContainEqual({
      relation: 'public.orders',
      mode: 'Share',
      granted: true,
    });
    expect(seen.lockStatus?.waiting).toMatchObject([
      { application: 'till', statement: 'INSERT INTO orders VALUES (0, 0)' },
    ]);
    const texts = seen.entries.map(({ text }) => text);
    expect(texts).toContain('BEGIN ISOLATION LEVEL REPEATABLE READ');
    expect(texts.some(text => /^CREATE INDEX "idx~/.test(text))).toBe(true);
    expect(texts.some(text => /^EXPLAIN /.test(text))).toBe(true);
    await session.close();
    await writing;
    await writer.end();
  });

  it('where nothing can be built, a build fails with the reason and the baseline is measured', async () => {
    const database = await testDatabase('readonly', ['CREATE TABLE t AS SELECT 1 AS a']);
    onTestFinished(() => database.drop());
    await database.link.query(
      `ALTER DATABASE "${database.settings.database}" SET default_transaction_read_only = on`,
    );
    const workload = await makeWorkload({
      queries: { q: 'SELECT a FROM t' },
      proposals: { idx: 'CREATE INDEX idx ON t (a)' },
    });
    const session = await openSession({ settings: database.settings, workload, eager: false, now: Date.now });
    onTestFinished(() => session.close());
    const recorder = record(session);
    session.setDesired({ revision: 1, proposals: ['idx'], queryId: 'q' });
    await recorder.idle(0);
    expect(recorder.ofType('build:failed')).toMatchObject([
      { proposalId: 'idx', reason: expect.stringMatching(/default_transaction_read_only is on/) },
    ]);
    expect(recorder.ofType('measurement:finished')).toHaveLength(1);
  });
});
