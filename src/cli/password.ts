/** Asks for a password in the terminal without echo, before anything else takes the terminal. */
import { closeSync, openSync, writeSync } from 'node:fs';
import { StringDecoder } from 'node:string_decoder';
import { ReadStream } from 'node:tty';
import { PgoptError } from '../base/errors.ts';
import type { Io } from './io.ts';

interface Typed {
  readonly text: string;
  readonly end: 'enter' | 'cancel' | undefined;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: keys that move a cursor begin with one
const ESCAPES = /\u001b(?:\[[0-9;?]*[ -/]*[@-~]|O.|[ -~])?/g;

/**
 * Edits a line in raw mode, where the terminal edits nothing. Drops keys after the end of the line.
 * @param text The line so far.
 */
export function typed(text: string, keys: string): Typed {
  let line = text;
  for (const key of keys.replace(ESCAPES, '')) {
    if (key === '\r' || key === '\n') return { text: line, end: 'enter' };
    if (key === '\u0003') return { text: '', end: 'cancel' };
    // Ctrl-D submits the line, or cancels if it is empty.
    if (key === '\u0004') return { text: line, end: line === '' ? 'cancel' : 'enter' };
    if (key === '\u0015') line = '';
    else if (key === '\u007f' || key === '\b') line = [...line].slice(0, -1).join('');
    else if (key >= ' ') line += key;
  }
  return { text: line, end: undefined };
}

interface Asking {
  readonly keyboard: Pick<NodeJS.ReadStream, 'on' | 'off' | 'setRawMode' | 'pause' | 'resume'>;
  say(text: string): void;
  close(): void;
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Always restores the echo; then passes a received signal on, with its default effect.
 * @throws PgoptError 'usage' without a terminal, 'cancelled' after Ctrl-C
 */
export async function askPassword(prompt: string, io: Io): Promise<string> {
  const { keyboard, say, close } = openTerminal(io);
  const decoder = new StringDecoder('utf8');
  let text = '';
  let listen: (chunk: Buffer) => void = () => undefined;
  let interrupt: (signal: NodeJS.Signals) => void = () => undefined;
  let signalled: NodeJS.Signals | undefined;
  try {
    // Before the prompt, because an early answer must not be echoed.
    keyboard.setRawMode(true);
    say(prompt);
    return await new Promise<string>((resolve, reject) => {
      const cancel = () => reject(new PgoptError('cancelled', 'interrupted at the password'));
      listen = chunk => {
        const read = typed(text, decoder.write(chunk));
        text = read.text;
        if (read.end === 'enter') resolve(text);
        if (read.end === 'cancel') cancel();
      };
      interrupt = signal => {
        signalled = signal;
        cancel();
      };
      keyboard.on('data', listen);
      for (const signal of SIGNALS) io.on(signal, interrupt);
      keyboard.resume();
    });
  } finally {
    keyboard.off('data', listen);
    for (const signal of SIGNALS) io.off(signal, interrupt);
    keyboard.setRawMode(false);
    keyboard.pause();
    say('\n');
    close();
    if (signalled !== undefined) io.kill(io.pid, signalled);
  }
}

/** Standard input and error if both are a terminal, otherwise /dev/tty. */
function openTerminal({ stdin, stderr, platform }: Io): Asking {
  if (stdin.isTTY === true && stderr.isTTY === true)
    return { keyboard: stdin, say: text => stderr.write(text), close: () => undefined };
  try {
    if (platform === 'win32') throw new Error('it has no /dev/tty');
    const line = openSync('/dev/tty', 'r+');
    const out = openSync('/dev/tty', 'w');
    const keyboard = new ReadStream(line);
    return {
      keyboard,
      say: text => writeSync(out, text),
      close: () => {
        keyboard.destroy();
        closeSync(out);
      },
    };
  } catch {
    throw new PgoptError('usage', 'there is no terminal to ask for the password', {
      next: 'use PGPASSWORD or ~/.pgpass',
    });
  }
}
