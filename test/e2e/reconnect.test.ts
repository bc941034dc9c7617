/** The server goes away under the explorer, which says what was lost, and comes back on a key. */
import { expect, it } from 'vitest';
import { connectTrusted as connect } from '../../src/database/link.ts';
import { killServer, serverIn, start } from '../database/embedded/caches.ts';
import { HOW_GOT, inLine, inOrder, planName, SHOWN } from '../helpers/shown.ts';
import { type Trace, traceOf, untilNothingRemains } from '../helpers/trace.ts';
import { cacheOfFile, shopOfFile } from './caches.ts';
import { explorer } from './programs.ts';

const cache = cacheOfFile();
const shop = shopOfFile(cache);

/** The explorer was the last one and has stopped the server: it is started once more to look. */
async function expectNoTrace(before: Trace): Promise<void> {
  const server = await start(cache.root);
  const link = await connect(shop.settings, 'test');
  await untilNothingRemains(link);
  expect(await traceOf(link)).toEqual(before);
  await link.end();
  await server.release();
}

it('starts an embedded server anew that was stopped the hard way, and builds what was on', async () => {
  const before: Trace = await traceOf(shop.link);
  const terminal = explorer({ cache });
  await terminal.until(planName('before', 1), 'the plan of query 1');
  terminal.type('jjjj ');
  await terminal.until(/\[x\] idx_orders_date_status_amount .*Q\d/, 'it is built');
  const first = await serverIn(cache.root);
  // As pg_ctl stop -m immediate does.
  await killServer(cache.root, 'SIGQUIT');
  await terminal.until(
    inOrder(
      'is lost',
      'nothing was committed',
      /Gone with it: .*idx_orders_date_status_amount/,
      `r ${SHOWN.reconnects}`,
    ),
    'what was lost',
  );
  terminal.type('r');
  await terminal.until(/▸\[x\] idx_orders_date_status_amount .*Q\d/, 'it is built again');
  await terminal.until(inLine(`${planName('after', 1)} `, ` ${HOW_GOT.measured}`), 'it is measured again');
  const second = await serverIn(cache.root);
  expect(second).toBeTypeOf('number');
  expect(second).not.toBe(first);
  terminal.type('q');
  expect(await terminal.exit).toEqual({ code: 0, signal: 0 });
  // Ours lost its lease with the first server: it did not use the second one any more.
  expect(await serverIn(cache.root)).toBeUndefined();

  await expectNoTrace(before);
});

it('says in a line why it cannot reconnect, and tries again', async () => {
  const terminal = explorer({ cache, columns: 160 });
  await terminal.until(planName('before', 1), 'the plan of query 1');
  const link = await connect(shop.settings, 'test');
  const before = await traceOf(link);
  // A database is closed from another one.
  const elsewhere = await connect({ ...shop.settings, database: 'postgres' }, 'test');
  await elsewhere.query(`ALTER DATABASE "${shop.settings.database}" ALLOW_CONNECTIONS false`);
  await link.query(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'pgopt-explore %'`,
  );
  await terminal.until(`r ${SHOWN.reconnects}`, 'that it is lost');
  terminal.type('r');
  await terminal.until(
    inOrder('✗ cannot connect ', 'not currently accepting connections', `r ${SHOWN.reconnects}`),
    'why not',
  );
  await elsewhere.query(`ALTER DATABASE "${shop.settings.database}" ALLOW_CONNECTIONS true`);
  await elsewhere.end();
  terminal.type('r');
  await terminal.until(planName('before', 1), 'the plan of query 1, again');
  terminal.type('q');
  expect(await terminal.exit).toEqual({ code: 0, signal: 0 });
  await link.end();
  await expectNoTrace(before);
});
