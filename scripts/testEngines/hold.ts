/** Builds an index, says so when the event in PGOPT_ENGINE_AT has come, and waits to be killed. */
import { openSession } from '../../src/session/opening.ts';
import { record } from '../../test/helpers/recorder.ts';
import { makeWorkload } from '../../test/helpers/workload.ts';
import { settingsOf } from './settings.ts';

const workload = await makeWorkload({
  queries: { one: 'SELECT amount FROM pgopt_engines.orders WHERE customer = 7' },
  proposals: { held: 'CREATE INDEX held ON pgopt_engines.orders (customer)' },
});
const settings = settingsOf(process.env.PGOPT_ENGINE_URL ?? '');
const session = await openSession({ settings, workload, eager: false, now: Date.now });
const recorder = record(session);
session.setDesired({ revision: 1, proposals: ['held'], queryId: 'one' });
await recorder.until(event => event.type === process.env.PGOPT_ENGINE_AT, 0);
console.log('now');
