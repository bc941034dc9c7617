/** The explorer from start to end: the screen at once, the session when it is there, the terminal restored always. */
import { formatError, PgoptError } from '../errors.ts';
import type { ExplorerSession, StartupEvent } from '../session/events.ts';
import type { Workload } from '../workload/types.ts';
import { performEffects } from './effects.ts';
import type { Streams } from './mount.tsx';
import { isBusy } from './panes/status.ts';
import { initialState } from './state/initial.ts';
import type { Size, Target } from './state/types.ts';
import { createStore, type Schedule } from './store.ts';
import { alternateScreen } from './terminal/screen.ts';
import { type SignalHost, watchSignals } from './terminal/signals.ts';

/** The part of `process` that the explorer uses. */
export interface ExplorerIo extends Streams, SignalHost {
  /** NODE_ENV and FORCE_COLOR are set in it before Ink is loaded, which reads process.env: pass that itself. */
  readonly env: NodeJS.ProcessEnv;
}

export interface ExplorerOptions {
  readonly workload: Workload;
  readonly target: Target;
  /**
   * Brings the session about and reports the steps; `signal` is aborted when the person leaves meanwhile. A
   * PgoptError it rejects with is printed after the terminal is restored, and gives the exit code.
   */
  readonly launch: (report: (event: StartupEvent) => void, signal: AbortSignal) => Promise<ExplorerSession>;
  readonly io: ExplorerIo;
  /** Epoch ms; the system's clock by default. */
  readonly now?: () => number;
}

/** Four frames a second show that something runs; ten took a fifth of a core from what is being measured. */
const TICK_MS = 250;
/** A process that still runs this long after SIGTSTP was not stopped. */
const NOT_STOPPED_MS = 100;
/** How long quitting waits for the roll-back before it leaves the rest to the server. */
const CLOSE_MS = 5_000;

const schedule: Schedule = (task, delayMs) => {
  const timer = setTimeout(task, delayMs);
  return () => clearTimeout(timer);
};

/** To be asked before anything is started for the explorer. @throws PgoptError not-a-terminal */
export function requireTerminal({ stdin, stdout }: Pick<ExplorerIo, 'stdin' | 'stdout'>): void {
  if (stdin.isTTY !== true || stdout.isTTY !== true)
    throw new PgoptError('not-a-terminal', 'the explorer needs a terminal');
}

/**
 * @returns The exit code: 0 after `q`, 130 after Ctrl-C, 128 + n after a signal, that of a PgoptError of the launch.
 * @throws PgoptError not-a-terminal; anything else is a bug, and the terminal is restored then too.
 */
export async function runExplorer(options: ExplorerOptions): Promise<number> {
  const { io, now = Date.now } = options;
  const { stdout, stderr, env } = io;
  requireTerminal(io);
  env.NODE_ENV ??= 'production';
  if ((env.NO_COLOR ?? '') !== '') env.FORCE_COLOR = '0';
  const { mount } = await import('./mount.tsx');

  const sizeNow = (): Size => ({ columns: stdout.columns, rows: stdout.rows });
  const store = createStore(initialState(options.workload, options.target, sizeNow(), now()), schedule);
  const screen = alternateScreen(stdout);
  const abort = new AbortController();
  let session: ExplorerSession | undefined;
  let mounted: { readonly unmount: () => void } | undefined;

  let launching: Promise<ExplorerSession> | undefined;
  let settle: (exitCode: number) => void = () => {};
  let fail: (error: unknown) => void = () => {};
  const outcome = new Promise<number>((resolve, reject) => {
    settle = resolve;
    fail = reject;
  });
  let leaving = false;
  const leave = (exitCode: number): void => {
    // A second Ctrl-C does not wait for the server: the roll-back happens there when the connection drops.
    if (leaving) {
      settle(exitCode);
      return;
    }
    leaving = true;
    abort.abort();
    store.dispatch({ type: 'explorer:closing' });
    closed(launching).then(() => settle(exitCode), fail);
  };

  const show = (): void => {
    screen.enter();
    mounted = mount(store, io, fail);
  };
  const hide = (): void => {
    mounted?.unmount();
    mounted = undefined;
    screen.leave();
  };
  const suspend = (): void => {
    hide();
    // The whole group: under `npm start` the shell waits for npm, and would never learn that only we have stopped.
    io.kill(0, 'SIGTSTP');
    // Nobody stops a process whose group has no shell to come back to: then it goes on right here.
    setTimeout(resumed, NOT_STOPPED_MS);
  };
  const resumed = (): void => {
    if (mounted !== undefined || leaving) return;
    store.dispatch({ type: 'terminal:resized', size: sizeNow() });
    show();
  };

  store.onAction((action, before, after) => {
    performEffects(action, before, after, session, { leave, suspend });
  });
  const resized = (): void => {
    screen.wipe();
    store.dispatch({ type: 'terminal:resized', size: sizeNow() });
  };
  stdout.on('resize', resized);
  // After SIGHUP there is no terminal to write to, and that is not worth a crash on the way out.
  const ignore = (): void => {};
  stdout.on('error', ignore);
  const unwatch = watchSignals(io, { leave, resumed });
  const ticker = setInterval(() => {
    const state = store.get();
    const time = now();
    if (isBusy(state) || Math.floor(time / 1000) !== Math.floor(state.now / 1000))
      store.dispatch({ type: 'clock:ticked', now: time });
  }, TICK_MS);

  try {
    show();
    launchSession();
    return await outcome;
  } catch (error) {
    if (!(error instanceof PgoptError)) throw error;
    hide();
    stderr.write(`${formatError(error)}\n`);
    return error.exitCode;
  } finally {
    clearInterval(ticker);
    unwatch();
    stdout.off('resize', resized);
    hide();
    stdout.off('error', ignore);
  }

  function launchSession(): void {
    launching = options.launch(store.dispatch, abort.signal);
    launching.then(
      launched => {
        if (leaving) return;
        session = launched;
        launched.subscribe(store.dispatch);
        store.dispatch({ type: 'startup:finished' });
      },
      error => {
        // Who leaves during the launch has aborted it: that it then rejects is no news.
        if (!leaving) fail(error);
      },
    );
  }
}

/** Resolves when the session let go (or never came to be), or when that has taken too long. */
async function closed(launching: Promise<ExplorerSession> | undefined): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>(resolve => {
    timer = setTimeout(resolve, CLOSE_MS);
  });
  const letGo = launching?.then(
    session => session.close(),
    () => {},
  );
  await Promise.race([letGo, late]).finally(() => clearTimeout(timer));
}
