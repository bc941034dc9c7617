/** Where nothing may be built: estimates through HypoPG (imitated here, test/helpers/hypopg.ts), said to be hypothetical. */
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { usedNames } from '../../src/plan/uses.ts';
import { preflightLines, warningsOf } from '../../src/report/preflight.ts';
import { openSession } from '../../src/session/opening.ts';
import { NAMED_TIMEOUTS } from '../../src/session/options.ts';
import { preflight } from '../../src/session/preflight/preflight.ts';
import { catalogOf, type TestDatabase, testDatabase } from '../helpers/database.ts';
import { HYPOPG_SCHEMA, imitatedHypopg } from '../helpers/hypopg.ts';
import { record } from '../helpers/recorder.ts';
import { makeWorkload } from '../helpers/workload.ts';

const ROLE = 'hypothetical_reader';
let database: TestDatabase;
let bare: TestDatabase;
beforeAll(async () => {
  const tables = [
    'CREATE TABLE orders AS SELECT g AS id, g % 500 AS customer, g % 97 AS amount FROM generate_series(1, 20000) g',
    'VACUUM (FREEZE, ANALYZE) orders',
  ];
  bare = await testDatabase('bare', [
    ...tables,
    `CREATE ROLE ${ROLE} LOGIN PASSWORD 'reader'`,
    `GRANT SELECT ON orders TO ${ROLE}`,
  ]);
  database = await testDatabase('hypothetical', [
    ...tables,
    ...imitatedHypopg,
    `GRANT SELECT ON orders TO ${ROLE}`,
    `GRANT USAGE ON SCHEMA "${HYPOPG_SCHEMA}" TO ${ROLE}`,
  ]);
});
afterAll(async () => {
  await database.drop();
  await bare.link.query(`DROP OWNED BY ${ROLE}`);
  await bare.link.query(`DROP ROLE ${ROLE}`);
  await bare.drop();
});

const workload = () =>
  makeWorkload({
    queries: {
      one: 'SELECT amount FROM orders WHERE customer = 7',
      two: 'SELECT sum(amount) FROM orders',
    },
    proposals: {
      by_customer: 'CREATE INDEX by_customer ON orders (customer) INCLUDE (amount)',
      by_id: 'CREATE INDEX by_id ON orders (id)',
      words: 'CREATE INDEX words ON orders USING gin (amount)',
      total: 'CREATE MATERIALIZED VIEW total AS SELECT sum(amount) AS amount FROM orders',
      pair: 'CREATE STATISTICS pair ON customer, amount FROM orders',
    },
  });

const reader = ({ settings }: TestDatabase) => ({ ...settings, user: ROLE, password: 'reader' });

async function open(settings: TestDatabase['settings']) {
  const session = await openSession({
    settings,
    workload: await workload(),
    eager: false,
    now: Date.now,
    budget: { runs: 1, totalMs: 1 },
  });
  onTestFinished(() => session.close());
  const seen = record(session);
  let revision = 0;
  const desired = async (...proposals: string[]) => {
    const from = seen.events.length;
    session.setDesired({ revision: ++revision, proposals, queryId: 'one' });
    await seen.idle(from);
    return from;
  };
  const sent = async () => {
    const from = seen.events.length;
    session.inspect();
    await seen.until(({ type }) => type === 'session:inspected', from);
    return seen.ofType('session:inspected', from)[0]?.entries.map(({ text }) => text) ?? [];
  };
  return { session, seen, desired, sent };
}

describe('a role that may not create, with HypoPG', () => {
  it('sees the plan with the index under its own name, and its estimated size, as hypothetical', async () => {
    const { seen, desired } = await open(reader(database));
    await desired('by_customer');
    const [finished] = seen.ofType('build:finished');
    expect(finished?.built).toMatchObject({
      hypothetical: true,
      objects: [{ kind: 'index', name: 'by_customer', table: 'orders', rows: 20_000 }],
    });
    expect(finished?.built.bytes).toBeGreaterThan(100_000);
    const last = seen
      .ofType('plan:estimated')
      .filter(({ queryId, configuration }) => queryId === 'one' && configuration === 'by_customer')
      .at(-1);
    expect(last?.missing).toEqual([]);
    expect(last?.plan.hypothetical).toBe(true);
    if (last === undefined) expect.fail();
    expect(usedNames(last.plan)).toEqual(new Set(['by_customer', 'orders']));
  });

  it('never runs a hypothetical plan; the baseline is measured, and what has the same plan', async () => {
    const { seen, desired, sent } = await open(reader(database));
    await desired();
    const before = seen.ofType('measurement:finished').map(({ queryId }) => queryId);
    expect(before.sort()).toEqual(['one', 'two']);
    const from = await desired('by_customer');
    expect(seen.ofType('measurement:running', from)).toEqual([]);
    const plans = seen.ofType('plan:estimated', from).filter(({ configuration }) => configuration !== '');
    const baseline = new Map(
      seen.ofType('plan:estimated').flatMap(e => (e.configuration === '' ? [[e.queryId, e.plan]] : [])),
    );
    for (const { queryId, plan } of plans)
      expect(plan.hypothetical === true).toBe(plan.fingerprint !== baseline.get(queryId)?.fingerprint);
    const texts = await sent();
    const made = texts.flatMap((text, at) => (/hypopg_create_index\(/.test(text) ? [at] : []));
    expect(made.length).toBeGreaterThan(0);
    for (const at of made) {
      const next = texts.slice(at).find(text => /^(EXPLAIN|ROLLBACK)/.test(text)) ?? '';
      expect(next).not.toMatch(/ANALYZE/);
      // The real ones outlive a roll-back.
      const back = texts.findIndex((text, index) => index > at && text.startsWith('ROLLBACK TO'));
      expect(texts[back + 1]).toMatch(/hypopg_reset\(\)$/);
    }
  });

  it('an index that no plan uses leaves the plan, and its run time, as they are', async () => {
    const { seen, desired } = await open(reader(database));
    await desired();
    const from = await desired('by_id');
    const plan = seen.ofType('plan:estimated', from).findLast(({ queryId }) => queryId === 'one')?.plan;
    expect(plan?.hypothetical).toBeUndefined();
    const known = seen.ofType('plan:estimated').find(({ queryId }) => queryId === 'one')?.plan;
    expect(plan?.fingerprint).toBe(known?.fingerprint);
  });

  it('what is run under it is the baseline, and filed as that', async () => {
    const { seen, desired } = await open(reader(database));
    await desired('by_id');
    const runs = seen.ofType('measurement:finished');
    expect(runs.map(({ queryId, configuration }) => [queryId, configuration])).toContainEqual(['one', '']);
    expect(runs.filter(({ configuration }) => configuration !== '')).toEqual([]);
  });

  it('switched off, it is not there', async () => {
    const { seen, desired } = await open(reader(database));
    await desired('by_customer');
    const from = await desired('by_id');
    const last = seen.ofType('plan:estimated', from).findLast(({ queryId }) => queryId === 'one');
    if (last === undefined) expect.fail();
    expect(usedNames(last.plan)).toEqual(new Set(['orders']));
  });

  it('says why a proposal that HypoPG does not know cannot be tried', async () => {
    const { seen, desired } = await open(reader(database));
    await desired('words', 'total', 'pair');
    const reasons = Object.fromEntries(
      seen.ofType('build:failed').map(({ proposalId, reason }) => [proposalId, reason]),
    );
    expect(reasons.words).toMatch(
      /^HypoPG refuses it: access method "gin" is not supported \(must be owner of table orders\)$/,
    );
    expect(reasons.total).toMatch(/^cannot be tried: HypoPG supports only indexes \(permission denied/);
    expect(reasons.pair).toMatch(/^cannot be tried: HypoPG supports only indexes \(must be owner/);
  });

  it('leaves nothing behind', async () => {
    const before = await catalogOf(database.link);
    const { session, desired } = await open(reader(database));
    await desired('by_customer', 'words');
    await session.close();
    expect(await catalogOf(database.link)).toBe(before);
  });

  it('the preflight says so', async () => {
    const found = await preflight(reader(database), await workload());
    expect(found.server.hypopg).toMatchObject({ version: '1.3.1', refusal: undefined });
    expect(warningsOf(found)).toContain(
      'by_customer, by_id, words: not built, only estimated through HypoPG where it knows such indexes, as hypothetical; orders belongs to another role: only its owner may build on it',
    );
    expect(found.proposals.find(({ id }) => id === 'by_customer')?.locks).toEqual([]);
    const text = preflightLines(found, NAMED_TIMEOUTS, 30_000).join('\n');
    expect(text).toMatch(/^by_customer +nothing +not built$/m);
  });
});

it('who may build never meets HypoPG', async () => {
  const { seen, desired, sent } = await open(database.settings);
  await desired('by_customer');
  expect(seen.ofType('build:finished')[0]?.built.hypothetical).toBeUndefined();
  expect((await sent()).filter(text => /hypopg_\w+\(/.test(text))).toEqual([]);
});

it('without the extension the reason says what would help', async () => {
  const { seen, desired } = await open(reader(bare));
  await desired('by_customer');
  expect(seen.ofType('build:failed')).toMatchObject([
    { reason: 'must be owner of table orders (the extension hypopg would allow an estimate)' },
  ]);
});

it('an extension that the role may not use is no help, and the reason says why', async () => {
  await database.link.query(`REVOKE USAGE ON SCHEMA "${HYPOPG_SCHEMA}" FROM ${ROLE}`);
  onTestFinished(async () => {
    await database.link.query(`GRANT USAGE ON SCHEMA "${HYPOPG_SCHEMA}" TO ${ROLE}`);
  });
  const { seen, desired } = await open(reader(database));
  await desired('by_customer');
  expect(seen.ofType('build:failed')).toMatchObject([
    {
      reason:
        'must be owner of table orders (the extension hypopg is installed, but the role may not use its schema "what if")',
    },
  ]);
});
