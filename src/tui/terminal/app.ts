/** A program on a terminal from start to end: the screen taken and given back, sizes, signals, Ctrl-Z, the clock. */
import { type CrashHost, watchCrashes } from '../../base/crash.ts';
import type { Line } from '../cell.ts';
import { drawWith, styled, styleOf } from '../components/terminalStyle.ts';
import type { Streams } from '../mount.tsx';
import type { Size } from '../state/state.ts';
import { alternateScreen, block, taken } from './screen.ts';
import { type SignalHost, watchSignals } from './signals.ts';

/** The part of `process` that a screen uses. */
export type TerminalIo = Streams &
  SignalHost &
  CrashHost & {
    /** NODE_ENV and FORCE_COLOR are set in it before Ink is loaded, which reads process.env: pass that itself. */
    readonly env: NodeJS.ProcessEnv;
  };

/** Four frames a second show that something runs; ten took a fifth of a core from what is being measured. */
const TICK_MS = 250;
/** A process that still runs this long after SIGTSTP was not stopped. */
const NOT_STOPPED_MS = 100;
/** A terminal that takes nothing must not keep the program from ending. */
const LAST_WORDS_MS = 300;

type Mounts = typeof import('../mount.tsx');

interface TerminalHooks {
  /** The current screen as lines; drawn until Ink is loaded, which takes as long as the rest of the start. */
  readonly firstFrame: () => readonly Line[];
  /** Begun behind the first frame; Ink is loaded when it is done. */
  readonly beforeInk?: () => Promise<unknown>;
  /** Puts the components on the screen. Called again after Ctrl-Z. */
  readonly mount: (mounts: Mounts, io: Streams) => { readonly unmount: () => void };
  readonly resized: (size: Size) => void;
  /** A signal asks it to end. */
  readonly leave: (exitCode: number) => void;
  /** Whether it is on its way out: then it is not shown again. */
  readonly isLeaving: () => boolean;
  readonly ticked?: () => void;
  /** An uncaught error: the screen will be restored, if `end` is called. */
  readonly crashed: (error: unknown) => void;
}

interface TerminalApp {
  readonly show: () => void;
  /** Gives the terminal back. Idempotent. */
  readonly hide: () => void;
  /** Another program has the terminal until `takeBack`: its Ctrl-C and `fg` are not ours. */
  readonly lend: () => void;
  readonly takeBack: () => void;
  readonly mouse: (on: boolean) => void;
  /** To the shell; `fg` comes back. */
  readonly suspend: () => void;
  /** Ends listening, and hides. Resolves with false when the terminal does not take what it should show last. */
  readonly end: () => Promise<boolean>;
}

const streamsOf = ({ stdin, stdout, stderr }: Streams): Streams => ({ stdin, stdout, stderr });

export function sizeOf({ stdout }: Pick<Streams, 'stdout'>): Size {
  return { columns: stdout.columns, rows: stdout.rows };
}

/** What Ink reads when it is loaded, and how lines are drawn. */
function prepare({ env }: TerminalIo): void {
  env.NODE_ENV ??= 'production';
  const style = styleOf(env);
  // Ink's escape sequences for bold and reverse video stay; the colors are left out where lines are drawn.
  if (!style.color && env.TERM !== 'dumb') env.FORCE_COLOR = '1';
  drawWith(style);
}

export function terminalApp(io: TerminalIo, hooks: TerminalHooks): TerminalApp {
  const { stdout } = io;
  const screen = alternateScreen(stdout);
  let mounts: Mounts | undefined;
  let isShown = false;
  let isLent = false;
  let mounted: { readonly unmount: () => void } | undefined;
  let isIncomplete = false;
  prepare(io);
  const mount = (loaded: Mounts): void => {
    isIncomplete = false;
    mounted = hooks.mount(loaded, { ...streamsOf(io), leftOut, frameStart: screen.frameStart });
  };
  const draw = (): void => {
    screen.draw(hooks.firstFrame().map(line => styled(line).trimEnd()));
  };
  const load = async (): Promise<void> => {
    await hooks.beforeInk?.();
    const loaded = await import('../mount.tsx');
    mounts = loaded;
    if (isShown && mounted === undefined) screen.atOnce(() => mount(loaded));
  };
  /** Once a frame was left out, the screen is no frame's: it is drawn anew when the terminal reads again. */
  const leftOut = (): void => {
    if (isIncomplete) return;
    isIncomplete = true;
    stdout.once('drain', () => {
      if (mounted === undefined || mounts === undefined) return;
      const loaded = mounts;
      mounted.unmount();
      screen.atOnce(() => mount(loaded));
    });
  };
  const show = (): void => {
    for (const stream of [stdout, io.stderr]) block(stream, false);
    // Until Ink reads keys they wait in the terminal, which must not print them.
    io.stdin.setRawMode(true);
    screen.enter();
    isShown = true;
    if (mounts === undefined) {
      draw();
      load().catch(hooks.crashed);
    } else mount(mounts);
  };
  const hide = (): void => {
    if (isShown && mounted === undefined) io.stdin.setRawMode(false);
    isShown = false;
    mounted?.unmount();
    mounted = undefined;
    screen.leave();
  };
  const resumed = (): void => {
    if (isShown || isLent || hooks.isLeaving()) return;
    hooks.resized(sizeOf(io));
    show();
  };
  const suspend = (): void => {
    hide();
    // The whole group: under `npm start` the shell waits for npm, and would never learn that only we have stopped.
    io.kill(0, 'SIGTSTP');
    // The kernel does not stop a process whose group has no shell to come back to: then it goes on right here.
    setTimeout(resumed, NOT_STOPPED_MS);
  };
  const lend = (): void => {
    hide();
    isLent = true;
    // Node goes on reading: the other program would lose its first key. It can be stopped once Ink has let go.
    setImmediate(() => {
      if (isLent) io.stdin.pause();
    });
  };
  const takeBack = (): void => {
    isLent = false;
    resumed();
  };
  const resized = (): void => {
    screen.outdate();
    hooks.resized(sizeOf(io));
    if (isShown && mounted === undefined) draw();
  };
  stdout.on('resize', resized);
  // After SIGHUP there is no terminal to read from and write to, and that is not worth a crash on the way out. For good:
  // what the last write failed with comes after the end.
  for (const stream of [io.stdin, stdout]) stream.on('error', () => {});
  const uncrash = watchCrashes(io, hooks.crashed);
  const unwatch = watchSignals(io, {
    leave: (exitCode, signal) => {
      if (!isLent || signal !== 'SIGINT') hooks.leave(exitCode);
    },
    resumed,
  });
  const ticker = hooks.ticked === undefined ? undefined : setInterval(hooks.ticked, TICK_MS);
  return {
    show,
    hide,
    lend,
    takeBack,
    suspend,
    mouse: screen.mouse,
    end: async () => {
      clearInterval(ticker);
      unwatch();
      uncrash();
      stdout.off('resize', resized);
      hide();
      const isTaken = await taken(stdout, LAST_WORDS_MS);
      // As the next program expects it.
      if (isTaken) for (const stream of [stdout, io.stderr]) block(stream, true);
      return isTaken;
    },
  };
}
