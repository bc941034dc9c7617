/** The network fails after the nth message of a session, for many n: the session reports it, nothing hangs, and nothing is left. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PgoptError } from '../../src/base/errors.ts';
import { openSession } from '../../src/session/opening.ts';
import type { SessionOptions } from '../../src/session/options.ts';
import type { Workload } from '../../src/workload/workload.ts';
import { type TestDatabase, testDatabase } from '../helpers/database.ts';
import { type Fault, type Network, openProxy } from '../helpers/proxy.ts';
import { type Recorder, record } from '../helpers/recorder.ts';
import { remainsOf, type Trace, traceOf, untilNothingRemains } from '../helpers/trace.ts';
import { makeWorkload } from '../helpers/workload.ts';

let database: TestDatabase;
let workload: Workload;
let before: Trace;
/** Messages of a session that nothing happens to. */
let messages = { all: 0, work: 0, control: 0 };
/** Every kind of message that its work connection sent or got. */
let kinds: readonly string[] = [];
/** Those until it was open. */
let opening = { all: 0, work: 0, control: 0 };
beforeAll(async () => {
  database = await testDatabase('network', [
    'CREATE TABLE orders AS SELECT g AS id, g % 50 AS customer, g % 97 AS amount FROM generate_series(1, 5000) g',
    'CREATE SEQUENCE counter',
    'VACUUM (FREEZE, ANALYZE)',
  ]);
  workload = await makeWorkload({
    queries: { one: 'SELECT id FROM orders WHERE customer = 7' },
    proposals: {
      by_customer: 'CREATE INDEX by_customer ON orders (customer)',
      totals:
        'CREATE MATERIALIZED VIEW totals AS SELECT customer, sum(amount) AS total FROM orders GROUP BY customer',
    },
  });
  before = await traceOf(database.link);
  const proxy = await openProxy(database.settings);
  await throughSession(proxy, {}, () => {
    opening = { ...proxy.messages };
  });
  messages = { ...proxy.messages };
  kinds = [...proxy.kinds];
  await proxy.close();
  await untilNothingRemains(database.link);
});
afterAll(() => database.drop());

/** Builds all, plans and measures with all on and with one off, and ends. @returns How it went. */
async function throughSession(
  proxy: Network,
  patience: Pick<SessionOptions, 'silenceMs' | 'openingMs'> = {},
  onOpen: () => void = () => undefined,
): Promise<string> {
  let seen: Recorder | undefined;
  try {
    const { settings } = proxy;
    const budget = { runs: 1, totalMs: 1 };
    const options = { settings, workload, eager: false, now: Date.now, budget };
    const session = await openSession({ ...options, ...patience });
    onOpen();
    seen = record(session);
    try {
      session.setDesired({ revision: 1, proposals: ['by_customer', 'totals'], queryId: 'one' });
      await seen.idle(0);
      session.setDesired({ revision: 2, proposals: ['totals'], queryId: 'one' });
      await seen.idle();
    } finally {
      await session.close();
    }
    return 'idle';
  } catch (error) {
    if (seen?.ofType('session:lost').length === 1) {
      return 'lost';
    }
    if (seen !== undefined || !(error instanceof PgoptError)) throw error;
    expect(error.message).not.toContain('\n');
    return error.code;
  }
}

/** Of a fault after each `step`th message of those `from` … `to`. */
function outcomesOf(
  fault: Omit<Fault, 'after'>,
  step: number,
  {
    from = 1,
    to = messages[fault.whom],
    ...patience
  }: Pick<SessionOptions, 'silenceMs' | 'openingMs'> & { readonly from?: number; readonly to?: number } = {},
) {
  const afters: number[] = [];
  for (let after = from; after < to; after += step) afters.push(after);
  return outcomesAfter(fault, afters, patience);
}

async function outcomesAfter(
  fault: Omit<Fault, 'after'>,
  afters: readonly Fault['after'][],
  patience: Pick<SessionOptions, 'silenceMs' | 'openingMs'> = {},
) {
  const outcomes: string[] = [];
  for (const after of afters) {
    const proxy = await openProxy(database.settings, { ...fault, after });
    const outcome = await throughSession(proxy, patience);
    // Before there is a session, only the server's keepalive could end it.
    if (fault.whom === 'work' && outcome !== 'connection-refused') await untilNobodyWorks();
    // Of a session that was all but over, nothing but the goodbye was lost.
    const saidGoodbye = fault.whom !== 'control' && proxy.statements.at(-1) === 'ROLLBACK';
    outcomes.push(saidGoodbye && outcome === 'idle' ? 'lost' : outcome);
    // A frozen network is noticed by the server's keepalive, or here.
    await proxy.close();
    await untilNothingRemains(database.link);
  }
  expect(await traceOf(database.link)).toEqual(before);
  return new Set(outcomes);
}

/** No work connection is left; a frozen control connection, which holds nothing, may be. */
async function untilNobodyWorks(): Promise<void> {
  while ((await remainsOf(database.link)).some(({ which }) => String(which).includes('pgopt-explore work')))
    await database.link.query('SELECT pg_sleep(0.01)');
}

describe('a network that fails at any message', () => {
  it.each([
    ['end', 41],
    ['reset', 53],
  ] as const)('is reported, and nothing is left, when connections %s', async (how, step) => {
    const outcomes = await outcomesOf({ how, whom: 'all' }, step);
    expect(outcomes).toEqual(new Set(['connection-refused', 'connection-lost', 'lost']));
  });

  // Whatever statement a session learns to send, this test learns with it.
  it('is reported when the work connection fails, after the first message of every kind', async () => {
    const said = kinds.join('\n');
    for (const kind of ['> P CREATE INDEX', '< C CREATE INDEX', '< C ROLLBACK', '> P UPDATE', '> X'])
      expect(said).toContain(kind);
    const outcomes = await outcomesAfter({ how: 'reset', whom: 'work' }, kinds);
    expect(outcomes).toEqual(new Set(['connection-refused', 'connection-lost', 'lost']));
  });

  it('replaces the control connection when it fails', async () => {
    expect(messages.control).toBeGreaterThan(opening.control + 1);
    const outcomes = await outcomesOf({ how: 'reset', whom: 'control' }, 4, { from: opening.control + 1 });
    expect(outcomes).toEqual(new Set(['idle']));
  });

  it('is reported when the connection falls silent', async () => {
    // Well before it is open, so that it never is.
    const early = { to: Math.floor(opening.all / 2), openingMs: 300 };
    const whileOpening = await outcomesOf({ how: 'freeze', whom: 'all' }, Math.ceil(opening.all / 6), early);
    expect(whileOpening).toEqual(new Set(['connection-refused']));
    const step = Math.ceil((messages.all - opening.all) / 4);
    const late = { from: opening.all + 1, silenceMs: 300 };
    expect(await outcomesOf({ how: 'freeze', whom: 'all' }, step, late)).toEqual(new Set(['lost']));
  });

  it('is reported when only the work connection falls silent, and its transaction is ended from outside', async () => {
    const outcomes = await outcomesOf({ how: 'freeze', whom: 'work' }, 121, {
      from: opening.work + 1,
      silenceMs: 800,
    });
    expect(outcomes).toEqual(new Set(['lost']));
  });
});

it('asks the server to notice within a minute that the explorer is out of reach', async () => {
  const proxy = await openProxy(database.settings);
  await throughSession(proxy);
  await proxy.close();
  expect(proxy.statements.filter(text => text.startsWith('SET LOCAL tcp_keepalives_idle'))).toHaveLength(1);
});
