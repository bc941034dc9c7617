/** A line of text with a cursor, and what keys do to it. Pure; positions are in characters, not UTF-16 units. */

export interface EditedText {
  readonly text: string;
  /** Characters before the cursor. */
  readonly at: number;
}

export type TextKey = 'left' | 'right' | 'home' | 'end' | 'erase' | 'erase-word' | 'erase-all';

/** What a key types. @param key Its name: `space`, or one character. */
export const characterOf = (key: string): string => (key === 'space' ? ' ' : key);

/** A paste where there is one line only. */
export const inOneLine = (text: string): string => text.trim().replace(/\s*\n\s*/g, ' ');

/** @param pasted A character, or what was pasted. */
export function inserted({ text, at }: EditedText, pasted: string): EditedText {
  const characters = [...text];
  const added = [...pasted];
  return {
    text: [...characters.slice(0, at), ...added, ...characters.slice(at)].join(''),
    at: at + added.length,
  };
}

/** @param key A key's name or one character. */
export const typed = (line: EditedText, key: string): EditedText => inserted(line, characterOf(key));

export function edited({ text, at }: EditedText, key: TextKey): EditedText {
  const characters = [...text];
  switch (key) {
    case 'left':
      return { text, at: Math.max(0, at - 1) };
    case 'right':
      return { text, at: Math.min(characters.length, at + 1) };
    case 'home':
      return { text, at: 0 };
    case 'end':
      return { text, at: characters.length };
    case 'erase':
      return cut(characters, Math.max(0, at - 1), at);
    case 'erase-word': {
      const before = characters
        .slice(0, at)
        .join('')
        .replace(/[\p{L}\p{N}_$]*[^\p{L}\p{N}_$]*$/u, '');
      return cut(characters, [...before].length, at);
    }
    case 'erase-all':
      return cut(characters, 0, at);
  }
}

function cut(characters: readonly string[], from: number, to: number): EditedText {
  return { text: [...characters.slice(0, from), ...characters.slice(to)].join(''), at: from };
}
