/** From what Ink hands to useInput to the names of keys, one for each press. */
import type { Key } from 'ink';

const SPECIAL: readonly (readonly [keyof Key, string])[] = [
  ['upArrow', 'up'],
  ['downArrow', 'down'],
  ['leftArrow', 'left'],
  ['rightArrow', 'right'],
  ['pageUp', 'pageup'],
  ['pageDown', 'pagedown'],
  ['home', 'home'],
  ['end', 'end'],
  ['return', 'enter'],
  ['escape', 'escape'],
  // Terminals send DEL for it, which Ink calls delete.
  ['backspace', 'backspace'],
  ['delete', 'backspace'],
];

function characterName(character: string): string {
  if (character === ' ') return 'space';
  if (character === '\t') return 'tab';
  if (character === '\r' || character === '\n') return 'enter';
  const code = character.codePointAt(0) ?? 0;
  // Control characters in a chunk arrive undecoded: 0x04 is Ctrl-D.
  if (code > 0 && code < 27) return `ctrl+${String.fromCharCode(code + 96)}`;
  return character;
}

/** Fast typing and paste arrive as one chunk (`jjjj`): every character is a press of its own. */
export function decodeKeys(input: string, key: Key): string[] {
  if (key.tab) return [key.shift ? 'shift+tab' : 'tab'];
  for (const [flag, name] of SPECIAL) if (key[flag] === true) return [name];
  if (key.ctrl) return [`ctrl+${input}`];
  return [...input].map(characterName);
}
