/** How PostgreSQL writes arrays. Pure. */

/**
 * @param literal `{1,"a \"b\"",{…}}`, as array_out() writes it: of one dimension or more, without bounds. Only boxes are
 *   separated by semicolons, and there are no statistics of values for them.
 * @returns How many items it has on its first level; undefined where it is no array.
 */
export function arrayLength(literal: string): number | undefined {
  const end = literal.length - 1;
  if (literal[0] !== '{' || literal[end] !== '}') return undefined;
  if (literal.length === 2) return 0;
  // One item after the other; `level` counts braces that are open, and the last one must close at the very end.
  let level = 0;
  let count = 1;
  let canBegin = true;
  let isClosed = false;
  for (let at = 0; at <= end; at++) {
    const sign = literal[at];
    if (level === 0 && at > 0) return undefined;
    if (sign === '{') {
      if (!canBegin) return undefined;
      level++;
    } else if (sign === '}') {
      if (canBegin) return undefined;
      level--;
      isClosed = true;
    } else if (sign === ',') {
      if (canBegin) return undefined;
      if (level === 1) count++;
      canBegin = true;
      isClosed = false;
    } else {
      if (!canBegin || isClosed) return undefined;
      const after = sign === '"' ? endOfQuoted(literal, at) : endOfPlain(literal, at);
      if (after === undefined) return undefined;
      at = after - 1;
      canBegin = false;
      isClosed = true;
    }
    if (sign === '}') canBegin = false;
  }
  return level === 0 ? count : undefined;
}

/** @returns Where what follows the closing quote is. */
function endOfQuoted(literal: string, from: number): number | undefined {
  for (let at = from + 1; at < literal.length; at++) {
    if (literal[at] === '\\') at++;
    else if (literal[at] === '"') return at + 1;
  }
  return undefined;
}

function endOfPlain(literal: string, from: number): number | undefined {
  let at = from;
  for (; at < literal.length; at++) {
    const sign = literal[at];
    if (sign === ',' || sign === '}') break;
    if (sign === '"' || sign === '{' || sign === '\\') return undefined;
  }
  return literal.slice(from, at).trim() === '' ? undefined : at;
}
