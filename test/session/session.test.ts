import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectTrusted as connect } from '../../src/database/link.ts';
import type { Plan } from '../../src/plan/plan.ts';
import { configurationKey } from '../../src/session/configuration.ts';
import type { ExplorerSession } from '../../src/session/events.ts';
import type { Hiding } from '../../src/session/hide.ts';
import { openSession } from '../../src/session/opening.ts';
import type { Workload } from '../../src/workload/workload.ts';
import { catalogOf, type TestDatabase, testDatabase } from '../helpers/database.ts';
import { type Recorder, record } from '../helpers/recorder.ts';
import { makeWorkload } from '../helpers/workload.ts';

const SETUP = [
  `CREATE TABLE orders AS
     SELECT g AS id, g % 500 AS customer, (ARRAY['new', 'sent', 'cancelled'])[g % 3 + 1] AS status, g % 97 AS amount
     FROM generate_series(1, 60000) g`,
  'CREATE SEQUENCE counter',
  `CREATE FUNCTION sneaky() RETURNS bigint LANGUAGE sql VOLATILE AS $$ INSERT INTO orders VALUES (0) RETURNING id::bigint $$`,
  'VACUUM (FREEZE, ANALYZE) orders',
];

const TEXTS = {
  queries: {
    one: 'SELECT id, amount FROM orders WHERE customer = 7',
    two: `SELECT customer, sum(amount) AS total FROM orders WHERE status <> 'cancelled' GROUP BY customer`,
    three: 'SELECT count(*) FROM orders',
  },
  proposals: {
    by_customer: 'CREATE INDEX by_customer ON orders (customer) INCLUDE (id, amount)',
    by_status:
      "CREATE INDEX by_status ON orders (status, customer) INCLUDE (amount) WHERE status <> 'cancelled'",
    totals: `CREATE MATERIALIZED VIEW totals AS
               SELECT customer, sum(amount) AS total FROM orders WHERE status <> 'cancelled' GROUP BY customer;
             CREATE INDEX totals_by_total ON totals (total DESC) INCLUDE (customer);`,
  },
  rewrites: { 'two@totals': 'SELECT customer, total FROM totals' },
};

let database: TestDatabase;
let workload: Workload;
beforeAll(async () => {
  database = await testDatabase('session', SETUP);
  workload = await makeWorkload(TEXTS);
});
afterAll(() => database.drop());

async function withSession<T>(
  run: (session: ExplorerSession, seen: Recorder) => Promise<T>,
  options: { workload?: Workload; eager?: boolean; hiding?: Hiding; estimatesOnly?: boolean } = {},
): Promise<T> {
  const session = await openSession({
    settings: database.settings,
    workload,
    eager: false,
    now: Date.now,
    budget: { runs: 1, totalMs: 1 },
    ...options,
  });
  try {
    return await run(session, record(session));
  } finally {
    await session.close();
  }
}

const usesIndex = (plan: Plan | undefined, index: string) =>
  plan !== undefined && [plan.root, ...plan.root.children].some(node => node.index === index);

const all = Object.keys(TEXTS.proposals);
/** All subsets, the empty one first. */
const subsets = (ids: readonly string[]): string[][] =>
  Array.from({ length: 2 ** ids.length }, (_, bits) => ids.filter((_id, bit) => bits & (1 << bit)));

describe('a session on a real server', () => {
  it('leaves the catalog as it was, whatever was built', async () => {
    const before = await catalogOf(database.link);
    const during = await withSession(async (session, seen) => {
      session.setDesired({ revision: 1, proposals: all, queryId: 'one' });
      await seen.idle();
      expect(seen.ofType('build:finished').map(event => event.proposalId)).toEqual(all);
      return catalogOf(database.link);
    });
    // Even while the transaction is open no other session sees anything of it.
    expect(during).toBe(before);
    expect(await catalogOf(database.link)).toBe(before);
  });

  it('speaks of objects by the proposal’s own names, and of real bytes', async () => {
    await withSession(async (session, seen) => {
      session.setDesired({ revision: 1, proposals: all, queryId: 'two' });
      await seen.idle();
      const built = Object.fromEntries(
        seen.ofType('build:finished').map(event => [event.proposalId, event.built]),
      );
      expect(built.totals?.objects.map(({ kind, name, table }) => [kind, name, table])).toEqual([
        ['materialized view', 'totals', 'totals'],
        ['index', 'totals_by_total', 'totals'],
      ]);
      expect(built.by_customer?.objects).toMatchObject([
        { name: 'by_customer', table: 'orders', rows: 60000, usable: true },
      ]);
      expect(built.by_customer?.bytes).toBeGreaterThan(60000 * 16);
      const plans = seen
        .ofType('plan:estimated')
        .filter(event => event.configuration === configurationKey(all));
      const last = (id: string) => plans.filter(event => event.queryId === id).at(-1);
      expect(usesIndex(last('one')?.plan, 'by_customer')).toBe(true);
      expect(last('one')?.missing).toEqual([]);
      expect(last('two')?.rewrite).toBe('totals');
      expect(JSON.stringify(last('two')?.plan)).not.toMatch(/pgopt_[0-9a-f]|~[0-9a-f]{8}/);
    });
  });

  it('gives the same plans whether it hides in the catalog or by dropping', async () => {
    const plansOf = (hiding: Hiding) =>
      withSession(
        async (session, seen) => {
          session.setDesired({ revision: 0, proposals: all, queryId: 'one' });
          await seen.idle();
          for (const [index, proposals] of subsets(all).entries()) {
            session.setDesired({ revision: index + 1, proposals, queryId: 'one' });
            await seen.idle();
          }
          expect(seen.ofType('build:finished')).toHaveLength(all.length);
          const plans = seen
            .ofType('plan:estimated')
            .map(event => [event.queryId, event.configuration, event.plan.fingerprint]);
          return new Set(plans.map(plan => plan.join('|')));
        },
        { hiding, estimatesOnly: true },
      );
    const inCatalog = await plansOf('catalog');
    expect(await plansOf('drop')).toEqual(inCatalog);
    // Three queries under eight configurations, and plans that do differ.
    expect(inCatalog.size).toBeGreaterThanOrEqual(24);
    expect(new Set([...inCatalog].map(line => line.split('|')[2])).size).toBeGreaterThan(3);
  });

  it('runs a plan once and shares it between configurations', async () => {
    await withSession(async (session, seen) => {
      for (const [index, proposals] of subsets(all).entries()) {
        session.setDesired({ revision: index, proposals, queryId: 'three' });
        await seen.idle();
      }
      const runs = seen.ofType('measurement:finished').map(event => `${event.queryId}|${event.fingerprint}`);
      const plans = seen.ofType('plan:estimated').map(event => `${event.queryId}|${event.plan.fingerprint}`);
      expect(runs).toHaveLength(new Set(runs).size);
      expect(new Set(runs)).toEqual(new Set(plans));
      for (const { measurement, fingerprint } of seen.ofType('measurement:finished')) {
        expect(measurement.tree?.fingerprint).toBe(fingerprint);
      }
    });
  });

  it('lets two explorers build the same proposals on the same data, side by side', async () => {
    await withSession(async (first, seenFirst) => {
      first.setDesired({ revision: 1, proposals: all, queryId: 'one' });
      await seenFirst.idle();
      await withSession(async (second, seenSecond) => {
        second.setDesired({ revision: 1, proposals: all, queryId: 'one' });
        await seenSecond.idle();
        // Waiting for the other's transaction would have ended in lock_timeout.
        expect(seenSecond.ofType('build:failed')).toEqual([]);
        expect(seenSecond.ofType('build:finished')).toHaveLength(all.length);
        first.setDesired({ revision: 2, proposals: ['by_customer'], queryId: 'one' });
        await seenFirst.idle();
        expect(seenFirst.ofType('plan:failed')).toEqual([]);
      });
    });
  });
});

describe('what a query might hide', () => {
  it.each([
    ['nextval', "SELECT nextval('counter')"],
    ['an INSERT inside a function', 'SELECT sneaky()'],
  ])('%s is refused by the server, and the session goes on', async (_name, sql) => {
    const queries = { bad: sql, good: 'SELECT 1' };
    const hostile = await makeWorkload({ ...TEXTS, queries, rewrites: {}, trusted: ['nextval'] });
    await withSession(
      async (session, seen) => {
        session.setDesired({ revision: 1, proposals: ['by_customer'], queryId: 'bad' });
        await seen.idle();
        // Once, or under each configuration, where what it calls may plan otherwise.
        const failures = seen.ofType('measurement:failed');
        expect(failures.length).toBeGreaterThan(0);
        const refused = { queryId: 'bad', reason: expect.stringContaining('read-only transaction') };
        expect(failures).toMatchObject(failures.map(() => refused));
        expect(seen.ofType('measurement:finished')).toMatchObject([{ queryId: 'good' }]);
      },
      { workload: hostile },
    );
    const [row] = await database.link.query(
      'SELECT count(*)::int AS n, (SELECT is_called FROM counter) AS called FROM orders',
    );
    expect(row).toEqual({ n: 60000, called: false });
  });

  it('a second statement never reaches the server in one message', async () => {
    const link = await connect(database.settings, 'test');
    const [answer] = await link.batch(['SELECT 1; COMMIT']);
    expect(answer).toMatchObject({ error: { code: '42601' } });
    await link.end();
  });
});

describe('when something goes wrong', () => {
  it('a proposal that cannot be built says why; the others are built all the same', async () => {
    const broken = await makeWorkload({
      ...TEXTS,
      proposals: { broken: 'CREATE INDEX broken ON orders (no_such_column)', ...TEXTS.proposals },
    });
    await withSession(
      async (session, seen) => {
        session.setDesired({ revision: 1, proposals: ['broken', 'by_customer'], queryId: 'one' });
        await seen.idle();
        expect(seen.ofType('build:failed')).toMatchObject([
          { proposalId: 'broken', reason: expect.stringContaining('"no_such_column" does not exist') },
        ]);
        expect(seen.ofType('build:finished')).toMatchObject([{ proposalId: 'by_customer' }]);
        expect(seen.ofType('plan:estimated').at(-1)?.missing).toEqual(['broken']);
      },
      { workload: broken },
    );
  });

  it('a query the server refuses is reported with its reason', async () => {
    const broken = await makeWorkload({ ...TEXTS, queries: { bad: 'SELECT nothing FROM orders' } });
    await withSession(
      async (session, seen) => {
        session.setDesired({ revision: 4, proposals: [], queryId: 'bad' });
        await seen.idle();
        expect(seen.ofType('plan:failed')).toMatchObject([
          {
            queryId: 'bad',
            configuration: '',
            revision: 4,
            reason: expect.stringContaining('"nothing" does not exist'),
          },
        ]);
      },
      { workload: broken },
    );
  });

  it('a run past the timeout is a result', async () => {
    const slow = await makeWorkload({
      ...TEXTS,
      queries: { slow: 'SELECT pg_sleep(60)' },
      rewrites: {},
      budgets: { timeoutMs: 100 },
    });
    await withSession(
      async (session, seen) => {
        session.setDesired({ revision: 1, proposals: [], queryId: 'slow' });
        await seen.idle();
        expect(seen.ofType('measurement:finished')).toMatchObject([
          { measurement: { runsMs: [], timedOutAfterMs: 100, tree: undefined } },
        ]);
      },
      { workload: slow },
    );
  });

  it('a lost connection is reported, and nothing stays', async () => {
    const before = await catalogOf(database.link);
    const session = await openSession({ settings: database.settings, workload, eager: false, now: Date.now });
    const seen = record(session);
    session.setDesired({ revision: 1, proposals: all, queryId: 'one' });
    await seen.idle();
    const lost = new Promise(resolve =>
      session.subscribe(event => event.type === 'session:lost' && resolve(event)),
    );
    await database.link.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
       WHERE application_name = 'pgopt-explore work' AND datname = current_database()`,
    );
    expect(await lost).toMatchObject({ type: 'session:lost' });
    await session.close();
    expect(seen.events.at(-1)).toEqual({ type: 'session:closed' });
    expect(await catalogOf(database.link)).toBe(before);
  });

  it('an index that the transaction may not use yet differs from a usable one', async () => {
    // A HOT-updated row that an older snapshot still sees makes PostgreSQL set indcheckxmin.
    const old = await connect(database.settings, 'test');
    await database.link.query('CREATE TABLE hot (id int PRIMARY KEY, v int) WITH (fillfactor = 50)');
    await database.link.query('INSERT INTO hot SELECT g, g FROM generate_series(1, 1000) g');
    await old.query('BEGIN ISOLATION LEVEL REPEATABLE READ');
    await old.query('SELECT count(*) FROM hot');
    await database.link.query('UPDATE hot SET v = v + 1');
    const hot = await makeWorkload({
      queries: { one: 'SELECT * FROM hot WHERE v = 5' },
      proposals: { hot_v: 'CREATE INDEX hot_v ON hot (v)' },
    });
    await withSession(
      async (session, seen) => {
        session.setDesired({ revision: 1, proposals: ['hot_v'], queryId: 'one' });
        await seen.idle();
        expect(seen.ofType('build:finished')).toMatchObject([{ built: { objects: [{ usable: false }] } }]);
      },
      { workload: hot },
    );
    await old.end();
    await database.link.query('DROP TABLE hot');
  });
});

describe('the latest desired state wins', () => {
  const slowQuery = {
    slow: 'SELECT count(*), pg_sleep(60) FROM orders WHERE customer = 7',
    quick: 'SELECT 1',
  };

  it('the new plan comes at once though a slow baseline is being measured', async () => {
    const slow = await makeWorkload({ ...TEXTS, queries: slowQuery, rewrites: {} });
    await withSession(
      async (session, seen) => {
        session.setDesired({ revision: 1, proposals: ['by_customer'], queryId: 'quick' });
        await seen.until(event => event.type === 'measurement:running' && event.queryId === 'slow', 0);
        const from = seen.events.length;
        session.setDesired({ revision: 2, proposals: ['by_status'], queryId: 'slow' });
        await seen.until(
          event =>
            event.type === 'plan:estimated' &&
            event.configuration === 'by_status' &&
            event.missing.length === 0,
        );
        const types = seen.events.slice(from).map(event => event.type);
        expect(types).toContain('measurement:cancelled');
        expect(types).not.toContain('measurement:finished');
        expect(seen.ofType('session:lost')).toEqual([]);
      },
      { workload: slow },
    );
  });

  it('x cancels what runs, for good; what was built stays', async () => {
    const slow = await makeWorkload({
      ...TEXTS,
      queries: { quick: TEXTS.queries.one },
      rewrites: {},
      proposals: {
        ...TEXTS.proposals,
        endless: 'CREATE MATERIALIZED VIEW endless AS SELECT 1 AS one FROM pg_sleep(60)',
      },
    });
    await withSession(
      async (session, seen) => {
        session.setDesired({ revision: 1, proposals: ['by_customer', 'endless'], queryId: 'quick' });
        await seen.until(event => event.type === 'build:running' && event.proposalId === 'endless', 0);
        session.cancel();
        await seen.idle();
        expect(seen.ofType('build:cancelled')).toEqual([{ type: 'build:cancelled', proposalId: 'endless' }]);
        expect(seen.ofType('build:finished')).toMatchObject([{ proposalId: 'by_customer' }]);
        const last = seen
          .ofType('plan:estimated')
          .filter(event => event.configuration !== '')
          .at(-1);
        expect(last?.missing).toEqual(['endless']);
        expect(usesIndex(last?.plan, 'by_customer')).toBe(true);
      },
      { workload: slow },
    );
  });

  it('switching off what is being built ends the build', async () => {
    const slow = await makeWorkload({
      ...TEXTS,
      queries: { quick: TEXTS.queries.one },
      rewrites: {},
      proposals: { endless: 'CREATE MATERIALIZED VIEW endless AS SELECT 1 AS one FROM pg_sleep(60)' },
    });
    await withSession(
      async (session, seen) => {
        session.setDesired({ revision: 1, proposals: ['endless'], queryId: 'quick' });
        await seen.until(event => event.type === 'build:running', 0);
        session.setDesired({ revision: 2, proposals: [], queryId: 'quick' });
        await seen.idle();
        expect(seen.ofType('build:cancelled')).toHaveLength(1);
        expect(seen.ofType('plan:estimated').at(-1)).toMatchObject({ revision: 2, configuration: '' });
      },
      { workload: slow },
    );
  });

  it('survives hundreds of cancels at every moment without losing the transaction', async () => {
    await withSession(
      async (session, seen) => {
        session.setDesired({ revision: 0, proposals: all, queryId: 'one' });
        await seen.idle();
        const sets = subsets(all);
        for (let step = 1; step <= 300; step++) {
          const queryId = ['one', 'two', 'three'][step % 3] ?? 'one';
          session.setDesired({ revision: step, proposals: sets[step % sets.length] ?? [], queryId });
          if (step % 2 === 0) session.measureAgain(queryId);
          if (step % 5 === 0) session.cancel();
          if (step % 3 !== 0) await new Promise(resolve => setImmediate(resolve));
          if (step % 20 === 0) await new Promise(resolve => setTimeout(resolve, step % 7));
        }
        session.setDesired({ revision: 999, proposals: all, queryId: 'one' });
        await seen.until(event => event.type === 'session:idle');
        expect(seen.ofType('session:lost')).toEqual([]);
        expect(seen.ofType('plan:failed')).toEqual([]);
        expect(seen.ofType('measurement:failed')).toEqual([]);
        expect(seen.ofType('build:finished')).toHaveLength(all.length);
        const last = seen
          .ofType('plan:estimated')
          .filter(event => event.revision === 999 && event.queryId === 'one');
        expect(last.some(event => usesIndex(event.plan, 'by_customer'))).toBe(true);
      },
      { eager: false },
    );
  });
});

describe('measuring again', () => {
  it('forgets the run time of the plan in view and of its baseline', async () => {
    await withSession(async (session, seen) => {
      session.setDesired({ revision: 1, proposals: ['by_customer'], queryId: 'one' });
      await seen.idle();
      const before = seen.ofType('measurement:finished').length;
      session.measureAgain('one');
      await seen.idle();
      const again = seen.ofType('measurement:finished').slice(before);
      expect(again.map(event => [event.queryId, event.configuration])).toEqual([
        ['one', 'by_customer'],
        ['one', ''],
      ]);
    });
  });
});
