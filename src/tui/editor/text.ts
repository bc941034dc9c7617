/** A line of text with a cursor, and what keys do to it. Pure; positions are in characters, not UTF-16 units. */

export interface EditedText {
  readonly text: string;
  /** Characters before the cursor. */
  readonly at: number;
}

/** What keys do to any line of text. */
export const TEXT_COMMANDS = [
  'text-left',
  'text-right',
  'text-up',
  'text-down',
  'text-line',
  'text-home',
  'text-end',
  'text-erase',
  'text-erase-word',
  'text-erase-all',
  'type',
  'paste',
] as const;
export type TextCommand = (typeof TEXT_COMMANDS)[number];

/** @param key The key's name; of a paste its text, which becomes one line unless `lines`. */
export function textAfter(text: EditedText, command: TextCommand, key: string, lines = false): EditedText {
  if (command === 'type') return inserted(text, characterOf(key));
  if (command === 'paste') return inserted(text, lines ? key : inOneLine(key));
  return edited(text, command);
}

/** A text with the cursor at its end. */
export const textAtEnd = (text: string): EditedText => ({ text, at: [...text].length });

/** @param key A key's name: `space`, or one character. */
const characterOf = (key: string): string => (key === 'space' ? ' ' : key);

/** A paste where there is one line only. */
const inOneLine = (text: string): string => text.trim().replace(/\s*\n\s*/g, ' ');

/** @param pasted A character, or what was pasted. */
function inserted({ text, at }: EditedText, pasted: string): EditedText {
  const characters = [...text];
  const added = [...pasted];
  return {
    text: [...characters.slice(0, at), ...added, ...characters.slice(at)].join(''),
    at: at + added.length,
  };
}

function edited({ text, at }: EditedText, command: Exclude<TextCommand, 'type' | 'paste'>): EditedText {
  const characters = [...text];
  switch (command) {
    case 'text-left':
      return { text, at: Math.max(0, at - 1) };
    case 'text-right':
      return { text, at: Math.min(characters.length, at + 1) };
    case 'text-up': {
      const { start, column } = lineAt(characters, at);
      if (start === 0) return { text, at };
      const above = lineAt(characters, start - 1);
      return { text, at: Math.min(above.start + column, start - 1) };
    }
    case 'text-down': {
      const { end, column } = lineAt(characters, at);
      if (end === characters.length) return { text, at };
      return { text, at: Math.min(end + 1 + column, lineAt(characters, end + 1).end) };
    }
    case 'text-line':
      return inserted({ text, at }, '\n');
    case 'text-home':
      return { text, at: lineAt(characters, at).start };
    case 'text-end':
      return { text, at: lineAt(characters, at).end };
    case 'text-erase':
      return cut(characters, Math.max(0, at - 1), at);
    case 'text-erase-word': {
      const before = characters
        .slice(0, at)
        .join('')
        .replace(/[\p{L}\p{N}_$]*[^\p{L}\p{N}_$]*$/u, '');
      return cut(characters, [...before].length, at);
    }
    case 'text-erase-all':
      return cut(characters, 0, at);
  }
}

/** The line that the cursor is in, without its line feed. */
function lineAt(characters: readonly string[], at: number) {
  const start = at === 0 ? 0 : characters.lastIndexOf('\n', at - 1) + 1;
  const feed = characters.indexOf('\n', at);
  return { start, end: feed === -1 ? characters.length : feed, column: at - start };
}

function cut(characters: readonly string[], from: number, to: number): EditedText {
  return { text: [...characters.slice(0, from), ...characters.slice(to)].join(''), at: from };
}
