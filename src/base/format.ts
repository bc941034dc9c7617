/** Formats figures and makes foreign text safe to print. Imports nothing. */

// Bytes in PostgreSQL's units: kB, MB, GB, TB of 1024.

export const KILOBYTE = 1024;
const BYTE_UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'] as const;

/** `0 B`, `512 B`, `8 kB`, `1.5 MB`, `46 MB`, `1.94 GB`, `19.4 GB`; `–` for invalid sizes. */
export function formatBytes(bytes: number): string {
  if (!Number.isFinite(bytes) || bytes < 0) return '–';
  let amount = bytes;
  let unit = 0;
  // 1023.6 kB would round to 1024 kB instead of 1.00 MB.
  while (amount >= 1023.5 && unit < BYTE_UNITS.length - 1) {
    amount /= 1024;
    unit++;
  }
  return `${byteDigits(amount, unit)} ${BYTE_UNITS[unit]}`;
}

/** From a gigabyte on, budgets need hundredths. */
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

/** PostgreSQL's default block size. */
export const BLOCK_BYTES = 8192;

/** `1.2 MB`, from blocks of 8 kB. */
export function formatBlocks(blocks: number): string {
  return formatBytes(blocks * BLOCK_BYTES);
}

const COUNT_UNITS = ['', ' k', ' M', ' G', ' T'] as const;

/** At most five columns: `0`, `0.25`, `950`, `12.3 k`, `1.50 M`, `50 M`; `–` for invalid counts. */
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

/** `1,500,000`; fractions (rows per loop from PostgreSQL 18) have two places: `0.25`. */
export function formatThousands(count: number): string {
  if (!Number.isFinite(count)) return '–';
  const [whole = '', fraction] = trimmed(count.toFixed(2)).split('.');
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ',');
  return fraction === undefined ? grouped : `${grouped}.${fraction}`;
}

/** `1.50`, `12.3`, `50`, `950` */
function threeDigits(amount: number): string {
  if (amount < 9.995) return amount.toFixed(2);
  if (amount < 99.95) return amount.toFixed(1).replace(/\.0$/, '');
  return String(Math.round(amount));
}

function trimmed(fixed: string): string {
  return fixed.replace(/\.?0+$/, '') || '0';
}

// Factors are cut, not rounded up: 27.9× prints as `27×`, so a claim of 28× needs 28×.

interface Factor {
  /** `58×`, `5.8×`, `1.3×`, `1.07×`; `1×` for the same. Never less than 1. */
  readonly text: string;
  readonly direction: 'faster' | 'slower' | 'same';
}

/** Smaller differences occur between two runs of one plan. */
const SAME_WITHIN = 1.05;

/** @param factor Before / after: above 1 is faster. `–` and 'same' if it is not positive and finite. */
export function formatFactor(factor: number): Factor;
/** From two times in ms; undefined unless both are positive and finite. */
export function formatFactor(before: number, after: number): Factor | undefined;
export function formatFactor(before: number, after?: number): Factor | undefined {
  const ratio = after === undefined ? before : before / after;
  const isKnown = before > 0 && ratio > 0 && Number.isFinite(before) && Number.isFinite(ratio);
  if (!isKnown) return after === undefined ? { text: '–', direction: 'same' } : undefined;
  const factor = Math.max(ratio, 1 / ratio);
  if (factor < SAME_WITHIN) return { text: '1×', direction: 'same' };
  return { text: `${factorDigits(factor)}×`, direction: ratio > 1 ? 'faster' : 'slower' };
}

/** `58× faster`; `faster` alone if the two times do not show that direction. */
export function changeText(kind: 'faster' | 'slower', beforeMs: number, afterMs: number): string {
  const factor = formatFactor(beforeMs, afterMs);
  return factor?.direction === kind ? `${factor.text} ${kind}` : kind;
}

function factorDigits(factor: number): string {
  // One place would print 1.0×.
  if (factor < 1.1) return (Math.floor(factor * 100 + 1e-9) / 100).toFixed(2);
  if (factor < 10) return (Math.floor(factor * 10 + 1e-9) / 10).toFixed(1);
  // Three digits: more are noise.
  const unit = 10 ** Math.max(0, Math.floor(Math.log10(factor)) - 2);
  const whole = Math.floor(factor / unit + 1e-9) * unit;
  return String(whole).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** Control characters that JSON.stringify does not escape, and `##[`, which GitHub's runner obeys anywhere in a line. */
const UNESCAPED = /[\u007f-\u009f]|#(?=\[)/g;

/** JSON in which invisible and control characters are escaped. A reader gets the same values. */
export function jsonText(value: unknown, indent?: number): string {
  return JSON.stringify(value, null, indent).replace(UNESCAPED, escaped).replace(INVISIBLE, escaped);
}

function escaped(character: string): string {
  return Array.from(
    { length: character.length },
    (_, at) => `\\u${character.charCodeAt(at).toString(16).padStart(4, '0')}`,
  ).join('');
}

/** `0 ms`, `<0.01 ms`, `0.04 ms`, `1.2 ms`, `812 ms`, `1.24 s`, `28.1 s`, `2 min 05 s`, `3 h 07 min`; `–` if invalid. */
export function formatMs(ms: number): string {
  if (!Number.isFinite(ms) || ms < 0) return '–';
  if (ms === 0) return '0 ms';
  if (ms < 0.005) return '<0.01 ms';
  // The bounds are where rounding would reach the next unit: 999.6 ms prints as 1.00 s.
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

/** Elapsed time as a clock: `00:42`, `12:05`, `1:02:03`; `--:--` if invalid. */
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

/** `83 %`, never rounded up. */
export function percent(share: number): string {
  return `${Math.floor(share * 100)} %`;
}

/** `8 of 10`, or `99.5 %` for many rows, never rounded up to 100 %. */
export function formatRecall({ found, exact }: { readonly found: number; readonly exact: number }): string {
  if (exact < 1000) return `${found} of ${exact}`;
  return `${(Math.floor((1000 * found) / exact) / 10).toFixed(1)} %`;
}

// Projected figures, marked with `≈`.

interface Interval {
  readonly low: number;
  readonly point: number;
  readonly high: number;
}

/** `≈ 3.20 s (1.90 s … 6.10 s)` */
export function formatProjected(
  { low, point, high }: Interval,
  say: (value: number) => string = formatMs,
): string {
  return `≈ ${say(point)} (${say(low)} … ${say(high)})`;
}

/** A round limit: `2.00 GB` → `2 GB`. */
export function round(figure: string): string {
  return figure.replace(/\.0+(?= )/, '');
}

// Names, literals and errors are data: escape sequences in them must not reach the terminal.

/** C0 controls (with ESC), DEL, and C1 controls, which some terminals also obey. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is the point
const CONTROLS = /[\u0000-\u001f\u007f-\u009f]/g;
/**
 * Characters that reorder, hide or join text, so that a name shows as another one: Unicode's default ignorable code
 * points, line separators, annotation marks, the blank of Braille, and lone surrogates.
 */
export const INVISIBLE = /\p{Default_Ignorable_Code_Point}|[\u2028\u2029\u2800\ufff9-\ufffb]|\p{Cs}/gu;

/**
 * Shows control characters instead of sending them: ESC as `␛`, others as `␀`…`␟`, `␡` or `\x9b`, bidirectional overrides
 * and invisible characters as `\u202e`. One line stays one line.
 * @param keep `newlines` keeps line feeds and tabs, for SQL.
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

/** `1 query`, `1,200 queries`. */
export const plural = (count: number, one: string, many = `${one}s`): string =>
  `${formatThousands(count)} ${count === 1 ? one : many}`;

const about = (count: number, one: string): string => `${formatCount(count)} ${one}${count === 1 ? '' : 's'}`;

/** `1 row`, `208 k rows`. */
export const formatRows = (rows: number): string => about(rows, 'row');

/** `1 call`, `1.04 k calls`. */
export const formatCalls = (calls: number): string => about(calls, 'call');
