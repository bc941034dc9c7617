/** Figures and foreign text for people's eyes; pure, and imports nothing of ours. */

/** Bytes in PostgreSQL's units: kB, MB, GB, TB of 1024. */

const BYTE_UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'] as const;

/** `0 B`, `512 B`, `8 kB`, `1.5 MB`, `46 MB`, `1.94 GB`, `19.4 GB`. What is not a size is `–`. */
export function formatBytes(bytes: number): string {
  if (!Number.isFinite(bytes) || bytes < 0) return '–';
  let amount = bytes;
  let unit = 0;
  // 1023.6 kB would read 1024 kB: that is 1.00 MB.
  while (amount >= 1023.5 && unit < BYTE_UNITS.length - 1) {
    amount /= 1024;
    unit++;
  }
  return `${byteDigits(amount, unit)} ${BYTE_UNITS[unit]}`;
}

/** Below a gigabyte a tenth is precise enough; above, a budget is judged by hundredths. */
function byteDigits(amount: number, unit: number): string {
  if (unit === 0) return String(Math.round(amount));
  if (unit === 1)
    return amount < 9.95 && !isWhole(amount, 1) ? amount.toFixed(1) : String(Math.round(amount));
  if (unit === 2) return amount < 9.95 ? amount.toFixed(1) : String(Math.round(amount));
  if (amount < 9.995) return amount.toFixed(2);
  return amount < 99.95 ? amount.toFixed(1) : String(Math.round(amount));
}

function isWhole(amount: number, places: number): boolean {
  return Number(amount.toFixed(places)) === Math.round(amount);
}

/** PostgreSQL's blocks are 8 kB wherever it was not compiled otherwise. */
export const BLOCK_BYTES = 8192;

/** Blocks of 8 kB as bytes: `1.2 MB`. */
export function formatBlocks(blocks: number): string {
  return formatBytes(blocks * BLOCK_BYTES);
}

/** Numbers of rows and of anything else that is counted. */

const COUNT_UNITS = ['', ' k', ' M', ' G', ' T'] as const;

/** At most five columns wide: `0`, `0.25`, `950`, `12.3 k`, `1.50 M`, `50 M`. What is not a count is `–`. */
export function formatCount(count: number): string {
  if (!Number.isFinite(count) || count < 0) return '–';
  if (count < 9.995 && !Number.isInteger(count)) return trimmed(count.toFixed(2));
  let amount = count;
  let unit = 0;
  while (amount >= 999.5 && unit < COUNT_UNITS.length - 1) {
    amount /= 1000;
    unit++;
  }
  if (unit === 0) return String(Math.round(amount));
  return `${threeDigits(amount)}${COUNT_UNITS[unit]}`;
}

/** Every digit: `1,500,000`. Fractions (rows per loop from PostgreSQL 18) keep two places: `0.25`. */
export function formatThousands(count: number): string {
  if (!Number.isFinite(count)) return '–';
  const [whole = '', fraction] = trimmed(count.toFixed(2)).split('.');
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ',');
  return fraction === undefined ? grouped : `${grouped}.${fraction}`;
}

/** `1.50`, `12.3`, `50`, `950`: a whole number from ten on needs no `.0`. */
function threeDigits(amount: number): string {
  if (amount < 9.995) return amount.toFixed(2);
  if (amount < 99.95) return amount.toFixed(1).replace(/\.0$/, '');
  return String(Math.round(amount));
}

function trimmed(fixed: string): string {
  return fixed.replace(/\.?0+$/, '') || '0';
}

/** How many times faster or slower, without flattering. */

interface Factor {
  /** `58×`, `5.8×`, `1.3×`, `1.07×`; `1×` for the same. Never less than 1: the direction says which way. */
  readonly text: string;
  readonly direction: 'faster' | 'slower' | 'same';
}

/** Below this the difference is within what two runs of one plan differ by. */
const SAME_WITHIN = 1.05;

/**
 * Digits are cut, not rounded up: 27.9× reads `27×`, so that a claim of 28× stays a claim.
 * @param factor Before / after: above 1 is faster. What is not positive and finite is `–`, the same.
 */
export function formatFactor(factor: number): Factor;
/** From two times in ms; undefined unless both are positive and finite: there is no honest factor from nothing. */
export function formatFactor(before: number, after: number): Factor | undefined;
export function formatFactor(before: number, after?: number): Factor | undefined {
  const ratio = after === undefined ? before : before / after;
  const isKnown = before > 0 && ratio > 0 && Number.isFinite(before) && Number.isFinite(ratio);
  if (!isKnown) return after === undefined ? { text: '–', direction: 'same' } : undefined;
  const factor = Math.max(ratio, 1 / ratio);
  if (factor < SAME_WITHIN) return { text: '1×', direction: 'same' };
  return { text: `${factorDigits(factor)}×`, direction: ratio > 1 ? 'faster' : 'slower' };
}

/** `58× faster`, of a change that was judged elsewhere; the word alone where the two times beside it show no such factor. */
export function changeText(kind: 'faster' | 'slower', beforeMs: number, afterMs: number): string {
  const factor = formatFactor(beforeMs, afterMs);
  return factor?.direction === kind ? `${factor.text} ${kind}` : kind;
}

function factorDigits(factor: number): string {
  // A tenth would read 1.0× here, which says "the same" and "faster" at once.
  if (factor < 1.1) return (Math.floor(factor * 100 + 1e-9) / 100).toFixed(2);
  if (factor < 10) return (Math.floor(factor * 10 + 1e-9) / 10).toFixed(1);
  const whole = Math.floor(factor + 1e-9);
  return String(whole).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** JSON as it is printed and written: values are as they were, and nothing in it can hide or steer. */

/** What JSON.stringify leaves as it is; and what GitHub's runner obeys wherever it stands in a line. */
const UNESCAPED = /[\u007f-\u009f]|#(?=\[)/g;

/** Only strings hold such characters, and to a reader an escape is the same as the character. */
export function jsonText(value: unknown, indent?: number): string {
  return JSON.stringify(value, null, indent).replace(UNESCAPED, escaped).replace(INVISIBLE, escaped);
}

function escaped(character: string): string {
  return Array.from(
    { length: character.length },
    (_, at) => `\\u${character.charCodeAt(at).toString(16).padStart(4, '0')}`,
  ).join('');
}

/** Milliseconds as a person reads them. */

/**
 * `0 ms`, `<0.01 ms`, `0.04 ms`, `1.2 ms`, `35 ms`, `812 ms`, `1.24 s`, `28.1 s`, `2 min 05 s`, `3 h 07 min`.
 * What is not a time (NaN, negative, infinite) is `–`.
 */
export function formatMs(ms: number): string {
  if (!Number.isFinite(ms) || ms < 0) return '–';
  if (ms === 0) return '0 ms';
  if (ms < 0.005) return '<0.01 ms';
  // Each bound is where rounding would reach the next unit, so that 999.6 ms is 1.00 s and not 1000 ms.
  if (ms < 0.995) return `${ms.toFixed(2)} ms`;
  if (ms < 9.95) return `${ms.toFixed(1)} ms`;
  if (ms < 999.5) return `${Math.round(ms)} ms`;
  const seconds = ms / 1000;
  if (seconds < 9.995) return `${seconds.toFixed(2)} s`;
  if (seconds < 59.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${pad(whole % 60)} s`;
  const minutes = Math.round(seconds / 60);
  return `${Math.floor(minutes / 60)} h ${pad(minutes % 60)} min`;
}

/** A clock for what is still running: `00:42`, `12:05`, `1:02:03`; `--:--` for what is not a time. */
export function formatDuration(ms: number): string {
  if (!Number.isFinite(ms) || ms < 0) return '--:--';
  const seconds = Math.floor(ms / 1000);
  const hours = Math.floor(seconds / 3600);
  const clock = `${pad(Math.floor(seconds / 60) % 60)}:${pad(seconds % 60)}`;
  return hours > 0 ? `${hours}:${clock}` : clock;
}

function pad(n: number): string {
  return String(n).padStart(2, '0');
}

/** A share as a person reads it. */

/** `83 %`: cut, not rounded up. */
export function percent(share: number): string {
  return `${Math.floor(share * 100)} %`;
}

/** Figures that were not measured: they never look like measured ones. */

interface Interval {
  readonly low: number;
  readonly point: number;
  readonly high: number;
}

/** `≈ 3.20 s (1.90 s … 6.10 s)`: a projection with its interval. */
export function formatProjected(
  { low, point, high }: Interval,
  say: (value: number) => string = formatMs,
): string {
  return `≈ ${say(point)} (${say(low)} … ${say(high)})`;
}

/** A limit as a person would write it: `2 GB`, not `2.00 GB`. For a figure with its unit behind a blank. */
export function round(figure: string): string {
  return figure.replace(/\.0+(?= )/, '');
}

/** Data must not steer the terminal: names, literals and errors can hold escape sequences. */

/** C0 controls (ESC among them), DEL, and the C1 controls that some terminals obey as well as ESC. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is the point
const CONTROLS = /[\u0000-\u001f\u007f-\u009f]/g;
/**
 * Characters that reorder, hide or join text, so that a name shows as another: all that Unicode has programs ignore where they have no
 * picture of them, separators of lines, marks of annotations, the blank of Braille, and lone surrogates.
 */
const INVISIBLE = /\p{Default_Ignorable_Code_Point}|[\u2028\u2029\u2800\ufff9-\ufffb]|\p{Cs}/gu;

/**
 * The text with every control character shown instead of obeyed: ESC as `␛`, others as `␀`…`␟`, `␡` or `\x9b`,
 * bidirectional overrides and invisible characters as `\u202e`. One line in, one line out.
 * @param keep `newlines` leaves line feeds and tabs alone, for texts that are shown whole (SQL).
 */
export function sanitize(text: string, keep?: 'newlines'): string {
  return text
    .replace(CONTROLS, character => {
      if (keep === 'newlines' && (character === '\n' || character === '\t')) return character;
      const code = character.charCodeAt(0);
      if (code < 0x20) return String.fromCharCode(0x2400 + code);
      return code === 0x7f ? '␡' : `\\x${code.toString(16)}`;
    })
    .replace(INVISIBLE, character => {
      const code = character.codePointAt(0) ?? 0;
      return code > 0xffff ? `\\u{${code.toString(16)}}` : `\\u${code.toString(16).padStart(4, '0')}`;
    });
}

/** SQL as it is written to a file: it means what it meant, and nothing in it can hide or steer. Pure. */

/** Controls but tabs and ends of lines, and invisible characters. */
const HIDDEN = new RegExp(
  `[\\u0001-\\u0008\\u000b\\u000c\\u000e-\\u001f\\u007f-\\u009f]|${INVISIBLE.source}`,
  'gu',
);
const isVisible = (text: string): boolean => text.search(HIDDEN) < 0;

/** A literal goes on in the next line; all its parts are read in the way of the first. */
const MORE = String.raw`(?:[ \t]*\r?\n\s*'(?:[^']|'')*')*`;
/** What PostgreSQL's lexer sees as one, in its order. Comments within comments are found by `commentEnd`. */
const TOKEN = new RegExp(
  [
    String.raw`(?<line>--[^\n\r]*)`,
    String.raw`(?<block>\/\*)`,
    String.raw`(?<escaped>\b[eE]'(?:[^'\\]|''|\\[\s\S])*')`,
    String.raw`(?<unicode>\b[uU]&(?:'(?:[^']|'')*'${MORE}|"(?:[^"]|"")*")(?:\s+uescape\s+'(?<mark>.)')?)`,
    String.raw`(?<literal>(?<national>\b[nN])?'(?:[^']|'')*'${MORE})`,
    `(?<quoted>"(?:[^"]|"")*")`,
    String.raw`(?<dollars>\$(?<tag>(?:[\p{L}_\u0080-\u{10ffff}][\w\u0080-\u{10ffff}]*)?)\$)`,
    String.raw`(?<word>[A-Za-z_\u0080-\u{10ffff}][\w$\u0080-\u{10ffff}]*)`,
  ].join('|'),
  'gu',
);

export function visibleSql(sql: string): string {
  if (isVisible(sql)) return sql;
  let written = '';
  let at = 0;
  let before = '';
  for (;;) {
    TOKEN.lastIndex = at;
    const token = TOKEN.exec(sql);
    if (token === null) break;
    const start = token.index;
    const end = endOf(sql, start, token);
    written +=
      sanitize(sql.slice(at, start), 'newlines') + shown(sql.slice(start, end), token.groups ?? {}, before);
    before = token[0].toUpperCase();
    at = end;
  }
  return written + sanitize(sql.slice(at), 'newlines');
}

function endOf(sql: string, start: number, token: RegExpExecArray): number {
  const { block, dollars } = token.groups ?? {};
  const after = start + token[0].length;
  if (block !== undefined) return commentEnd(sql, after);
  if (dollars === undefined) return after;
  const close = sql.indexOf(dollars, after);
  return close < 0 ? after : close + dollars.length;
}

function commentEnd(sql: string, from: number): number {
  const edge = /\/\*|\*\//g;
  edge.lastIndex = from;
  let depth = 1;
  for (let found = edge.exec(sql); found !== null; found = edge.exec(sql)) {
    depth += found[0] === '/*' ? 1 : -1;
    if (depth === 0) return edge.lastIndex;
  }
  return sql.length;
}

/** @param before The token before it. */
function shown(text: string, kind: Readonly<Record<string, string | undefined>>, before: string): string {
  if (isVisible(text)) return text;
  if (kind.escaped !== undefined) return text.replace(HIDDEN, character => inEscaped(character));
  if (kind.unicode !== undefined) return text.replace(HIDDEN, character => inUnicode(character, kind.mark));
  if (kind.literal !== undefined) {
    const cast = kind.national === undefined ? '' : '::pg_catalog.bpchar';
    return `U&${escapes(text.slice(kind.national?.length ?? 0))}${cast}`;
  }
  if (kind.quoted !== undefined) return `U&${escapes(text)}`;
  if (kind.word !== undefined) return `U&"${escapes(text.replace(/[A-Z]+/g, part => part.toLowerCase()))}"`;
  if (kind.dollars !== undefined) {
    const inside = text.slice(kind.dollars.length, -kind.dollars.length);
    // The body of a DO is SQL of its own.
    if (before === 'DO') return `${kind.dollars}${visibleSql(inside)}${kind.dollars}`;
    return `U&'${escapes(inside.replaceAll("'", "''"))}'`;
  }
  // A comment.
  return sanitize(text, 'newlines');
}

const escapes = (text: string): string =>
  text.replaceAll('\\', '\\\\').replace(HIDDEN, character => inUnicode(character));

const hex = (character: string, digits: number): string =>
  (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(digits, '0');

const inUnicode = (character: string, mark = '\\'): string =>
  character.length === 1 ? `${mark}${hex(character, 4)}` : `${mark}+${hex(character, 6)}`;

const inEscaped = (character: string): string =>
  character.length === 1 ? `\\u${hex(character, 4)}` : `\\U${hex(character, 8)}`;

/** `8 of 10`, and `99.5 %` where there are many: never 100 % of an answer that lacks a row. */
export function formatRecall({ found, exact }: { readonly found: number; readonly exact: number }): string {
  if (exact < 1000) return `${found} of ${exact}`;
  return `${(Math.floor((1000 * found) / exact) / 10).toFixed(1)} %`;
}
