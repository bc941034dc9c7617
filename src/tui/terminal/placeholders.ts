/**
 * Ink takes every frame apart into cells with their styles and puts it together again: two thirds of a key press. It gets one character
 * for each line instead, and the line takes its place on the way to the terminal. The same text is the same character: Ink still sees
 * whether a frame changed.
 */

/** Private use, where neither names nor queries have characters. */
const FIRST = 0xf0000;
/** The characters are taken from one of these ranges: no other range has the same ones. */
const RANGES = 15;
const MOST = 0x1000;
const PLACEHOLDER = /[\u{f0000}-\u{ffffd}]/gu;

/** Oldest first; a screen has far fewer lines than there are characters, so none that is shown is taken away. */
const characters = new Map<string, string>();
const texts = new Map<string, string>();
let range = 0;

/** From now on every text is another character: Ink sees a new frame even if its lines are those of the last one. */
export function renewPlaceholders(): void {
  range = (range + 1) % RANGES;
  characters.clear();
}

export function placeholderOf(text: string): string {
  let character = characters.get(text);
  if (character === undefined) {
    if (characters.size < MOST) character = String.fromCodePoint(FIRST + range * MOST + characters.size);
    else {
      const [oldest = ['', '']] = characters;
      [, character] = oldest;
      characters.delete(oldest[0]);
    }
    texts.set(character, text);
  } else characters.delete(text);
  characters.set(text, character);
  return character;
}

/** What is written to the terminal: the lines in place of their characters. */
export const withLines = (data: string): string =>
  data.replace(PLACEHOLDER, character => texts.get(character) ?? character);
