/** The alternate screen: entered and left by us, once each, whatever happens in between. */
import { setTimeout } from 'node:timers/promises';
import { renewPlaceholders, withLines } from './placeholders.ts';

/** The part of process.stdout that is needed. */
export type TerminalOutput = NodeJS.WriteStream;

/** 1049 is the alternate screen, 25 the cursor, 2004 has the terminal put brackets around a paste. */
const ENTER = '\u001b[?1049h\u001b[2J\u001b[H\u001b[?25l\u001b[?2004h';
/** 1000 reports clicks and the wheel, 1006 in a form without limits. */
const MOUSE_ON = '\u001b[?1000h\u001b[?1006h';
const MOUSE_OFF = '\u001b[?1006l\u001b[?1000l';
const WIPE = '\u001b[2J\u001b[H';
/** What is written between the two is shown at once. */
const HOLD = '\u001b[?2026h';
const RELEASE = '\u001b[?2026l';
const LEAVE = '\u001b[?2004l\u001b[?25h\u001b[?1049l';
/** Ink clears the terminal's scrollback with this when it believes that a frame filled the screen. */
const CLEAR_SCROLLBACK = '\u001b[3J';

interface AlternateScreen {
  readonly enter: () => void;
  /** Whether the terminal reports the mouse while the screen is ours; off at first. */
  readonly mouse: (on: boolean) => void;
  /** Idempotent. */
  readonly leave: () => void;
  /** What is on the screen was drawn for another size: the next frame is drawn, and on an empty screen. Until then the old one stays. */
  readonly outdate: () => void;
  /** What a frame begins with. */
  readonly frameStart: () => string;
  /** These lines alone, from the top. */
  readonly draw: (lines: readonly string[]) => void;
  /** Empties the screen for what `frame` writes; the terminal shows the two as one. */
  readonly atOnce: (frame: () => void) => void;
}

/** The way of frames to the terminal. */
export interface FrameHooks {
  /** A frame was left out, because the terminal does not read. */
  readonly leftOut?: () => void;
  readonly frameStart?: () => string;
}

/** A terminal that takes nothing for the moment: frames up to here wait for it, later ones are left out. */
const MOST_WAITING = 256 * 1024;

/**
 * A terminal may stop reading (a slow line, a frozen window). Node would wait for it within a write, deaf to keys and signals: instead
 * what it has not taken is queued.
 */
export function block(stdout: TerminalOutput, blocking: boolean): void {
  const { _handle: handle } = stdout as { _handle?: { setBlocking?: (blocking: boolean) => unknown } };
  handle?.setBlocking?.(blocking);
}

/** Resolves with true when the terminal has taken all, with false when it has not within `patienceMs`. */
export async function taken(stdout: TerminalOutput, patienceMs: number): Promise<boolean> {
  const until = performance.now() + patienceMs;
  while (stdout.writableLength > 0 && performance.now() < until) await setTimeout(10);
  return !(stdout.writableLength > 0);
}

export function alternateScreen(stdout: TerminalOutput): AlternateScreen {
  let entered = false;
  let hasMouse = false;
  let isOutdated = false;
  return {
    mouse(on) {
      if (entered && on !== hasMouse) stdout.write(on ? MOUSE_ON : MOUSE_OFF);
      hasMouse = on;
    },
    enter() {
      if (entered) return;
      entered = true;
      isOutdated = false;
      stdout.write(hasMouse ? ENTER + MOUSE_ON : ENTER);
    },
    leave() {
      if (!entered) return;
      entered = false;
      stdout.write(hasMouse ? MOUSE_OFF + LEAVE : LEAVE);
    },
    outdate() {
      if (!entered) return;
      isOutdated = true;
      renewPlaceholders();
    },
    frameStart() {
      const start = isOutdated ? WIPE : '';
      isOutdated = false;
      return start;
    },
    draw(lines) {
      isOutdated = false;
      stdout.write(`${HOLD}${WIPE}${lines.join('\r\n')}${RELEASE}`);
    },
    atOnce(frame) {
      isOutdated = false;
      stdout.write(HOLD + WIPE);
      frame();
      stdout.write(RELEASE);
    },
  };
}

/**
 * The stream as Ink shall see it: lines take the place of their placeholders, nothing that is written to it clears the scrollback, and it never reports a new
 * size. Ink would draw the frame it has, made for the old size, before there is one for the new.
 */
export function outputForInk(
  stdout: TerminalOutput,
  { leftOut = () => undefined, frameStart = () => '' }: FrameHooks = {},
): TerminalOutput {
  return new Proxy(stdout, {
    get(target, property) {
      if (property === 'write')
        return (data: string | Uint8Array, ...rest: []): boolean => {
          if (target.writableLength > MOST_WAITING) {
            leftOut();
            return false;
          }
          if (typeof data !== 'string') return target.write(data, ...rest);
          const text = data.replaceAll(CLEAR_SCROLLBACK, '');
          const lines = withLines(text);
          // Ink also writes what is no frame.
          return target.write(lines === text ? text : frameStart() + lines, ...rest);
        };
      if (property === 'on' || property === 'off')
        return (event: string, listener: (...values: unknown[]) => void) =>
          event === 'resize' ? target : target[property](event, listener);
      const value: unknown = Reflect.get(target, property, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}
