import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { CheckDocument } from '../../src/report/document.ts';
import { catalogOf } from '../helpers/database.ts';
import { cacheOfFile, SCALE, shopOfFile, untilNobodyWorks } from './caches.ts';
import { type Outcome, runPiped, startPiped } from './programs.ts';
import { workloadFolder } from './workloadFolder.ts';

const cache = cacheOfFile();
const shop = shopOfFile(cache);

const PROPOSALS = [
  'customer_lifetime_stats',
  'idx_inventory_product',
  'idx_order_items_product',
  'idx_orders_customer_status',
  'idx_orders_date_status_amount',
];
const TITLES = [
  'Daily revenue trend',
  'Top products by category',
  'Customer cohort analysis',
  'Inventory turnover',
  'Customer lifetime value',
  'Category performance',
];

const check = (...args: string[]): Promise<Outcome> =>
  runPiped({ cache, args: ['check', '--scale', SCALE, ...args] });

async function checkJson(...args: string[]): Promise<CheckDocument> {
  const { code, stdout, stderr } = await check('--json', ...args);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  // Throws when there is anything beside the one document.
  return JSON.parse(stdout);
}

it('prints a table of all proposals and queries, silently, and changes nothing', async () => {
  const before = await catalogOf(shop.link);
  const { code, stdout, stderr } = await check();
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  // biome-ignore lint/suspicious/noControlCharactersInRegex: a pipe gets no escape sequences
  expect(stdout).not.toMatch(/\u001b/);
  expect(stdout).toContain('nothing is committed');
  for (const proposal of PROPOSALS)
    expect(stdout).toMatch(new RegExp(`^${proposal} +built +[\\d.]+ [kMG]?B`, 'm'));
  TITLES.forEach((title, index) => {
    expect(stdout).toMatch(new RegExp(`^${index + 1} +${title} +[\\d.]+ m?s +[\\d.]+ m?s +.* met +`, 'm'));
  });
  expect(stdout).toMatch(/Budget: .*within budget.*projected at production size/);
  await untilNobodyWorks(shop.link);
  expect(await catalogOf(shop.link)).toBe(before);
});

it('writes a page beside either form of its result, and never over a file', async () => {
  const folder = await workloadFolder({
    'queries/01-orders.sql': '-- title: <b>Orders</b>\nSELECT count(*) FROM orders WHERE customer_id = 7',
    'schema/proposals/by_customer.sql': 'CREATE INDEX by_customer ON orders (customer_id)',
  });
  const page = join(folder, 'pages', 'page.html');
  const { code, stdout, stderr } = await check(folder, '--json', '--html', page);
  expect({ code, stderr }).toEqual({ code: 0, stderr: `Wrote ${page}\n` });
  const document = JSON.parse(stdout) as CheckDocument;
  const written = await readFile(page, 'utf8');
  expect(written).toContain('&lt;b&gt;Orders&lt;/b&gt;');
  expect(written).not.toContain('<b>Orders');
  for (const label of document.queries[0]?.after.plan.map(node => node.label) ?? ['no plan'])
    expect(written).toContain(label);
  const again = await check(folder, '--html', page);
  expect(again).toMatchObject({ code: 2, stdout: '' });
  expect(again.stderr).toMatch(/^pgopt-explore: .*page\.html exists already.*\n$/);
});

it('prints one JSON document with six queries measured before and after five proposals', async () => {
  const document = await checkJson();
  expect(document).toMatchObject({
    format: 'pgopt-explore/check',
    version: 1,
    target: {
      embedded: true,
      scale: Number(SCALE),
      serverVersion: expect.stringMatching(/^15\./),
      hiding: 'catalog',
    },
    storage: { complete: true, budgetBytes: 2 * 1024 ** 3 },
  });
  expect(document.target.loadedOn).toMatch(/^\d{4}-\d\d-\d\d$/);
  expect(document.target.tables.map(({ name }) => name).sort()).toEqual(
    ['categories', 'customers', 'inventory', 'order_items', 'orders', 'products'].sort(),
  );

  expect(document.proposals.map(({ id }) => id)).toEqual(PROPOSALS);
  for (const proposal of document.proposals) {
    expect(proposal).toMatchObject({ on: true, state: 'built', reason: null });
    expect(proposal.bytes).toBe(proposal.objects.reduce((sum, { bytes }) => sum + bytes, 0));
    expect(proposal.objects.every(({ usable, bytes }) => usable && bytes > 0)).toBe(true);
  }
  expect(document.storage.bytes).toBe(document.proposals.reduce((sum, { bytes }) => sum + (bytes ?? 0), 0));
  expect(document.storage.projectedBytes ?? 0).toBeGreaterThan(document.storage.bytes);

  expect(document.queries.map(({ number, title }) => [number, title])).toEqual(
    TITLES.map((title, index) => [index + 1, title]),
  );
  for (const query of document.queries) {
    for (const side of [query.before, query.after]) {
      expect(side.how, query.id).toMatch(/^(measured|reused)$/);
      expect(side.runsMs.length, query.id).toBeGreaterThan(0);
      expect(side.medianMs ?? 0, query.id).toBeGreaterThan(0);
      expect(side.failure, query.id).toBeNull();
      expect(side.plan[0], query.id).toMatchObject({ depth: 0, executed: true });
    }
    if (!query.samePlan)
      expect(query.factor ?? 0, query.id).toBeCloseTo(
        (query.before.medianMs ?? 0) / (query.after.medianMs ?? 1),
        6,
      );
    if (query.change === 'faster' || query.change === 'slower') expect(query.tooFew, query.id).toBe(false);
    // Plans that take no second are run often enough for a first look at their difference.
    const isQuick = [query.before, query.after].every(({ maxMs }) => (maxMs ?? 0) < 500);
    if (!query.samePlan && isQuick)
      expect(Math.min(query.before.runsMs.length, query.after.runsMs.length)).toBeGreaterThanOrEqual(4);
  }
  expect(document.queries[0]?.before.uses).toEqual(['orders']);
  expect(document.queries[0]?.after.uses).toContain('idx_orders_date_status_amount');
  expect(document.queries[4]?.after.rewrite).toBe('customer_lifetime_stats');
  // The session's own names stay inside.
  expect(JSON.stringify(document)).not.toMatch(/~[0-9a-f]{8}|pgopt_[0-9a-f]{8}/);
});

it('switches on only what is chosen', async () => {
  const isOn = (document: CheckDocument): string[] =>
    document.proposals.filter(({ on }) => on).map(({ id }) => id);
  const chosen = 'idx_orders_date_status_amount';
  const only = await checkJson('--only', chosen);
  expect(isOn(only)).toEqual([chosen]);
  expect(only.proposals.filter(({ state }) => state === 'built').map(({ id }) => id)).toEqual([chosen]);
  expect(only.queries[0]?.after.uses).toContain(chosen);
  // Its plan is the same without the view: run once, reused once.
  const ltv = only.queries[4];
  expect(ltv).toMatchObject({ samePlan: true, factor: null, after: { rewrite: null } });
  expect([ltv?.before.how, ltv?.after.how].sort()).toEqual(['measured', 'reused']);

  const without = await checkJson('--without', `${chosen},customer_lifetime_stats`);
  expect(isOn(without)).toEqual(PROPOSALS.slice(1, 4));
  expect(without.queries[0]?.after.uses).not.toContain(chosen);
});

it('runs on the template that init writes', async () => {
  const cwd = await workloadFolder({});
  expect((await runPiped({ cache, cwd, args: ['init', 'mine'] })).code).toBe(0);
  const { code, stdout, stderr } = await runPiped({ cache, cwd, args: ['check', 'mine', '--scale', SCALE] });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toMatch(/^orders_by_date +built /m);
});

it('ends quietly when its reader has gone away', async () => {
  const running = startPiped({ cache, args: ['check', '--scale', SCALE] });
  running.process.stdout?.destroy();
  expect(await running.outcome).toMatchObject({ code: 0, stderr: '' });
});

it('names the proposals when it is given another name', async () => {
  for (const option of ['--only', '--without']) {
    const { code, stdout, stderr } = await check(option, 'idx_orders');
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toBe(
      `pgopt-explore: there is no proposal "idx_orders": choose from ${PROPOSALS.join(', ')}\n`,
    );
  }
});
