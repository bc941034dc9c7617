import { afterEach, beforeEach, expect, it } from 'vitest';
import { connectTrusted as connect } from '../../src/database/link.ts';
import { catalogOf } from '../helpers/database.ts';
import { countOn, inOrder, planName } from '../helpers/shown.ts';
import type { Terminal } from '../helpers/terminal.ts';
import { cacheOfFile, shopOfFile, untilNobodyWorks } from './caches.ts';
import { explorer } from './programs.ts';

const cache = cacheOfFile();
const shop = shopOfFile(cache);

let before = '';
beforeEach(async () => {
  before = await catalogOf(shop.link);
});
// However it ended, no server process of it works any more, and nothing was committed.
afterEach(async () => {
  await untilNobodyWorks(shop.link);
  expect(await catalogOf(shop.link)).toBe(before);
});

/** An explorer that has built everything and shows a plan after. */
async function busyExplorer(): Promise<Terminal> {
  const terminal = explorer({ cache });
  await terminal.until(planName('before', 1), 'the plan of query 1');
  terminal.type('a');
  await terminal.until(
    inOrder(countOn(5, 5), planName('after', 1), 'IdxOnly'),
    'the plan with all proposals',
  );
  return terminal;
}

/** As the shell left it: the usual screen, a cursor, and a line that echoes and takes Ctrl-C as a signal. */
function expectRestored(terminal: Terminal): void {
  expect(terminal.switches).toEqual({ entered: 1, left: 1 });
  expect(terminal.alternate).toBe(false);
  expect(terminal.cursorVisible).toBe(true);
  expect(terminal.bracketedPaste).toBe(false);
  const raw = terminal.raw();
  expect(raw).toContain('\u001b[?1000h');
  expect(raw.lastIndexOf('\u001b[?1000l')).toBeGreaterThan(raw.lastIndexOf('\u001b[?1000h'));
  expect(terminal.screen().trim()).toBe('');
  expect(terminal.lineDiscipline()).toEqual(
    expect.arrayContaining(['echo', 'icanon', 'isig', 'icrnl', 'opost']),
  );
}

const ways: readonly { name: string; code: number; leave: (terminal: Terminal) => void }[] = [
  { name: 'q', code: 0, leave: terminal => terminal.type('q') },
  { name: 'Ctrl-C', code: 130, leave: terminal => terminal.type('\u0003') },
  { name: 'SIGINT', code: 130, leave: terminal => terminal.kill('SIGINT') },
  { name: 'SIGTERM', code: 143, leave: terminal => terminal.kill('SIGTERM') },
  { name: 'SIGHUP', code: 129, leave: terminal => terminal.kill('SIGHUP') },
];

it.each(ways)('restores the terminal and ends with $code after $name', async ({ code, leave }) => {
  const terminal = await busyExplorer();
  expect(terminal.lineDiscipline()).toEqual(expect.arrayContaining(['-echo', '-icanon']));
  leave(terminal);
  expect(await terminal.exit).toEqual({ code, signal: 0 });
  expectRestored(terminal);
});

it.each(ways)('does the same while it is still starting, after $name', async ({ code, leave }) => {
  const terminal = explorer({ cache });
  await terminal.until(/E-commerce analytics/, 'the start');
  leave(terminal);
  expect(await terminal.exit).toEqual({ code, signal: 0 });
  expectRestored(terminal);
});

it('leaves nothing on the server after kill -9, and starts again', async () => {
  const terminal = await busyExplorer();
  terminal.kill('SIGKILL');
  expect(await terminal.exit).toEqual({ code: 0, signal: 9 });
  await untilNobodyWorks(shop.link);
  expect(await catalogOf(shop.link)).toBe(before);
  const next = await busyExplorer();
  next.type('q');
  expect((await next.exit).code).toBe(0);
});

it('says that the connection is lost when the server ends it, restores the terminal, and ends with 1', async () => {
  const terminal = await busyExplorer();
  const other = await connect(shop.settings, 'test');
  await other.query(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'pgopt-explore work'`,
  );
  await other.end();
  await terminal.until(
    /The connection to the database is lost[\s\S]*nothing was committed/,
    'that it is lost',
  );
  terminal.type('q');
  expect(await terminal.exit).toEqual({ code: 1, signal: 0 });
  expectRestored(terminal);
});
