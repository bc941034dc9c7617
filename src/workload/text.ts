/** What parsers' offsets are in JavaScript's. */

/** libpg-query counts in UTF-8 bytes; JavaScript in UTF-16 units. Identity for ASCII, which is the common case. */
export function fromByteOffset(text: string): (byteOffset: number) => number {
  const bytes = Buffer.byteLength(text, 'utf8');
  if (bytes === text.length) return offset => offset;
  // One walk for all tokens: a file may hold tens of thousands of them.
  const table = new Uint32Array(bytes + 1);
  let from = 0;
  let at = 0;
  for (const character of text) {
    const to = from + Buffer.byteLength(character, 'utf8');
    table.fill(at, from, to);
    from = to;
    at += character.length;
  }
  table[bytes] = text.length;
  return offset => table[offset] ?? text.length;
}
