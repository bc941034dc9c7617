/** Lenses in the built program: production's plans under p, a lens's file made and looked through; nothing stays behind. */
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { connectTrusted as connect } from '../../src/database/link.ts';
import { countOn, HOW_GOT, IDLE, inLine, SHOWN } from '../helpers/shown.ts';
import { cacheOfFile, SCALE, shopOfFile } from './caches.ts';
import { explorer, runPiped } from './programs.ts';

const cache = cacheOfFile();
const shop = shopOfFile(cache);

async function lensesOpen(): Promise<number> {
  const link = await connect(shop.settings, 'test');
  const rows = await link.query("SELECT FROM pg_database WHERE datname ~ '^lens_[0-9a-z]+$'");
  await link.end();
  return rows.length;
}

async function lensesLeft(): Promise<number> {
  const link = await connect(shop.settings, 'test');
  const rows = await link.query(
    "SELECT datname FROM pg_database WHERE datname LIKE 'lens%' UNION ALL SELECT rolname FROM pg_roles WHERE rolname LIKE 'lens%'",
  );
  await link.end();
  return rows.length;
}

it('shows what production would choose, what it took for granted, and goes back', async () => {
  const app = explorer({ cache });
  await app.until(IDLE, 'the baseline');
  app.type('ap');
  await app.until(`${SHOWN.atProduction} · planned in a lens`, 'the header says what is shown');
  await app.until(inLine('in production ', ` ${SHOWN.overBudget}`), 'sizes of production');
  expect(app.screen()).toMatch(/idx_order_items_product +\d\.\d+ GB/);
  expect(app.screen()).not.toContain(HOW_GOT.measured);
  app.type('P');
  await app.until(/orders +\S+ k? *50 M/, 'the rows that production is taken to have');
  app.type('\u001b');
  await app.until(inLine('Queries · ', SHOWN.atProduction), 'back on the panes');
  app.type('p');
  await app.until(SHOWN.safe, 'the database itself');
  app.type('A4');
  await app.until(
    /Planned in a lens, never run: PostgreSQL planned \d+ of 192/,
    'the plans of all configurations, by the same lens',
  );
  expect(app.screen()).toMatch(/idx_order_items_product +\d\.\d+ GB/);
  expect(await lensesOpen()).toBe(1);
  app.type('1');
  await app.until(SHOWN.safe, 'what is measured here');
  app.type('q');
  await app.until(/▸ F3 Proposals/, 'the panes');
  // A opened the advice, so a survey is under way: q asks.
  app.type('q');
  await app.until(/Quit and discard the survey that is under way\?/, 'the question');
  app.type('y');
  expect(await app.exit).toEqual({ code: 0, signal: 0 });
  expect(await lensesLeft()).toBe(0);
});

it('looks through a lens that it has printed, without a database', async () => {
  const printed = await runPiped({ cache, args: ['lens', '--demo', '--scale', SCALE, '--redact'] });
  expect(printed.code).toBe(0);
  const file = join(await mkdtemp(join(tmpdir(), 'pgopt-lens-')), 'shop.json');
  await writeFile(file, printed.stdout);
  const app = explorer({ cache, args: ['--lens', file] });
  await app.until(SHOWN.idle + SHOWN.allPlanned, 'the plans of the lens');
  expect(app.screen()).toMatch(/lens of shop_\S+, PostgreSQL 15/);
  app.type('a');
  await app.until(countOn(5, 5), 'proposals are switched as anywhere');
  await app.until(new RegExp(` other |${SHOWN.samePlan}`), 'and plans compared');
  app.type('A');
  await app.until(
    /Planned in a lens, never run: PostgreSQL planned \d+ of 192/,
    'what its planner would use',
  );
  app.type('q');
  await app.until(/▸ F3 Proposals/, 'the panes');
  app.type('q');
  expect(await app.exit).toEqual({ code: 0, signal: 0 });
  expect(await lensesLeft()).toBe(0);
});

let lensOfShop: string | undefined;
/** A file with the shop's lens, printed once. */
async function lensFile(): Promise<{ readonly folder: string; readonly file: string }> {
  lensOfShop ??= (await runPiped({ cache, args: ['lens', '--demo', '--scale', SCALE] })).stdout;
  const folder = await mkdtemp(join(tmpdir(), 'pgopt-lens-'));
  const file = join(folder, 'shop.json');
  await writeFile(file, lensOfShop);
  return { folder, file };
}

it('judges what plans and bytes decide, and plans every configuration, in a lens without a screen', async () => {
  const { file } = await lensFile();
  const checked = await runPiped({ cache, args: ['check', '--lens', file, '--json'] });
  const check = JSON.parse(checked.stdout);
  expect(check.target).toMatchObject({ lens: { of: expect.stringContaining('PostgreSQL 15') }, user: null });
  expect(check.queries).toHaveLength(6);
  for (const { after } of check.queries)
    expect(after).toMatchObject({ how: 'planned', medianMs: null, failure: null });
  for (const proposal of check.proposals) expect(proposal).toMatchObject({ state: 'built', buildMs: null });
  const states = new Map(
    [...check.requirements, ...check.invariants].map(({ id, after, verdict }) => [
      id,
      (after ?? verdict).state,
    ]),
  );
  expect(states.get('REQ-01')).toBe('not measured');
  expect(states.get('REQ-07')).toBe('pass');
  expect(states.get('nothing-committed')).toBe('not applicable');
  // The lens's own indexes are the proposals, and it counts no scans.
  expect(check.indexNotes).toEqual([]);

  const advised = await runPiped({ cache, args: ['advise', '--lens', file, '--json'] });
  expect(advised.code).toBe(0);
  const { measured, effort, atProduction } = JSON.parse(advised.stdout);
  expect({ measured, executions: effort.executions }).toEqual({ measured: false, executions: 0 });
  expect(atProduction.planned).toHaveLength(32);
  const everything = atProduction.planned.find(
    ({ proposals }: { readonly proposals: readonly string[] }) => proposals.length === 5,
  );
  for (const [at, { plans }] of atProduction.plans.entries()) {
    const plan = plans[everything.plans[at]];
    expect(plan.plan[0]).toMatchObject({ depth: 0, totalCost: plan.estimatedCost });
    expect(plan.fingerprint).toBe(check.queries[at].after.fingerprint);
  }
  const text = await runPiped({ cache, args: ['advise', '--lens', file] });
  expect(text.stdout).toMatch(/^Lens of shop_\S+, PostgreSQL 15.*nothing was run/m);
  expect(text.stdout).not.toMatch(/No recommendation|frontier/);
  expect(await lensesLeft()).toBe(0);
});

it('plans every configuration at production size, and runs no query for it', async () => {
  const advised = await runPiped({ cache, args: ['advise', '--production', '--scale', SCALE, '--json'] });
  expect(advised.code).toBe(0);
  const { measured, effort, recommended, atProduction } = JSON.parse(advised.stdout);
  expect({ measured, executions: effort.executions, recommended }).toEqual({
    measured: false,
    executions: 0,
    recommended: null,
  });
  expect(atProduction.planned).toHaveLength(32);
  expect(atProduction.everything.costs.bytes).toBeGreaterThan(10e9);
});

it.each([
  [['check', '--lens', 'shop.json', '--url', 'x'], '--lens and --url exclude each other'],
  [['check', '--lens', 'shop.json', '--scales', '0.1,0.2'], '--scales and --lens exclude each other'],
  [['advise', '--lens', 'shop.json', '--production'], '--production and --lens exclude each other'],
  [['advise', '--lens', 'shop.json', '--budget', '5s'], '--budget does not apply to a lens'],
  [['advise', '--lens', 'shop.json', '--write', 'change'], '--write needs a database'],
  [['advise', '--production', '--budget', '0x'], '--budget must be a duration, not 0x'],
])('refuses %j', async (args, message) => {
  const { folder } = await lensFile();
  const refused = await runPiped({ cache, args, cwd: folder });
  expect(refused.code).toBe(2);
  expect(refused.stderr).toContain(message);
});

it.each([
  ['{"format": "pgopt-explore lens", "version": 7}', /newer/],
  ['[1, 2', /shop\.json/],
  ['{"format": "something else"}', /format|lens/],
])('says in one line what is wrong with %s', async (text, said) => {
  const file = join(await mkdtemp(join(tmpdir(), 'pgopt-lens-')), 'shop.json');
  await writeFile(file, text);
  const app = explorer({ cache, args: ['--lens', file] });
  expect((await app.exit).code).toBe(2);
  expect(app.screen()).toMatch(said);
  expect(app.screen()).not.toMatch(/ at .*\(.*:\d+:\d+\)/);
});
