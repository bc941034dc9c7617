/** From what a terminal sends to key presses and pastes. Pure: a read may hold several of them, and end within one. */

export type Input =
  /** A key's name: `j`, `up`, `ctrl+d`, `shift+tab`, `space`. */
  { readonly key: string } | { readonly paste: string } | { readonly mouse: MouseEvent };

export interface MouseEvent {
  readonly kind: 'click' | 'wheel-up' | 'wheel-down';
  /** Cells from the upper left corner, from 0. */
  readonly column: number;
  readonly row: number;
}

/** What is left of the reads before. */
export interface Undecoded {
  /** The start of a sequence whose end has not come. */
  readonly rest: string;
  /** The text of a paste whose end has not come. */
  readonly paste: string | undefined;
  /** Text that comes before this, ms, is the rest of a paste without brackets. */
  readonly pasteUntil: number;
}

export const NOTHING_UNDECODED: Undecoded = {
  rest: '',
  paste: undefined,
  pasteUntil: Number.NEGATIVE_INFINITY,
};

interface Decoded {
  readonly inputs: readonly Input[];
  readonly undecoded: Undecoded;
}

const PASTE_STARTS = '\u001b[200~';
const PASTE_ENDS = '\u001b[201~';
const INTERRUPT = '\u0003';
/** No proposal is longer; the rest of a longer paste is dropped. */
const LONGEST_PASTE = 100_000;
/** A long paste comes in several reads, and drawing the first may take a while. */
const LONG_READ = 1000;
const pasteLasts = (read: string): number => (read.length < LONG_READ ? 10 : 200);

/** By the final byte of `ESC [ …` and `ESC O …`. */
const BY_FINAL: Readonly<Record<string, string>> = {
  A: 'up',
  B: 'down',
  C: 'right',
  D: 'left',
  F: 'end',
  H: 'home',
  Z: 'shift+tab',
};
/** By the number of `ESC [ … ~`. */
const BY_NUMBER: Readonly<Record<string, string>> = {
  1: 'home',
  3: 'backspace',
  4: 'end',
  5: 'pageup',
  6: 'pagedown',
  7: 'home',
  8: 'end',
  11: 'f1',
  12: 'f2',
  13: 'f3',
  14: 'f4',
  15: 'f5',
};
/** By the character after `ESC O`; on the Linux console after `ESC [ [`. */
const FUNCTION_KEYS: Readonly<Record<string, string>> = { P: 'f1', Q: 'f2', R: 'f3', S: 'f4' };
const CONSOLE_KEYS: Readonly<Record<string, string>> = { A: 'f1', B: 'f2', C: 'f3', D: 'f4', E: 'f5' };
/** SGR 1006: by the button's number. */
const MOUSE: Readonly<Record<string, MouseEvent['kind']>> = { 0: 'click', 64: 'wheel-up', 65: 'wheel-down' };

// biome-ignore-start lint/suspicious/noControlCharactersInRegex: they are what a terminal sends
/** One press: a sequence (CSI, SS3, a string such as OSC that the terminal answers), Alt with a character or enter, or a character. */
const PRESS =
  /\u001b\[\[([A-E])|\u001b\[([0-?]*)[ -/]*([@-~])|\u001bO(.)|\u001b[\]P_^X][^\u0007\u001b]*(?:\u0007|\u001b\\)|\u001b([^\u0000-\u000c\u000e-\u001f\u007f])|[\s\S]/gu;
/** The start of a sequence at the end of the input. */
const CUT_SHORT = /\u001b(?:\[[ -?]*|O|[\]P_^X][^\u0007\u001b]*\u001b?)?$/;
const TEXT = /^[^\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]+$/;
const CONTROLS = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g;
// biome-ignore-end lint/suspicious/noControlCharactersInRegex: as above

/** @param now Ms, of any clock that does not go back. */
export function decode({ rest, paste, pasteUntil }: Undecoded, chunk: string, now: number): Decoded {
  if (paste !== undefined) return pasted(paste, rest + chunk, now);
  // Only the rest of a sequence that was cut after its ESC begins a read like this.
  if (rest === '\u001b' && chunk !== '' && !/^[[O]/.test(chunk)) {
    const { inputs, undecoded } = decode({ rest: '', paste, pasteUntil }, chunk, now);
    return { inputs: [{ key: 'escape' }, ...inputs], undecoded };
  }
  const text = rest + chunk;
  const start = text.indexOf(PASTE_STARTS);
  if (start >= 0) {
    const before = unbracketed(text.slice(0, start));
    const { inputs, undecoded } = pasted('', text.slice(start + PASTE_STARTS.length), now);
    return { inputs: [...before, ...inputs], undecoded };
  }
  const whole = text.slice(0, CUT_SHORT.exec(text)?.index);
  const goesOn = now < pasteUntil && TEXT.test(whole);
  const inputs = goesOn ? [{ paste: cleaned(whole) }] : unbracketed(whole);
  const last = inputs.at(-1);
  const lasts = last !== undefined && 'paste' in last ? now + pasteLasts(whole) : Number.NEGATIVE_INFINITY;
  return { inputs, undecoded: { rest: text.slice(whole.length), paste: undefined, pasteUntil: lasts } };
}

/** Nothing more has come: what looked like the start of a sequence was complete. A Ctrl-C in a paste without end was pressed. */
export function decodeRest({ rest, paste }: Undecoded): readonly Input[] {
  if (paste === undefined) return unbracketed(rest);
  const text = paste + rest;
  return [{ paste: cleaned(text) }, ...(text.includes(INTERRUPT) ? [{ key: 'ctrl+c' }] : [])];
}

export const isComplete = ({ rest, paste }: Undecoded): boolean => rest === '' && paste === undefined;

function pasted(before: string, text: string, now: number): Decoded {
  const end = text.indexOf(PASTE_ENDS);
  if (end >= 0) {
    const { inputs, undecoded } = decode(NOTHING_UNDECODED, text.slice(end + PASTE_ENDS.length), now);
    return { inputs: [{ paste: cleaned(before + text.slice(0, end)) }, ...inputs], undecoded };
  }
  // The mark of its end may have come in part.
  const mark = text.lastIndexOf('\u001b');
  const cut = mark >= 0 && PASTE_ENDS.startsWith(text.slice(mark)) ? mark : text.length;
  const paste = (before + text.slice(0, cut)).slice(0, LONGEST_PASTE);
  return { inputs: [], undecoded: { ...NOTHING_UNDECODED, rest: text.slice(cut), paste } };
}

function unbracketed(read: string): Input[] {
  const inputs: Input[] = [];
  let text = '';
  const endText = (): void => {
    if (isPaste(text, text === read)) inputs.push({ paste: cleaned(text) });
    else for (const character of text) inputs.push({ key: characterName(character) });
    text = '';
  };
  for (const match of read.matchAll(PRESS)) {
    if (TEXT.test(match[0])) {
      text += match[0];
      continue;
    }
    endText();
    const mouse = mouseEvent(match);
    if (mouse !== undefined) inputs.push({ mouse });
    const key = controlName(match);
    if (key !== undefined) inputs.push({ key });
  }
  endText();
  return inputs;
}

/**
 * Whether text without brackets was pasted. Keys that are held or pressed quickly come in one read too, but they repeat
 * or are few.
 * @param alone No other keys came with it. Beside them only a long text is a paste.
 */
function isPaste(read: string, alone: boolean): boolean {
  const text = read.replace(/ +/g, ' ');
  const presses = (part: string): number => part.replace(/(.)\1+/gsu, '$1').length;
  if (!alone) return presses(text) > 12;
  if (/[\r\n]/.test(text)) return presses(text.replace(/[\r\n]/g, '')) > 1;
  if (presses(text) <= text.length / 2) return false;
  return presses(text) > 4 || text.split(/[^\p{L}\p{N}_]+/u).some(word => presses(word) > 3);
}

/** Terminals send a line's end as CR. */
function cleaned(text: string): string {
  return text.slice(0, LONGEST_PASTE).replace(/\r\n?/g, '\n').replace(CONTROLS, '');
}

function characterName(character: string): string {
  if (character === ' ') return 'space';
  if (character === '\t') return 'tab';
  return character === '\r' || character === '\n' ? 'enter' : character;
}

/** undefined for everything but presses and the wheel: a release, another button. */
function mouseEvent([, , parameters = '', final]: RegExpMatchArray): MouseEvent | undefined {
  const [, button = '', column, row] = /^<(\d+);(\d+);(\d+)$/.exec(parameters) ?? [];
  const kind = final === 'M' ? MOUSE[button] : undefined;
  return kind && { kind, column: Number(column) - 1, row: Number(row) - 1 };
}

/** undefined for a key that the program does not know. */
function controlName([all, onConsole, parameters = '', final = '', ss3 = '', withAlt]: RegExpMatchArray):
  | string
  | undefined {
  if (withAlt !== undefined) return `alt+${characterName(withAlt)}`;
  if (all === '\u001b') return 'escape';
  if (onConsole !== undefined) return CONSOLE_KEYS[onConsole];
  if (ss3 in FUNCTION_KEYS) return FUNCTION_KEYS[ss3];
  if (all.startsWith('\u001b'))
    return final === '~' ? BY_NUMBER[parameters.split(';')[0] ?? ''] : BY_FINAL[final + ss3];
  // Terminals send DEL for it, some BS.
  if (all === '\u007f' || all === '\b') return 'backspace';
  const code = all.codePointAt(0) ?? 0;
  return code < 0x20 ? `ctrl+${String.fromCharCode(code + 0x60)}` : undefined;
}
