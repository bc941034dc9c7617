/** Behind a pooler: the transaction may run on another server connection than the one that the start-up spoke of. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { ConnectionSettings } from '../../src/database/connectionSettings.ts';
import { connectTrusted as connect } from '../../src/database/link.ts';
import { Control } from '../../src/session/control.ts';
import { openSession } from '../../src/session/opening.ts';
import { WorkTransaction } from '../../src/session/transaction.ts';
import { programsOf } from '../helpers/majors.ts';
import { type OwnServer, startOwnServer } from '../helpers/ownServer.ts';
import { FALSE_PROCESS_ID, type PoolerOptions, startPooler } from '../helpers/pooler.ts';
import { record } from '../helpers/recorder.ts';
import { refusalOf } from '../helpers/refusal.ts';
import { makeWorkload } from '../helpers/workload.ts';

let server: OwnServer;
beforeAll(async () => {
  server = await startOwnServer({
    programs: await programsOf(15),
    access: ['host all all 127.0.0.1/32 trust'],
  });
  const link = await connect(server.settings, 'test');
  await link.query(
    'CREATE TABLE orders AS SELECT g AS id, g % 500 AS customer FROM generate_series(1, 20000) g',
  );
  await link.query('VACUUM (FREEZE, ANALYZE) orders');
  await link.end();
});
afterAll(() => server?.stop());

const PLANNER = [{ name: 'work_mem', value: '77MB', source: '--set' }];
const through = async (options: Omit<PoolerOptions, 'serverPort'>): Promise<ConnectionSettings> => ({
  ...server.settings,
  host: '127.0.0.1',
  port: await startPooler({ serverPort: server.port, ...options }),
});

it('has its settings inside the transaction, and leaves none behind for the next client', async () => {
  const transaction = await WorkTransaction.open(await through({ mode: 'transaction' }), undefined, {
    planner: PLANNER,
  });
  const { link, backend } = transaction;
  const show = async () => {
    const [row] = await link.query(
      `SELECT current_setting('work_mem') AS memory, current_setting('lock_timeout') AS lock,
              current_setting('client_connection_check_interval') AS interval, pg_backend_pid() AS pid`,
    );
    return row;
  };
  expect(await show()).toEqual({ memory: '77MB', lock: '200ms', interval: '2s', pid: backend.processId });
  expect(backend.processId).not.toBe(FALSE_PROCESS_ID);
  // A failure and its roll-back do not lose them either.
  await transaction.probe(['SELECT 1/0']).catch(() => undefined);
  expect(await show()).toMatchObject({ memory: '77MB', lock: '200ms' });
  await transaction.rollback();
  const outside = await show();
  expect(outside).toMatchObject({ memory: '4MB', lock: '0', interval: '0' });
  const [, after] = await link.batch(['BEGIN', "SELECT current_setting('work_mem') AS memory"]);
  expect(after).toEqual({ rows: [{ memory: '4MB' }] });
  await link.end();
});

it('builds, plans, and cancels the statement of the right process', async () => {
  const workload = await makeWorkload({
    queries: {
      one: 'SELECT id FROM orders WHERE customer = 7',
      slow: 'SELECT pg_sleep(300)',
    },
    proposals: { by_customer: 'CREATE INDEX by_customer ON orders (customer)' },
  });
  const session = await openSession({
    settings: await through({ mode: 'transaction' }),
    workload,
    eager: false,
    now: Date.now,
    budget: { runs: 1, totalMs: 1 },
  });
  const seen = record(session);
  session.setDesired({ revision: 1, proposals: ['by_customer'], queryId: 'one' });
  const from = seen.events.indexOf(
    await seen.until(event => event.type === 'measurement:running' && event.queryId === 'slow', 0),
  );
  session.cancel();
  await seen.until(event => event.type === 'measurement:cancelled', from);
  await seen.idle(from);
  expect(seen.ofType('build:finished')).toHaveLength(1);
  expect(seen.ofType('session:lost')).toEqual([]);
  await session.close();
});

it('refuses statement mode with the reason, and says what would do', async () => {
  const settings = await through({ mode: 'statement' });
  expect(await refusalOf(() => WorkTransaction.open(settings))).toBe(
    'pgopt-explore: a pooler in statement mode takes no transactions (transaction blocks not allowed in statement pooling mode): connect to the server directly, or to a pool in session or transaction mode',
  );
});

it('refuses a pool that has no room for the second connection', async () => {
  const settings = await through({ mode: 'transaction', room: 1 });
  const workload = await makeWorkload({ queries: { one: 'SELECT 1' }, proposals: {} });
  const open = () => openSession({ settings, workload, eager: false, now: Date.now });
  expect(await refusalOf(open)).toMatch(
    /^pgopt-explore: the second connection gets no answer while the first one works: a pool must have room for two /,
  );
});

it('cancels nothing on a server that has not the process it means', async () => {
  const transaction = await WorkTransaction.open(server.settings);
  const { processId, startedAt } = transaction.backend;
  const other = { processId, startedAt: String(Number(startedAt) - 1) };
  expect(await refusalOf(() => Control.open(server.settings, other, () => undefined))).toMatch(
    /^pgopt-explore: two connections lead to different servers: connect to one server directly/,
  );
  const control = await Control.open(server.settings, transaction.backend, () => undefined);
  await control.close();
  await transaction.link.end();
});
