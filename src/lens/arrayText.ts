/** Array literals as PostgreSQL prints them: `{1,"a b",c}`. */

/** Delimiters: PostgreSQL's own types use `,`, except `box` (`;`); PostGIS' use `:`. */
export const SEPARATORS = [',', ':', ';'] as const;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
/** Characters that array_out() only prints within quotes. */
const ONLY_QUOTED: ReadonlySet<number> = new Set([...'"\\{}'].map(sign => sign.charCodeAt(0)));

/**
 * Counts the values as array_in() does. Lists of statistics have one dimension and no NULL (nested lists are quoted); with
 * any other list the planner would read memory that is not there.
 * @returns undefined if the text is no such list.
 */
export function arrayLength(text: string, separator: Separator = ','): number | undefined {
  return endsIn(text, separator)?.length;
}

/** The literal of the first `count` values; undefined if the text is no such list. */
export function arrayHead(text: string, count: number): string | undefined {
  const ends = endsIn(text, ',');
  if (ends === undefined) return undefined;
  const last = ends[Math.min(count, ends.length) - 1];
  return last === undefined ? '{}' : `${text.slice(0, last)}}`;
}

type Separator = (typeof SEPARATORS)[number];

/** End position of each value. */
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

/** @returns Position after the closing quote. */
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
