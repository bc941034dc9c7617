/** Lists of values as PostgreSQL writes them: `{1,"a b",c}`. Pure. */

/** Between values; all of PostgreSQL's own types have the first but `box`, PostGIS' have the second. */
export const SEPARATORS = [',', ':', ';'] as const;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
/** What array_out() puts into quotes, and what would begin another dimension. */
const ONLY_QUOTED: ReadonlySet<number> = new Set([...'"\\{}'].map(sign => sign.charCodeAt(0)));

/**
 * How many values are in a list, as array_in() counts them. It has one dimension and no NULL, as all lists of statistics
 * (values that are lists themselves stand in quotes); anything else would have the planner read what is not there.
 * @returns undefined where it is no such list.
 */
export function arrayLength(text: string, separator: Separator = ','): number | undefined {
  return endsIn(text, separator)?.length;
}

/** The list of the first values of a list; undefined where it is no such list. */
export function arrayHead(text: string, count: number, separator: Separator = ','): string | undefined {
  const ends = endsIn(text, separator);
  if (ends === undefined) return undefined;
  const last = ends[Math.min(count, ends.length) - 1];
  return last === undefined ? '{}' : `${text.slice(0, last)}}`;
}

type Separator = (typeof SEPARATORS)[number];

/** Where each value ends. */
function endsIn(text: string, separator: Separator): readonly number[] | undefined {
  const last = text.length - 1;
  if (last < 1 || text[0] !== '{' || text[last] !== '}') return undefined;
  const ends: number[] = [];
  if (last === 1) return ends;
  for (let at = 1; ; ) {
    const end = text.charCodeAt(at) === QUOTE ? endOfQuoted(text, at) : endOfPlain(text, at, last, separator);
    if (end === undefined) return undefined;
    ends.push(end);
    if (end === last) return ends;
    if (text[end] !== separator) return undefined;
    at = end + 1;
  }
}

/** @returns Where what follows the closing quote is. */
function endOfQuoted(text: string, from: number): number | undefined {
  for (let at = from + 1; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === BACKSLASH) at++;
    else if (code === QUOTE) return at + 1;
  }
  return undefined;
}

function endOfPlain(text: string, from: number, last: number, separator: string): number | undefined {
  const sign = separator.charCodeAt(0);
  let at = from;
  for (; at < last; at++) {
    const code = text.charCodeAt(at);
    if (code === sign) break;
    if (ONLY_QUOTED.has(code)) return undefined;
  }
  const value = text.slice(from, at);
  return value.trim() === '' || /^\s*null\s*$/i.test(value) ? undefined : at;
}
