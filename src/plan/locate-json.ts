/** Where in a JSON text a value stands, for an error about what readJson made of it. No recursion. */
import { createScanner } from 'jsonc-parser';
import { TOKEN } from './read-json.ts';

export type JsonPath = readonly (string | number)[];

interface Open {
  /** The key, or the position, of what stands in it now. */
  step: string | number;
  atKey: boolean;
}

/**
 * @param text Valid JSON. @param path Keys and positions from the root.
 * @returns The offset of the value there; where there is none, of the nearest value around it.
 */
export function offsetOf(text: string, path: JsonPath): number {
  const scanner = createScanner(text, true);
  const open: Open[] = [];
  let nearest = { length: -1, offset: 0 };
  const isOnPath = () => open.length <= path.length && open.every(({ step }, level) => step === path[level]);
  for (let token: number = scanner.scan(); token !== TOKEN.end; token = scanner.scan()) {
    const around = open.at(-1);
    if (token === TOKEN.closeBrace || token === TOKEN.closeBracket) {
      open.pop();
    } else if (token === TOKEN.comma) {
      if (around === undefined) continue;
      if (typeof around.step === 'number') around.step++;
      else around.atKey = true;
    } else if (around?.atKey === true) {
      around.step = scanner.getTokenValue();
      around.atKey = false;
    } else if (token !== TOKEN.colon) {
      if (open.length > nearest.length && isOnPath()) {
        nearest = { length: open.length, offset: scanner.getTokenOffset() };
        if (open.length === path.length) break;
      }
      if (token === TOKEN.openBracket) open.push({ step: 0, atKey: false });
      if (token === TOKEN.openBrace) open.push({ step: '', atKey: true });
    }
  }
  return nearest.offset;
}
