/** JSON as it is printed and written: values are as they were, and nothing in it can hide or steer. */
import { INVISIBLE } from './sanitize.ts';

/** What JSON.stringify leaves as it is; and what GitHub's runner obeys wherever it stands in a line. */
const CONTROLS = /[\u007f-\u009f]|#(?=\[)/g;

/** Only strings hold such characters, and to a reader an escape is the same as the character. */
export function jsonText(value: unknown, indent?: number): string {
  return JSON.stringify(value, null, indent).replace(CONTROLS, escaped).replace(INVISIBLE, escaped);
}

function escaped(character: string): string {
  return Array.from(
    { length: character.length },
    (_, at) => `\\u${character.charCodeAt(at).toString(16).padStart(4, '0')}`,
  ).join('');
}
