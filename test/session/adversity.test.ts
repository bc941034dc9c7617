/** What else may happen to a session: other sessions, odd schemas, lost connections, listeners that throw. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectTrusted as connect } from '../../src/database/link.ts';
import type { Plan, PlanNode } from '../../src/plan/plan.ts';
import type { ExplorerSession, SessionEvent } from '../../src/session/events.ts';
import type { Hiding } from '../../src/session/hide.ts';
import { openSession } from '../../src/session/opening.ts';
import type { Workload } from '../../src/workload/workload.ts';
import { type TestDatabase, testDatabase } from '../helpers/database.ts';
import { type Recorder, record } from '../helpers/recorder.ts';
import { makeWorkload } from '../helpers/workload.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase('adversity', [
    'CREATE TABLE orders AS SELECT g AS id, g % 500 AS customer, g % 97 AS amount FROM generate_series(1, 20000) g',
    'CREATE TABLE events (k int, v int) PARTITION BY RANGE (k)',
    'CREATE TABLE events_low PARTITION OF events FOR VALUES FROM (0) TO (20000)',
    'CREATE TABLE events_high PARTITION OF events FOR VALUES FROM (20000) TO (40001)',
    'INSERT INTO events SELECT g, g % 100 FROM generate_series(1, 40000) g',
    'VACUUM (FREEZE, ANALYZE)',
  ]);
});
afterAll(() => database.drop());

const indexes = (node: PlanNode): string[] => [
  ...(node.index === undefined ? [] : [node.index]),
  ...node.children.flatMap(indexes),
];
const used = (plan: Plan | undefined) => new Set(plan === undefined ? [] : indexes(plan.root));

async function withSession(
  workload: Workload,
  run: (session: ExplorerSession, seen: Recorder) => Promise<void>,
  hiding: Hiding = 'catalog',
): Promise<void> {
  const budget = { runs: 1, totalMs: 1 };
  const session = await openSession({
    settings: database.settings,
    workload,
    eager: false,
    now: Date.now,
    budget,
    hiding,
  });
  try {
    await run(session, record(session));
  } finally {
    await session.close();
  }
}

describe('an index on a partitioned table', () => {
  it.each(['catalog', 'drop'] as const)(
    'is hidden with its partitions’ indexes, has their bytes and its own name (%s)',
    async hiding => {
      const workload = await makeWorkload({
        queries: { one: 'SELECT v FROM events WHERE k = 30000 OR k = 7' },
        proposals: { by_k: 'CREATE INDEX by_k ON events (k)' },
      });
      await withSession(
        workload,
        async (session, seen) => {
          session.setDesired({ revision: 1, proposals: ['by_k'], queryId: 'one' });
          await seen.idle();
          const [built] = seen.ofType('build:finished');
          expect(built?.built.bytes).toBeGreaterThan(40_000 * 16);
          const plans = seen.ofType('plan:estimated');
          expect(used(plans.filter(event => event.configuration === 'by_k').at(-1)?.plan)).toEqual(
            new Set(['by_k']),
          );
          const baseline = seen.ofType('measurement:finished').find(event => event.configuration === '');
          expect(baseline?.measurement.tree).toBeDefined();
          expect(used(baseline?.measurement.tree)).toEqual(new Set());
        },
        hiding,
      );
    },
  );
});

describe('names', () => {
  it('a view that has the name of a table is refused, not put in its place', async () => {
    const workload = await makeWorkload({
      queries: { one: 'SELECT count(*) FROM orders' },
      proposals: { shadow: 'CREATE MATERIALIZED VIEW orders AS SELECT 1 AS id' },
    });
    await withSession(workload, async (session, seen) => {
      session.setDesired({ revision: 1, proposals: ['shadow'], queryId: 'one' });
      await seen.idle();
      expect(seen.ofType('build:failed')).toMatchObject([{ reason: 'relation "orders" already exists' }]);
    });
  });

  it('two proposals may bring the same name, as alternatives do; long and odd names stay themselves', async () => {
    const long = 'x'.repeat(54);
    const workload = await makeWorkload({
      queries: { one: 'SELECT id FROM orders WHERE customer = 7' },
      proposals: {
        first: 'CREATE INDEX same ON orders (amount)',
        second: 'CREATE INDEX same ON orders (customer)',
        third: `CREATE INDEX ${long}_one ON orders (id); CREATE INDEX ${long}_two ON orders (id, amount)`,
        fourth: 'CREATE INDEX "abc😀😀😀😀😀😀😀😀😀😀😀😀😀" ON orders (amount, id)',
      },
    });
    await withSession(workload, async (session, seen) => {
      session.setDesired({ revision: 1, proposals: ['first', 'second', 'third', 'fourth'], queryId: 'one' });
      await seen.idle();
      expect(seen.ofType('build:failed')).toEqual([]);
      expect(
        seen.ofType('build:finished').flatMap(event => event.built.objects.map(object => object.name)),
      ).toEqual(['same', 'same', `${long}_one`, `${long}_two`, 'abc😀😀😀😀😀😀😀😀😀😀😀😀😀']);
    });
  });

  it('a message of the server names the proposal’s own index', async () => {
    const workload = await makeWorkload({
      queries: { one: 'SELECT 1' },
      proposals: { unique: 'CREATE UNIQUE INDEX "my ix" ON orders (amount)' },
    });
    await withSession(workload, async (session, seen) => {
      session.setDesired({ revision: 1, proposals: ['unique'], queryId: 'one' });
      await seen.idle();
      expect(seen.ofType('build:failed')).toMatchObject([
        {
          reason: expect.stringMatching(
            /^could not create unique index "my ix"; DETAIL: Key \(amount\)=\(\d+\) is duplicated\.$/,
          ),
        },
      ]);
    });
  });

  it('a view that reads another proposal’s view is built after it, whatever the order of the files', async () => {
    const workload = await makeWorkload({
      queries: { one: 'SELECT 1' },
      proposals: {
        a: 'CREATE MATERIALIZED VIEW upper_view AS SELECT * FROM lower_view',
        b: 'CREATE MATERIALIZED VIEW lower_view AS SELECT 1 AS one',
      },
    });
    await withSession(workload, async (session, seen) => {
      session.setDesired({ revision: 1, proposals: ['a', 'b'], queryId: 'one' });
      await seen.idle();
      expect(seen.ofType('build:finished').map(event => event.proposalId)).toEqual(['b', 'a']);
    });
  });

  it('a query the server refuses is shown with its line', async () => {
    const workload = await makeWorkload({
      queries: { one: 'SELECT 1\nFROM orders\nWHERE nosuch = 2' },
      proposals: {},
    });
    await withSession(workload, async (session, seen) => {
      session.setDesired({ revision: 1, proposals: [], queryId: 'one' });
      await seen.idle();
      expect(seen.ofType('plan:failed')).toMatchObject([
        { reason: 'column "nosuch" does not exist, in: WHERE nosuch = 2' },
      ]);
    });
  });
});

describe('others on the same server', () => {
  it('a plan that changed under the session is planned again, and measured as the new one', async () => {
    await database.link.query('CREATE TABLE fresh (k int, v int)');
    await database.link.query('ALTER TABLE fresh SET (autovacuum_enabled = off)');
    await database.link.query('INSERT INTO fresh SELECT g, g FROM generate_series(1, 30000) g');
    await database.link.query('CREATE INDEX fresh_k ON fresh (k)');
    const workload = await makeWorkload({
      queries: { slow: 'SELECT pg_sleep(60)', one: 'SELECT v FROM fresh WHERE k = 3000' },
      proposals: {},
    });
    await withSession(workload, async (session, seen) => {
      session.setDesired({ revision: 1, proposals: [], queryId: 'slow' });
      await seen.until(event => event.type === 'measurement:running', 0);
      const [estimate] = seen.ofType('plan:estimated').filter(event => event.queryId === 'one');
      await database.link.query('ANALYZE fresh');
      session.cancel();
      await seen.idle();
      const [measured] = seen.ofType('measurement:finished').filter(event => event.queryId === 'one');
      expect(measured?.fingerprint).toBe(measured?.measurement.tree?.fingerprint);
      // The test stands on a plan that did change.
      expect(measured?.fingerprint).not.toBe(estimate?.plan.fingerprint);
      const last = seen
        .ofType('plan:estimated')
        .filter(event => event.queryId === 'one')
        .at(-1);
      expect(last?.plan.fingerprint).toBe(measured?.fingerprint);
    });
    await database.link.query('DROP TABLE fresh');
  });

  it('a plan that keeps changing is believed the second time, and not measured for ever', async () => {
    await database.link.query(
      'CREATE TABLE restless AS SELECT g AS k, g AS v FROM generate_series(1, 30000) g',
    );
    await database.link.query('CREATE INDEX restless_k ON restless (k)');
    await database.link.query('VACUUM ANALYZE restless');
    const change = () =>
      database.link.query(
        "UPDATE pg_index SET indisvalid = NOT indisvalid WHERE indexrelid = 'restless_k'::regclass",
      );
    const workload = await makeWorkload({
      queries: { slow: 'SELECT pg_sleep(60)', one: 'SELECT v FROM restless WHERE k = 3000' },
      proposals: {},
    });
    await withSession(workload, async (session, seen) => {
      session.subscribe(event => {
        // The slow query runs between the new estimate and the next run.
        if (event.type === 'measurement:cancelled' && event.by === 'superseded') session.measureAgain('slow');
      });
      const slowRuns = (from: number) =>
        seen.until(event => event.type === 'measurement:running' && event.queryId === 'slow', from);
      session.setDesired({ revision: 1, proposals: [], queryId: 'slow' });
      for (let round = 0, from = 0; round < 2; round++) {
        await slowRuns(from);
        await change();
        from = seen.events.length;
        session.cancel();
        await seen.until(event => event.type === 'measurement:cancelled' && event.by === 'superseded', from);
      }
      await slowRuns(seen.events.length);
      session.cancel();
      await seen.idle();
      const measured = seen.ofType('measurement:finished').filter(event => event.queryId === 'one');
      expect(measured).toHaveLength(1);
      expect(measured[0]?.fingerprint).toBe(measured[0]?.measurement.tree?.fingerprint);
      const told = seen.ofType('plan:estimated').filter(event => event.queryId === 'one');
      expect(told.map(event => event.plan.fingerprint).at(-1)).toBe(measured[0]?.fingerprint);
    });
    await database.link.query('DROP TABLE restless');
  });

  it('a lock on an unrelated table does not keep a session from opening', async () => {
    const other = await connect(database.settings, 'test');
    await other.query('BEGIN');
    await other.query('LOCK TABLE events IN ACCESS EXCLUSIVE MODE');
    const workload = await makeWorkload({ queries: { one: 'SELECT count(*) FROM orders' }, proposals: {} });
    await withSession(workload, async (session, seen) => {
      session.setDesired({ revision: 1, proposals: [], queryId: 'one' });
      await seen.idle();
      expect(seen.ofType('measurement:finished')).toHaveLength(1);
    });
    await other.end();
  });

  it('another session’s cancel is not taken for the timeout', async () => {
    const workload = await makeWorkload({ queries: { slow: 'SELECT pg_sleep(60)' }, proposals: {} });
    await withSession(workload, async (session, seen) => {
      session.setDesired({ revision: 1, proposals: [], queryId: 'slow' });
      await seen.until(event => event.type === 'measurement:running', 0);
      const cancel = async () =>
        database.link.query(
          `SELECT pg_cancel_backend(pid) FROM pg_stat_activity
           WHERE application_name = 'pgopt-explore work' AND datname = current_database() AND query LIKE '%pg_sleep%'
             AND state = 'active'`,
        );
      while ((await cancel()).length === 0);
      await seen.until(event => event.type === 'measurement:failed', 0);
      expect(seen.ofType('measurement:finished')).toEqual([]);
    });
  });

  it('cancelling works though the control connection was lost', async () => {
    const workload = await makeWorkload({ queries: { slow: 'SELECT pg_sleep(60)' }, proposals: {} });
    await withSession(workload, async (session, seen) => {
      session.setDesired({ revision: 1, proposals: [], queryId: 'slow' });
      await seen.until(event => event.type === 'measurement:running', 0);
      await database.link.query(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
         WHERE application_name = 'pgopt-explore control' AND datname = current_database()`,
      );
      session.cancel();
      await seen.idle();
      expect(seen.ofType('measurement:cancelled')).toMatchObject([{ queryId: 'slow', by: 'user' }]);
      expect(seen.ofType('session:lost')).toEqual([]);
    });
  });
});

describe('at the edges of a session', () => {
  it('a setting the server refuses is a line for a person, and nothing stays connected', async () => {
    const workload = await makeWorkload({
      queries: { one: 'SELECT 1' },
      proposals: {},
      settings: [{ name: 'work_mem', value: '1024TB' }],
    });
    await expect(
      openSession({ settings: database.settings, workload, eager: false, now: Date.now }),
    ).rejects.toMatchObject({
      code: 'usage',
      message: expect.stringMatching(/^workload.json work_mem=1024TB is refused: /),
    });
    const left = () =>
      database.link.query(
        "SELECT 1 FROM pg_stat_activity WHERE application_name LIKE 'pgopt-explore %' AND datname = current_database()",
      );
    while ((await left()).length > 0);
  });

  it('gives up connecting on request', async () => {
    const workload = await makeWorkload({ queries: { one: 'SELECT 1' }, proposals: {} });
    const signal = AbortSignal.abort();
    await expect(
      openSession({ settings: database.settings, workload, eager: false, now: Date.now, signal }),
    ).rejects.toMatchObject({ code: 'cancelled', exitCode: 130 });
  });

  it('a late listener hears of the session’s end', async () => {
    const workload = await makeWorkload({ queries: { one: 'SELECT 1' }, proposals: {} });
    await withSession(workload, async (session, seen) => {
      await database.link.query(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
         WHERE application_name = 'pgopt-explore work' AND datname = current_database()`,
      );
      await new Promise(resolve =>
        session.subscribe(event => event.type === 'session:lost' && resolve(event)),
      );
      const late: SessionEvent['type'][] = [];
      session.subscribe(event => late.push(event.type));
      expect(late).toEqual(['session:opened', 'session:lost']);
      expect(seen.ofType('session:lost')).toHaveLength(1);
    });
  });
});
