/** The whole explorer on a terminal of the test's own: what is written, what is restored, and how it ends. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, it, vi } from 'vitest';

// With CI set, Ink draws its last frame only.
vi.hoisted(() => {
  delete process.env.CI;
  delete process.env.CONTINUOUS_INTEGRATION;
});

import { EventEmitter } from 'node:events';
import { stripVTControlCharacters } from 'node:util';
import { CATALOG, PgoptError } from '../../src/base/errors.ts';
import type { ExplorerSession, StartupEvent } from '../../src/session/events.ts';
import { runExplorer } from '../../src/tui/explorer.ts';
import type { Workload } from '../../src/workload/workload.ts';
import { FakeSession } from '../helpers/fakeSession.ts';
import { SHOWN } from '../helpers/shown.ts';
import { FakeInput, FakeOutput, NO_SUGGESTIONS, TARGET } from '../helpers/tuiHarness.tsx';
import { shop } from './shop.ts';

const ENTER = '\u001b[?1049h';
const LEAVE = '\u001b[?1049l';
const SHOW_CURSOR = '\u001b[?25h';

/** The part of `process` that the explorer uses, with nothing behind it. */
class FakeProcess extends EventEmitter {
  readonly stdin = new FakeInput();
  readonly stdout = new FakeOutput(100, 30);
  readonly stderr = new FakeOutput(100, 30);
  readonly env = { NODE_ENV: 'production' };
  readonly pid = 4711;
  readonly kills: unknown[] = [];

  kill(pid: number, signal: NodeJS.Signals): true {
    this.kills.push([pid, signal]);
    return true;
  }

  get screen(): string {
    return this.stdout.writes.join('');
  }

  count(sequence: string): number {
    return this.screen.split(sequence).length - 1;
  }
}

interface Run {
  readonly io: FakeProcess;
  readonly exit: Promise<number>;
  readonly session: FakeSession;
  readonly signal: () => AbortSignal | undefined;
}

type Launch = (
  report: (event: StartupEvent) => void,
  session: ExplorerSession,
  signal: AbortSignal,
) => Promise<ExplorerSession>;

const NO_CHANGE: Parameters<typeof runExplorer>[0]['change'] = { write: async () => [] };

const NO_PROPOSALS: Parameters<typeof runExplorer>[0]['proposals'] = {
  parse: () => Promise.reject(new Error('not expected')),
  save: () => Promise.reject(new Error('not expected')),
  editor: () => Promise.reject(new Error('not expected')),
};

const NO_PRODUCTION: Parameters<typeof runExplorer>[0]['production'] = () =>
  Promise.reject(new Error('not expected'));

/** Of its own accord it would wait for a second: a busy machine takes longer. */
const until = (condition: () => boolean) => vi.waitUntil(condition, { timeout: 30_000 });

const launchAtOnce: Launch = async (_report, session) => session;

/**
 * @param typesAhead Keys are sent before Ink is loaded, which reads them.
 * @param reads Reads the files.
 */
async function start(
  launch: Launch = launchAtOnce,
  typesAhead = false,
  reads = async (workload: Workload) => workload,
): Promise<Run> {
  const { workload, script } = await shop();
  const io = new FakeProcess();
  const session = new FakeSession(script);
  let signal: AbortSignal | undefined;
  const exit = runExplorer({
    read: () => reads(workload),
    proposals: NO_PROPOSALS,
    production: NO_PRODUCTION,
    suggestions: NO_SUGGESTIONS,
    change: NO_CHANGE,
    surveyBudgetMs: 1,
    targetOf: () => TARGET,
    launch: (report, given) => {
      signal = given;
      return launch(report, session, given);
    },
    // The fakes have what the explorer uses of the real streams.
    io: io as unknown as Parameters<typeof runExplorer>[0]['io'],
  });
  // A test may look at the end only after it came.
  let hasEnded = false;
  exit
    .catch(() => {})
    .finally(() => {
      hasEnded = true;
    });
  await until(() => stripVTControlCharacters(io.screen).includes('embedded PostgreSQL'));
  if (!typesAhead) await until(() => hasEnded || io.stdin.listenerCount('readable') > 0);
  return { io, exit, session, signal: () => signal };
}

/** The terminal is as it was: left as often as entered, the cursor shown last, no listener forgotten. */
function expectRestored(io: FakeProcess, times = 1, stillHeard: readonly string[] = []): void {
  expect(io.count(ENTER)).toBe(times);
  expect(io.count(LEAVE)).toBe(times);
  expect(io.screen.lastIndexOf(SHOW_CURSOR)).toBeLessThan(io.screen.lastIndexOf(LEAVE));
  expect(io.screen.indexOf('\u001b[3J')).toBe(-1);
  expect(io.eventNames()).toEqual(stillHeard);
  expect(io.stdout.listenerCount('resize')).toBe(0);
  expect(io.stdin.rawModes.at(-1)).toBe(false);
}

afterEach(() => vi.restoreAllMocks());

it('shows the steps of the start, then the panes', async () => {
  let ready: (() => void) | undefined;
  const { io, exit } = await start(async (report, session) => {
    report({ type: 'startup:step', message: 'starting PostgreSQL 15' });
    await new Promise<void>(resolve => {
      ready = resolve;
    });
    return session;
  });
  await until(() => io.screen.includes('starting PostgreSQL 15'));
  ready?.();
  await until(() => io.screen.includes('idx_inventory_product'));
  io.stdin.type('q');
  expect(await exit).toBe(0);
  expectRestored(io);
});

it('is on the screen before Ink is loaded, and what is typed meanwhile is not lost', async () => {
  const { io, exit } = await start(launchAtOnce, true);
  expect(io.stdin.listenerCount('readable')).toBe(0);
  expect(io.stdin.rawModes).toEqual([true]);
  io.stdin.type('q');
  expect(await exit).toBe(0);
  expectRestored(io);
});

it.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
] as const)('on %s ends with %i', async (signal, code) => {
  const { io, exit } = await start();
  io.emit(signal);
  expect(await exit).toBe(code);
  // The shell sends another one after the system's.
  expectRestored(io, 1, signal === 'SIGHUP' ? ['SIGHUP'] : []);
});

it('on Ctrl-C ends with 130 and has closed the session before', async () => {
  const { io, exit, session } = await start();
  const close = vi.spyOn(session, 'close');
  await until(() => session.desiredStates.length > 0);
  io.stdin.type('\u0003');
  expect(await exit).toBe(130);
  expect(close).toHaveBeenCalledTimes(1);
  expectRestored(io);
});

it('aborts the launch when the person leaves meanwhile, and waits for it to clean up', async () => {
  let cleaned = false;
  const { io, exit, signal } = await start(
    (_report, _session, leaving) =>
      new Promise((_resolve, reject) => {
        leaving.addEventListener('abort', () => {
          setTimeout(() => {
            cleaned = true;
            reject(new PgoptError('cancelled', 'cancelled'));
          }, 50);
        });
      }),
  );
  io.stdin.type('q');
  expect(await exit).toBe(0);
  expect(signal()?.aborted).toBe(true);
  expect(cleaned).toBe(true);
  expect(io.stderr.writes).toEqual([]);
  expectRestored(io);
});

it('is on the screen before the files are read', async () => {
  let proceed = (): void => {};
  const reading = new Promise<void>(resolve => {
    proceed = resolve;
  });
  const { io, exit, session } = await start(launchAtOnce, true, async workload => {
    await reading;
    return workload;
  });
  const text = stripVTControlCharacters(io.screen);
  expect(text).toContain('reading the workload');
  expect(text).not.toContain('0 queries');
  proceed();
  await until(() => session.desiredStates.length > 0);
  await until(() => io.stdin.listenerCount('readable') > 0);
  io.stdin.type('q');
  expect(await exit).toBe(0);
  expectRestored(io);
});

it('hears keys, and ends, while the files are long in coming', async () => {
  const { io, exit, session } = await start(launchAtOnce, false, () => new Promise(() => {}));
  for (const key of [
    'j',
    ' ',
    '\r',
    'g',
    '1',
    'e',
    '\u001b',
    'A',
    '?',
    '\u001b',
    ':',
    '\u001b',
    '/',
    'x',
    '\r',
  ]) {
    io.stdin.type(key);
    await sleep(1);
  }
  io.stdin.type('\u0003');
  expect(await exit).toBe(130);
  expect(session.desiredStates).toEqual([]);
  expectRestored(io);
});

it('says what is wrong with the files, on the terminal it has restored', async () => {
  const { io, exit } = await start(launchAtOnce, true, () =>
    Promise.reject(new PgoptError('workload-missing', 'there is no folder x')),
  );
  expect(await exit).toBe(2);
  expect(io.stderr.writes.join('')).toContain('there is no folder x');
  expectRestored(io);
});

it('says why the launch failed, on the terminal it has restored', async () => {
  const { io, exit } = await start(async () => {
    await sleep(20);
    throw new PgoptError('connection-refused', 'nothing listens on port 1');
  });
  expect(await exit).toBe(3);
  expect(io.stderr.writes.join('')).toBe(
    `pgopt-explore: nothing listens on port 1: ${CATALOG['connection-refused'].next}\n`,
  );
  expectRestored(io);
});

it('rejects on a bug, with the terminal restored', async () => {
  const { io, exit } = await start(async () => {
    await sleep(20);
    throw new TypeError('a bug');
  });
  await expect(exit).rejects.toThrow('a bug');
  expectRestored(io);
});

it.each(['uncaughtException', 'unhandledRejection'])(
  'on an uncaught error (%s) rolls back, restores the terminal and rejects',
  async event => {
    const { io, exit, session } = await start();
    const close = vi.spyOn(session, 'close');
    await until(() => session.desiredStates.length > 0);
    io.emit(event, new TypeError('a bug'));
    await expect(exit).rejects.toThrow('a bug');
    expect(close).toHaveBeenCalledTimes(1);
    expectRestored(io);
  },
);

it('reconnects on r when the session was lost, says why that failed, and tries again', async () => {
  const { script } = await shop();
  const sessions: FakeSession[] = [];
  const results: (Error | undefined)[] = [
    undefined,
    new PgoptError('connection-refused', 'nothing listens on port 1'),
    undefined,
  ];
  const { io, exit } = await start(async report => {
    report({ type: 'startup:step', message: 'opening the transaction' });
    const error = results.shift();
    if (error !== undefined) throw error;
    sessions.push(new FakeSession(script));
    return sessions.at(-1) as FakeSession;
  });
  await until(() => (sessions[0]?.desiredStates.length ?? 0) > 0);
  io.stdin.type('a');
  const closed = vi.spyOn(sessions[0] as FakeSession, 'close');
  sessions[0]?.lose('terminating connection due to administrator command');
  await until(() => io.screen.includes(`${SHOWN.reconnects}: in a new`));
  io.stdin.type('r');
  await until(() => stripVTControlCharacters(io.screen).includes('nothing listens on port 1: check host'));
  expect(closed).toHaveBeenCalledTimes(1);
  io.stdin.type('r');
  await until(() => (sessions[1]?.desiredStates.length ?? 0) > 0);
  // What was on is desired at once, under a revision of its own.
  expect(sessions[1]?.desiredStates).toEqual([{ ...sessions[0]?.desiredStates.at(-1), revision: 3 }]);
  expect(sessions[1]?.desiredStates[0]?.proposals).toHaveLength(5);
  io.stdin.type('q');
  expect(await exit).toBe(0);
  expectRestored(io);
});

it('starts afresh on R: the old session goes first, and has nothing more to say', async () => {
  const { script } = await shop();
  const sessions: FakeSession[] = [];
  const { io, exit } = await start(async () => {
    sessions.push(new FakeSession(script));
    return sessions.at(-1) as FakeSession;
  });
  await until(() => (sessions[0]?.desiredStates.length ?? 0) > 0);
  io.stdin.type('a');
  let letGo: () => void = () => {};
  vi.spyOn(sessions[0] as FakeSession, 'close').mockImplementation(
    () =>
      new Promise(resolve => {
        letGo = resolve;
      }),
  );
  io.stdin.type('R');
  await until(() => stripVTControlCharacters(io.screen).includes('Starting afresh, in a new transaction'));
  expect(sessions).toHaveLength(1);
  letGo();
  await until(() => (sessions[1]?.desiredStates.length ?? 0) > 0);
  expect(sessions[1]?.desiredStates[0]?.proposals).toHaveLength(5);
  io.stdin.type('q');
  expect(await exit).toBe(0);
});

it('leaves the screen to the shell on Ctrl-Z and takes it again on SIGCONT', async () => {
  const { io, exit } = await start();
  io.stdin.type('\u001a');
  expect(io.kills).toEqual([[0, 'SIGTSTP']]);
  expect(io.count(LEAVE)).toBe(1);
  expect(io.stdin.rawModes.at(-1)).toBe(false);
  io.emit('SIGCONT');
  expect(io.count(ENTER)).toBe(2);
  expect(io.stdin.rawModes.at(-1)).toBe(true);
  io.stdin.type('q');
  expect(await exit).toBe(0);
  expectRestored(io, 2);
});

it('has the mouse while the screen is its own, and gives it back on every way out; m leaves it to the terminal', async () => {
  const [on, off] = ['\u001b[?1000h\u001b[?1006h', '\u001b[?1006l\u001b[?1000l'];
  const { io, exit } = await start();
  await until(() => io.screen.includes('idx_inventory_product'));
  expect([io.count(on), io.count(off)]).toEqual([1, 0]);
  io.stdin.type('\u001a');
  expect([io.count(on), io.count(off)]).toEqual([1, 1]);
  io.emit('SIGCONT');
  expect([io.count(on), io.count(off)]).toEqual([2, 1]);
  io.stdin.type('m');
  expect([io.count(on), io.count(off)]).toEqual([2, 2]);
  io.stdin.type('q');
  expect(await exit).toBe(0);
  expect([io.count(on), io.count(off)]).toEqual([2, 2]);
  expectRestored(io, 2);
});

it('takes the screen again by itself when nothing stops it', async () => {
  const { io, exit } = await start();
  io.stdin.type('\u001a');
  await until(() => io.count(ENTER) === 2);
  io.stdin.type('q');
  expect(await exit).toBe(0);
  expectRestored(io, 2);
});

it('draws the new size, and nothing made for the old one, after a resize', async () => {
  const { io, exit } = await start();
  await until(() => io.screen.includes('idx_inventory_product'));
  const before = io.stdout.writes.length;
  io.stdout.resize(59, 30);
  await until(() => io.stdout.writes.slice(before).join('').includes('60×20'));
  expect(io.stdout.writes.slice(before).join('')).not.toContain('idx_inventory_product');
  io.stdin.type('q');
  expect(await exit).toBe(0);
  expectRestored(io);
});

it('asks for a terminal where there is none', async () => {
  const { workload } = await shop();
  const io = new FakeProcess();
  io.stdin.isTTY = false;
  const launch = vi.fn();
  const options = {
    read: () => Promise.resolve(workload),
    proposals: NO_PROPOSALS,
    production: NO_PRODUCTION,
    suggestions: NO_SUGGESTIONS,
    change: NO_CHANGE,
    surveyBudgetMs: 1,
    targetOf: () => TARGET,
    launch,
    io: io as never,
  };
  await expect(runExplorer(options)).rejects.toThrow(PgoptError);
  expect(launch).not.toHaveBeenCalled();
  expect(io.screen).toBe('');
});
