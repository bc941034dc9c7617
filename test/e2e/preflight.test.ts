/** Nothing happens on a named database before a yes, in the explorer and in check. */
import { expect, it } from 'vitest';
import { catalogOf } from '../helpers/database.ts';
import { cacheOfFile, shopOfFile } from './caches.ts';
import { explorer, runPiped } from './programs.ts';

const cache = cacheOfFile();
const shop = shopOfFile(cache);

function target(): { args: string[]; env: Record<string, string> } {
  const { host, port, user, database, password = '' } = shop.settings;
  const url = `postgresql://${user}@/${database}?host=${encodeURIComponent(host)}&port=${port}`;
  return { args: ['--url', url], env: { PGPASSWORD: password } };
}

const ours = async (): Promise<string[]> => {
  const rows = await shop.link.query(
    "SELECT application_name AS name FROM pg_stat_activity WHERE application_name LIKE 'pgopt-explore%' AND datname = current_database()",
  );
  return rows.map(({ name }) => String(name));
};

it('shows what it is about to do, and does nothing at a no', async () => {
  const before = await catalogOf(shop.link);
  const app = explorer({ cache, ...target() });
  await app.until(/Go on\? y yes {3}q no/, 'the question');
  expect(app.screen()).toContain(`${shop.settings.database} on PostgreSQL 15`);
  expect(app.screen()).toMatch(/order_items +\d/);
  expect(await ours()).toEqual([]);
  app.type('q');
  expect(await app.exit).toEqual({ code: 0, signal: 0 });
  expect(await catalogOf(shop.link)).toBe(before);
});

it('opens the transaction at a yes, and the ledger tells what was sent', async () => {
  const app = explorer({ cache, ...target() });
  await app.until(/Go on\?/, 'the question');
  app.type('y');
  await app.until(/\[ \] customer_lifetime_stats/, 'the panes');
  expect(await ours()).toContain('pgopt-explore work');
  app.type('i');
  await app.until(/Statements sent[\s\S]*BEGIN|Statements sent/, 'the ledger');
  app.type('G');
  await app.until(/BEGIN ISOLATION LEVEL REPEATABLE READ/, 'its first statement');
  app.type('q');
  app.type('q');
  expect(await app.exit).toEqual({ code: 0, signal: 0 });
});

it('asks for --yes without a terminal, and does nothing before', async () => {
  const { args, env } = target();
  const before = await catalogOf(shop.link);
  const { code, stdout, stderr } = await runPiped({ cache, args: ['check', ...args], env });
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toMatch(/^pgopt-explore: this database is not the embedded one.*--yes/m);
  expect(stderr).toContain('Locks, held until the session ends');
  expect(await catalogOf(shop.link)).toBe(before);
});

it('refuses a timeout that is none', async () => {
  const { args, env } = target();
  const { code, stderr } = await runPiped({
    cache,
    args: ['check', '--yes', '--lock-timeout', 'soon', ...args],
    env,
  });
  expect(code).toBe(2);
  expect(stderr).toBe(
    'pgopt-explore: --lock-timeout "soon" is not a duration: write it like 500ms, 5s or 30min; 0 means no limit\n',
  );
});
