/** The built program is ended in the middle of its work, in every way there is: nothing is left. */
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, onTestFinished } from 'vitest';
import { measuringQuery, planName } from '../helpers/shown.ts';
import type { Terminal } from '../helpers/terminal.ts';
import { type Trace, traceOf, untilNothingRemains } from '../helpers/trace.ts';
import { cacheOfFile, SCALE, shopOfFile, untilFound } from './caches.ts';
import { explorer, startPiped } from './programs.ts';
import { workloadFolder } from './workloadFolder.ts';

const cache = cacheOfFile();
const shop = shopOfFile(cache);

let before: Trace;
beforeEach(async () => {
  before = await traceOf(shop.link);
});
afterEach(async () => {
  await untilNothingRemains(shop.link);
  expect(await traceOf(shop.link)).toEqual(before);
});

/** Each takes far longer than any test. */
const SLOW = {
  build: {
    'queries/01-quick.sql': 'SELECT 1;\n',
    'schema/proposals/a_quick.sql': 'CREATE INDEX a_quick ON orders (status);\n',
    'schema/proposals/b_slow.sql':
      'CREATE MATERIALIZED VIEW b_slow AS SELECT order_id, pg_sleep(600)::text FROM orders;\n',
  },
  measurement: {
    'queries/01-slow.sql': 'SELECT count(*), pg_sleep(600) FROM orders;\n',
    'schema/proposals/a_quick.sql': 'CREATE INDEX a_quick ON orders (status);\n',
  },
} as const;
const DOES = { build: /building b_slow/, measurement: measuringQuery(1) } as const;

async function busyWith(what: keyof typeof SLOW, env: NodeJS.ProcessEnv = {}): Promise<Terminal> {
  const terminal = explorer({ cache, args: [await workloadFolder(SLOW[what]), '--scale', SCALE], env });
  await terminal.until(planName('before', 1), 'the plan');
  terminal.type('a');
  await terminal.until(DOES[what], `it is busy with a ${what}`);
  return terminal;
}

const ways: readonly { name: string; code: number; end: (terminal: Terminal) => void }[] = [
  { name: 'Ctrl-C', code: 130, end: terminal => terminal.type('\u0003') },
  { name: 'SIGTERM', code: 143, end: terminal => terminal.kill('SIGTERM') },
  { name: 'SIGHUP', code: 129, end: terminal => terminal.kill('SIGHUP') },
  { name: 'a closed terminal', code: 129, end: terminal => terminal.hangUp() },
  { name: 'SIGHUP from system and shell, until it ends,', code: 129, end: hangUpAgainAndAgain },
];

function hangUpAgainAndAgain(terminal: Terminal): void {
  const again = setInterval(() => {
    try {
      terminal.kill('SIGHUP');
    } catch {
      // It has ended, and the system says so before its exit code is known here.
      clearInterval(again);
    }
  }, 1);
  onTestFinished(() => clearInterval(again));
}

it.each(ways)('$name in a build', async ({ code, end }) => {
  const terminal = await busyWith('build');
  end(terminal);
  expect(await terminal.exit).toEqual({ code, signal: 0 });
});

it.each(['build', 'measurement'] as const)('kill -9 in a %s', async what => {
  const terminal = await busyWith(what);
  terminal.kill('SIGKILL');
  expect(await terminal.exit).toEqual({ code: 0, signal: 9 });
});

/** Throws in the program, from outside, uncaught: on SIGUSR2. */
const INJECTED = {
  NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(
    "process.on('SIGUSR2',()=>{throw new TypeError('injected')})",
  )}`,
};
const LINE =
  /^pgopt-explore: unexpected error \(TypeError: injected\): nothing was committed; please report it \(the log, without rows and passwords, is (\S+)\)$/;

async function logFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'pgopt-explore-logs-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

async function expectLog(folder: string): Promise<void> {
  const [name = '', ...others] = (await readdir(folder)).filter(file => file.endsWith('.log'));
  expect(others).toEqual([]);
  expect((await stat(join(folder, name))).mode & 0o777).toBe(0o600);
  expect(await readFile(join(folder, name), 'utf8')).toMatch(/TypeError: injected\n\s+at /);
}

it('an unforeseen error in a build: one line, a log, the terminal restored', async () => {
  const TMPDIR = await logFolder();
  const terminal = await busyWith('build', { ...INJECTED, TMPDIR });
  terminal.kill('SIGUSR2');
  expect(await terminal.exit).toEqual({ code: 1, signal: 0 });
  expect(terminal.screen().replaceAll('\n', '').trim()).toMatch(LINE);
  expect(terminal.switches).toEqual({ entered: 1, left: 1 });
  expect(terminal.cursorVisible).toBe(true);
  expect(terminal.lineDiscipline()).toEqual(expect.arrayContaining(['echo', 'icanon', 'isig']));
  await expectLog(TMPDIR);
});

it('an unforeseen error in check: one line, and a log', async () => {
  const TMPDIR = await logFolder();
  const folder = await workloadFolder(SLOW.measurement);
  const running = startPiped({
    cache,
    args: ['check', folder, '--scale', SCALE],
    env: { ...INJECTED, TMPDIR },
  });
  const measuring = `SELECT 1 FROM pg_stat_activity
    WHERE application_name = 'pgopt-explore work' AND state = 'active' AND query LIKE '%pg_sleep(600)%'`;
  await untilFound(shop.link, measuring, running);
  running.process.kill('SIGUSR2');
  const { code, stdout, stderr } = await running.outcome;
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(stderr.trim()).toMatch(LINE);
  await expectLog(TMPDIR);
});
