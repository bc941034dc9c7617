/** Expressions joined with `, ` → a list, as FORMAT JSON gives it, where it is clear what is one expression. */
import { Balance } from './balance.ts';

/** @returns Everything as one item where parentheses or quotes don't match. */
export function splitList(text: string): readonly string[] {
  const items: string[] = [];
  const balance = new Balance();
  let start = 0;
  for (let i = 0; i < text.length; i++) {
    const character = text[i] ?? '';
    balance.feed(character);
    if (character !== ',' || balance.isOpen || text[i + 1] !== ' ') continue;
    items.push(text.slice(start, i));
    start = i + 2;
  }
  if (balance.isOpen || balance.depth !== 0) return [text];
  return [...items, text.slice(start)];
}
