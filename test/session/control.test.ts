/** The control connection when it is lost while several ask at once. */
import { expect, it, onTestFinished } from 'vitest';
import { Control } from '../../src/session/control.ts';
import { WorkTransaction } from '../../src/session/transaction.ts';
import { testDatabase } from '../helpers/database.ts';
import { openProxy } from '../helpers/proxy.ts';

it('is replaced once, however many requests fail, and none is left over', async () => {
  const database = await testDatabase('control', []);
  onTestFinished(() => database.drop());
  const transaction = await WorkTransaction.open(database.settings);
  onTestFinished(() => transaction.link.end());
  const control = await Control.open(database.settings, transaction.backend, () => expect.fail('broken'));
  const controls = async () =>
    (
      await database.link.query(
        "SELECT pid FROM pg_stat_activity WHERE application_name = 'pgopt-explore control' AND datname = current_database()",
      )
    ).map(({ pid }) => Number(pid));
  const [first] = await controls();
  await database.link.query('SELECT pg_terminate_backend($1)', [first]);
  while ((await controls()).length > 0);
  const states = await Promise.all(Array.from({ length: 5 }, () => control.workState()));
  expect(states.every(state => state?.isIdle === true)).toBe(true);
  expect(await controls()).toHaveLength(1);
  await control.close();
  while ((await controls()).length > 0);
});

it('says that the connection is lost if a question gets no answer, on a new connection neither', async () => {
  const database = await testDatabase('control_silent', []);
  onTestFinished(() => database.drop());
  const transaction = await WorkTransaction.open(database.settings);
  onTestFinished(() => transaction.link.end());
  const network = await openProxy(database.settings);
  onTestFinished(() => network.close());
  const control = await Control.open(network.settings, transaction.backend, () => {}, { patienceMs: 200 });
  onTestFinished(() => control.close());
  expect(await control.ask('SELECT 1 AS one')).toEqual([{ one: 1 }]);
  network.break('freeze');
  await expect(control.ask('SELECT 1 AS one')).rejects.toMatchObject({ code: 'connection-lost' });
});
