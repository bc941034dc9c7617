/** Runs a program in a pseudo-terminal and shows what a person in front of it would see. */
import { spawnSync } from 'node:child_process';
import { closeSync, constants, openSync } from 'node:fs';
import { setTimeout as later } from 'node:timers/promises';
import { type IPty, spawn } from '@lydell/node-pty';
import headless from '@xterm/headless';
import { type Cell, cellsOf } from './cells.ts';

export type { Cell } from './cells.ts';

export interface TerminalOptions {
  readonly file: string;
  readonly args: readonly string[];
  /** The whole environment of the program, but for TERM; CI is left out of it: Ink would only print its last frame. */
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  readonly columns?: number;
  readonly rows?: number;
  /** How long `until` waits before it gives up, ms. */
  readonly patienceMs?: number;
}

export interface Ending {
  readonly code: number;
  /** The signal's number; 0 when the program ended by itself. */
  readonly signal: number;
}

export interface Terminal {
  readonly processId: number;
  /** The lines that are visible now, without trailing blanks. */
  screen(): string;
  /** The visible lines cell by cell, with colors and styles. */
  cells(): Cell[][];
  /** Everything the program has written, as it was written. */
  raw(): string;
  readonly alternate: boolean;
  readonly cursorVisible: boolean;
  /** It puts brackets around what is pasted. */
  readonly bracketedPaste: boolean;
  /** How often the alternate screen was entered and left. */
  readonly switches: { readonly entered: number; readonly left: number };
  /**
   * Waits until the screen fits; looks again whenever the program has written something.
   * @param why What is waited for, for the error, which shows the screen.
   * @returns The screen that fits.
   */
  until(fits: string | RegExp | ((screen: string) => boolean), why: string): Promise<string>;
  type(keys: string): void;
  /** Stops reading the program's output until `resume`. */
  pause(): void;
  resume(): void;
  resize(columns: number, rows: number): void;
  kill(signal: NodeJS.Signals): void;
  /** Closes the window under the program: its terminal is gone, and the system says so by SIGHUP. */
  hangUp(): void;
  /** Resolves when the program has ended and all it wrote is on the screen. */
  readonly exit: Promise<Ending>;
  /** What the terminal does to input: a shell expects `echo` and `icanon`, without a minus. Also after the end. */
  lineDiscipline(): string[];
  /** Kills the program if it still runs, and lets go of the terminal. */
  dispose(): Promise<void>;
}

const NOT_FOR_CHILDREN = ['CI', 'CONTINUOUS_INTEGRATION', 'FORCE_COLOR', 'NODE_ENV', 'VITEST'];

/** The environment without what a test runner or a CI service adds to it and a program would look at. */
export function plainEnvironment(env: NodeJS.ProcessEnv): Record<string, string> {
  const entries = Object.entries(env).filter(
    (entry): entry is [string, string] => entry[1] !== undefined && !NOT_FOR_CHILDREN.includes(entry[0]),
  );
  return Object.fromEntries(entries);
}

export function openTerminal(options: TerminalOptions): Terminal {
  const { columns = 120, rows = 40, patienceMs = 45_000 } = options;
  const child: IPty = spawn(options.file, [...options.args], {
    name: 'xterm-256color',
    cols: columns,
    rows,
    cwd: options.cwd,
    env: plainEnvironment(options.env),
  });
  const line = watchLine(child);
  const display = new headless.Terminal({ cols: columns, rows, scrollback: 0, allowProposedApi: true });
  const live = (): string => {
    const { active } = display.buffer;
    return Array.from({ length: display.rows }, (_, row) =>
      (active.getLine(active.baseY + row)?.translateToString(true) ?? '').trimEnd(),
    ).join('\n');
  };
  const watch = watchModes(display, live);

  let raw = '';
  let unshown = 0;
  let ended: Ending | undefined;
  const waiting = new Set<() => void>();
  const look = (): void => {
    for (const wake of [...waiting]) wake();
  };
  display.onData(answer => child.write(answer));
  child.onData(data => {
    raw += data;
    unshown++;
    display.write(data, () => {
      unshown--;
      look();
    });
  });
  const exit = new Promise<Ending>(resolve => {
    const shown = (): void => {
      if (ended !== undefined && unshown === 0) resolve(ended);
    };
    waiting.add(shown);
    child.onExit(({ exitCode, signal = 0 }) => {
      ended = { code: exitCode, signal };
      look();
    });
  });

  const screen = (): string => (ended === undefined ? (watch.held ?? live()) : live());
  const until: Terminal['until'] = async (fits, why) => {
    const isShown =
      typeof fits === 'function'
        ? fits
        : (now: string) => (typeof fits === 'string' ? now.includes(fits) : fits.test(now));
    const stop = new AbortController();
    const seen = new Promise<string>((resolve, reject) => {
      const wake = (): void => {
        const now = screen();
        if (isShown(now)) resolve(now);
        else if (ended !== undefined && unshown === 0)
          reject(
            new Error(`the program ended (${JSON.stringify(ended)}) before ${why}; last screen:\n${now}`),
          );
      };
      waiting.add(wake);
      stop.signal.addEventListener('abort', () => waiting.delete(wake));
      wake();
    });
    const late = later(patienceMs, undefined, { signal: stop.signal }).then(
      () => {
        throw new Error(`waited ${patienceMs} ms in vain: ${why}; last screen:\n${screen()}`);
      },
      () => '',
    );
    return Promise.race([seen, late]).finally(() => stop.abort());
  };

  let disposed: Promise<void> | undefined;
  const terminal: Terminal = {
    processId: child.pid,
    screen,
    cells: () => cellsOf(display),
    raw: () => raw,
    get alternate() {
      return display.buffer.active.type === 'alternate';
    },
    get cursorVisible() {
      return watch.cursorVisible;
    },
    get bracketedPaste() {
      return display.modes.bracketedPasteMode;
    },
    switches: watch.switches,
    until,
    type: keys => child.write(keys),
    pause: () => child.pause(),
    resume: () => child.resume(),
    resize(toColumns, toRows) {
      display.resize(toColumns, toRows);
      child.resize(toColumns, toRows);
    },
    kill(signal) {
      if (ended === undefined) process.kill(child.pid, signal);
    },
    hangUp() {
      (child as IPty & { destroy(): void }).destroy();
    },
    exit,
    lineDiscipline: line.now,
    dispose() {
      disposed ??= (async () => {
        terminal.kill('SIGKILL');
        await exit;
        line.close();
        display.dispose();
      })();
      return disposed;
    },
  };
  return terminal;
}

/**
 * Holds the program's side of the terminal open, so that it outlives the program. node-pty hangs it up soon after, and
 * what it was set to is lost then: it is asked at the last moment.
 */
function watchLine(child: IPty): { now(): string[]; close(): void } {
  const { ptsName, _socket: socket } = child as IPty & {
    readonly ptsName: string;
    readonly _socket: { destroy(): void };
  };
  const line = openSync(ptsName, constants.O_RDWR | constants.O_NOCTTY);
  const ask = (): string[] => {
    const { stdout } = spawnSync('stty', ['-a'], { stdio: [line, 'pipe', 'pipe'], encoding: 'utf8' });
    return stdout.split(/[\s;]+/);
  };
  let last: string[] | undefined;
  const destroy = socket.destroy.bind(socket);
  socket.destroy = () => {
    last ??= ask();
    destroy();
  };
  return { now: () => last ?? ask(), close: () => closeSync(line) };
}

/**
 * Follows the DEC private modes that matter: 25 is the cursor, 1049 the alternate screen, 2026 a synchronized update.
 * A terminal shows nothing of such an update before its end: what it shows until then is `held`.
 */
function watchModes(display: headless.Terminal, live: () => string) {
  const state: {
    cursorVisible: boolean;
    switches: { entered: number; left: number };
    held: string | undefined;
  } = { cursorVisible: true, switches: { entered: 0, left: 0 }, held: undefined };
  display.parser.registerCsiHandler({ prefix: '?', final: 'h' }, params => {
    if (params.includes(25)) state.cursorVisible = true;
    if (params.includes(1049)) state.switches.entered++;
    if (params.includes(2026)) state.held ??= live();
    return false;
  });
  display.parser.registerCsiHandler({ prefix: '?', final: 'l' }, params => {
    if (params.includes(25)) state.cursorVisible = false;
    if (params.includes(1049)) state.switches.left++;
    if (params.includes(2026)) state.held = undefined;
    return false;
  });
  return state;
}
