import { expect, it } from 'vitest';
import { catalogOf } from '../helpers/database.ts';
import { HOW_GOT, inLine, inOrder, measuringQuery, planName, SHOWN } from '../helpers/shown.ts';
import { cacheOfFile, SCALE, shopOfFile, untilNobodyWorks } from './caches.ts';
import { explorer } from './programs.ts';
import { workloadFolder } from './workloadFolder.ts';

const cancelled = `${SHOWN.estimatedOnly}: ${SHOWN.cancelled}`;

const cache = cacheOfFile();
const shop = shopOfFile(cache);

/** Runs for far longer than a test waits, so whatever shows up has not waited for it. */
const SLOW = `-- title: Slow
SELECT count(*), pg_sleep(600) FROM orders WHERE order_id = 1 OR shipping_address_id = 1;
`;

it('answers keys while a query runs that takes longer than anybody waits, cancels it, and quits', async () => {
  const before = await catalogOf(shop.link);
  const folder = await workloadFolder({
    'queries/01-slow.sql': SLOW,
    'queries/02-quick.sql': '-- title: Quick\nSELECT count(*) FROM orders WHERE shipping_address_id = 1;\n',
    'schema/proposals/by_address.sql': 'CREATE INDEX by_address ON orders (shipping_address_id);\n',
    'schema/workload.json': '{ "title": "Test", "budgets": { "timeout": "700 s" } }',
  });
  const terminal = explorer({ cache, args: [folder, '--scale', SCALE] });
  await terminal.until(measuringQuery(1), 'the slow query runs');
  terminal.type(' ');
  await terminal.until(/▸\[x\] by_address/, 'the box is on');
  await terminal.until(inOrder(planName('after', 1), 'by_address'), 'the plan with the index');
  terminal.type('2');
  await terminal.until(
    inOrder(inLine(planName('after', 2), HOW_GOT.measured), 'by_address'),
    'the other query, measured',
  );
  terminal.type('1');
  await terminal.until(inOrder(planName('before', 1), measuringQuery(1)), 'the slow query runs again');
  terminal.type('x');
  await terminal.until(
    inOrder(`${planName('after', 1)} · ${cancelled}`, `${measuringQuery(1)} before`),
    'its other plan',
  );
  terminal.type('x');
  await terminal.until(
    inOrder(`${planName('before', 1)} · ${cancelled}`, ` ${SHOWN.idle}`),
    'nothing more to do',
  );
  terminal.type('r');
  await terminal.until(measuringQuery(1), 'it runs once more, and is left like that');
  terminal.type('q');
  expect(await terminal.exit).toEqual({ code: 0, signal: 0 });
  await untilNobodyWorks(shop.link);
  expect(await catalogOf(shop.link)).toBe(before);
});
