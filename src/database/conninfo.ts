/** libpq's `host=… dbname='my shop'`: pairs, with quotes and backslashes. */

const PAIR = /\s*([a-z_]+)\s*=\s*(?:'((?:[^'\\]|\\.)*)'|((?:[^\s'\\]|\\.)*))(?=\s|$)/suy;

/** The pairs in their order; undefined where the text is none. */
export function pairsOf(text: string): readonly (readonly [string, string])[] | undefined {
  const pairs: [string, string][] = [];
  const trimmed = text.trim();
  PAIR.lastIndex = 0;
  while (PAIR.lastIndex < trimmed.length) {
    const found = PAIR.exec(trimmed);
    if (found === null) return undefined;
    const [, name = '', quoted, bare = ''] = found;
    pairs.push([name, (quoted ?? bare).replace(/\\(.)/gsu, '$1')]);
  }
  return pairs;
}
