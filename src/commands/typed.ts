/** What keys do to a line that is not shown: the terminal, which would know, is in raw mode. */

export interface Typed {
  readonly text: string;
  readonly end: 'enter' | 'cancel' | undefined;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: keys that move a cursor begin with one
const ESCAPES = /\u001b(?:\[[0-9;?]*[ -/]*[@-~]|O.|[ -~])?/g;

/** @param text What was typed before. What comes after the end of the line is dropped. */
export function typed(text: string, keys: string): Typed {
  let line = text;
  for (const key of keys.replace(ESCAPES, '')) {
    if (key === '\r' || key === '\n') return { text: line, end: 'enter' };
    if (key === '\u0003') return { text: '', end: 'cancel' };
    // Ctrl-D ends what is there; with nothing there, nothing will come.
    if (key === '\u0004') return { text: line, end: line === '' ? 'cancel' : 'enter' };
    if (key === '\u0015') line = '';
    else if (key === '\u007f' || key === '\b') line = [...line].slice(0, -1).join('');
    else if (key >= ' ') line += key;
  }
  return { text: line, end: undefined };
}
