/** A program in a pseudo-terminal, and what its screen shows, as a person would see it. */
import { readFile } from 'node:fs/promises';
import { type IPty, spawn } from '@lydell/node-pty';
import xterm from '@xterm/headless';

const COLUMNS = 120;
const ROWS = 40;
/** A frame may arrive in pieces: what a piece shows counts when nothing contradicts it for this long. */
const CONFIRM_MS = 60;
/** The pieces of one frame come within this time: the screen between them contradicts nothing. */
const PIECES_MS = 8;
const PATIENCE_MS = 60_000;
/** A clock tick of Linux, in which it counts CPU time. */
const TICK_MS = 10;

export class Screen {
  private static readonly running = new Set<Screen>();
  readonly startedAt = performance.now();
  /** When the program ended (performance.now()), and how. */
  readonly exited: Promise<{ readonly at: number; readonly exitCode: number }>;
  private readonly pty: IPty;
  private readonly terminal = new xterm.Terminal({ cols: COLUMNS, rows: ROWS, allowProposedApi: true });
  private readonly watchers = new Set<(at: number) => void>();
  private ended = false;

  /** @param env Replaces the environment. */
  constructor(command: string, args: readonly string[], env: NodeJS.ProcessEnv) {
    Screen.running.add(this);
    this.pty = spawn(command, [...args], { name: 'xterm-256color', cols: COLUMNS, rows: ROWS, env });
    this.pty.onData(data => {
      const at = performance.now();
      this.terminal.write(data, () => {
        for (const watcher of this.watchers) watcher(at);
      });
    });
    this.exited = new Promise(resolve => {
      this.pty.onExit(({ exitCode }) => {
        this.ended = true;
        Screen.running.delete(this);
        resolve({ at: performance.now(), exitCode });
      });
    });
  }

  text(): string {
    const { active } = this.terminal.buffer;
    return Array.from(
      { length: ROWS },
      (_, row) => active.getLine(active.baseY + row)?.translateToString(true) ?? '',
    ).join('\n');
  }

  /** CPU time that the program has used so far, all of its threads, ms. @throws Error outside Linux. */
  async cpuMs(): Promise<number> {
    const stat = await readFile(`/proc/${this.pty.pid}/stat`, 'utf8');
    // The name may hold blanks and parentheses; utime and stime are the fields 14 and 15.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
  }

  /** Sends keys; returns when (performance.now()). */
  press(keys: string): number {
    const at = performance.now();
    this.pty.write(keys);
    return at;
  }

  /**
   * When the bytes arrived that made the screen show it for good (performance.now()).
   * @throws Error with the screen's text when it never does.
   */
  shows(isIt: (text: string) => boolean): Promise<number> {
    return new Promise((resolve, reject) => {
      let confirmation: NodeJS.Timeout | undefined;
      let doubt: NodeJS.Timeout | undefined;
      const stop = () => {
        clearTimeout(confirmation);
        clearTimeout(doubt);
        clearTimeout(patience);
        this.watchers.delete(watch);
      };
      const fail = (what: string) => {
        stop();
        reject(new Error(`${what}; the screen shows:\n${this.text().trimEnd()}`));
      };
      const patience = setTimeout(() => fail('the screen never came to show it'), PATIENCE_MS);
      const watch = (at: number) => {
        if (!isIt(this.text())) {
          doubt ??= setTimeout(() => {
            clearTimeout(confirmation);
            confirmation = undefined;
          }, PIECES_MS);
        } else {
          clearTimeout(doubt);
          doubt = undefined;
          confirmation ??= setTimeout(() => {
            stop();
            resolve(at);
          }, CONFIRM_MS);
        }
      };
      this.watchers.add(watch);
      void this.exited.then(({ exitCode }) => fail(`the program ended with ${exitCode}`));
    });
  }

  /** Ends whatever still runs: when the bench is interrupted. */
  static async closeAll(): Promise<void> {
    await Promise.all([...Screen.running].map(screen => screen.close()));
  }

  /** Ends the program, if it has not ended by itself. */
  async close(): Promise<void> {
    if (!this.ended) this.pty.kill();
    await this.exited;
    this.terminal.dispose();
  }
}
