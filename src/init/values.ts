/** Plausible values for a parameter from its column's statistics: a common one and a rare one. */

import { sanitize } from '../base/format.ts';
import { isRecord } from '../base/json.ts';
import { literal } from '../base/sql.ts';
import { sum } from '../base/statistics.ts';
import type { ColumnStatistics } from './columns.ts';
import type { Use } from './uses.ts';

/** Key number `at`, from 1, of a path of `of` keys. */
export interface JsonStep {
  readonly at: number;
  readonly of: number;
}

type Document = Readonly<Record<string, unknown>>;

/** The most frequent key that leads to a value at the path's depth. */
function jsonKey(samples: readonly string[], { at, of }: JsonStep): string | undefined {
  return pathOf(documents(samples), of)[at - 1];
}

/** The values at the end of the path, as ->> shows them, most frequent first. */
function jsonLeaves(samples: readonly string[], of: number): string[] {
  const path = pathOf(documents(samples), of);
  if (path.length < of) return [];
  const leaves = documents(samples).flatMap(document => {
    const leaf = path.reduce<unknown>((value, key) => (isRecord(value) ? value[key] : undefined), document);
    return leaf === undefined || leaf === null || typeof leaf === 'object' ? [] : [String(leaf)];
  });
  return byFrequency(leaves);
}

function pathOf(from: readonly Document[], length: number): string[] {
  if (length === 0) return [];
  const entries = from.flatMap(document => Object.entries(document));
  const fitting = entries.filter(([, value]) =>
    length > 1 ? isRecord(value) : value !== null && typeof value !== 'object',
  );
  const [key] = byFrequency(fitting.map(([name]) => name));
  if (key === undefined) return [];
  const inner = from.map(document => document[key]).filter(isRecord);
  return [key, ...pathOf(inner, length - 1)];
}

function documents(samples: readonly string[]): Document[] {
  return samples.flatMap(sample => {
    try {
      const value: unknown = JSON.parse(sample);
      return isRecord(value) ? [value] : [];
    } catch {
      return [];
    }
  });
}

function byFrequency(values: readonly string[]): string[] {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)).map(([value]) => value);
}

type ColumnUse = Extract<Use, { kind: 'column' }>;

/** Whether the value should select many or few rows. */
export type Frequency = 'common' | 'rare';

/** Longer values, and those with control characters, are not readable in a file. */
const LONGEST = 200;
/** A value this many times as frequent deserves a set of its own. */
const SKEWED = 5;
/** A histogram with this many bounds is fine enough for a narrow range. */
const FINE = 20;
/** Number of elements for `= ANY($1)`. */
const ELEMENTS = 3;

/** @returns An SQL literal; undefined: the statistics hold no value. */
export function plausibleValue(
  use: ColumnUse,
  statistics: ColumnStatistics,
  frequency: Frequency = 'common',
): string | undefined {
  if (use.json?.role === 'key') return quoted(jsonKey(samplesOf(statistics), use.json));
  if (use.as === 'contains' && /^jsonb?$/.test(statistics.type)) return quoted(documentOf(statistics));
  if (use.as === 'array') {
    const values = candidates(statistics, frequency).slice(0, ELEMENTS);
    return values.length === 0 ? undefined : literal(`{${values.map(quoteElement).join(',')}}`);
  }
  if (use.as === 'word') return quoted(wordOf(use, statistics, frequency));
  const value =
    use.json === undefined ? valueFor(use, statistics, frequency) : leafFor(use, statistics, frequency);
  if (value === undefined) return undefined;
  const text = folded(use, value);
  if (text === undefined) return undefined;
  if (use.as === 'network') return literal(networkOf(text));
  if (use.as === 'pattern')
    return literal(`${beginning(text, statistics, frequency).replace(/[\\%_]/g, '\\$&')}%`);
  if (use.as === 'regex')
    return literal(`^${beginning(text, statistics, frequency).replace(/[^\p{L}\p{N} ]/gu, '\\$&')}`);
  const isNumber = statistics.isNumber || use.folded === 'month';
  return isNumber && /^\d+(\.\d+)?$/.test(text) ? text : literal(text);
}

/** A lexeme of a tsvector, or the longest word of a text. */
function wordOf({ rank }: ColumnUse, statistics: ColumnStatistics, frequency: Frequency): string | undefined {
  const isWord = (text: string) => /^[\p{L}\p{N}]+$/u.test(text);
  const words =
    statistics.elements.length > 0
      ? statistics.elements
      : candidates(statistics, frequency).map(
          text => (text.match(/[\p{L}\p{N}]+/gu) ?? []).sort((a, b) => b.length - a.length)[0] ?? '',
        );
  return ranked(words.filter(isWord), rank, frequency);
}

const quoted = (text: string | undefined): string | undefined =>
  text === undefined ? undefined : literal(text);

function folded({ folded: how }: ColumnUse, value: string): string | undefined {
  if (how === 'lower') return value.toLowerCase();
  if (how === 'upper') return value.toUpperCase();
  // usualArgument() fills extract() and date_part() with 'month'.
  if (how === 'month') return /^\d+-(\d\d)-/.exec(value)?.[1]?.replace(/^0/, '');
  return value;
}

function valueFor({ as, rank, paired }: ColumnUse, statistics: ColumnStatistics, frequency: Frequency) {
  if (as === 'element') return ranked(statistics.elements.filter(isReadable), rank, frequency);
  const values = candidates(statistics, frequency);
  if (as !== 'low' && as !== 'high') return values[rank % Math.max(1, values.length)];
  const { isNumber } = statistics;
  const histogram = statistics.histogram.filter(isReadable);
  const sorted =
    histogram.length > 1
      ? histogram
      : [...values].sort((a, b) => (isNumber ? Number(a) - Number(b) : a < b ? -1 : 1));
  const last = sorted.length - 1;
  if (frequency === 'rare' && last >= FINE) {
    const middle = Math.floor(last / 2);
    if (paired === true) return sorted[as === 'low' ? middle : middle + 1];
    return sorted[as === 'low' ? last - 1 : 1];
  }
  // Leave some rows between the bounds of a range.
  return sorted[as === 'low' ? Math.floor(last * 0.4) : Math.ceil(last * 0.6)];
}

/**
 * 'common': most common values first, then the histogram from its middle outwards. 'rare': the reverse, if the most
 * common value is much more frequent.
 */
function candidates({ common, frequencies, histogram }: ColumnStatistics, frequency: Frequency): string[] {
  const middle = (histogram.length - 1) / 2;
  const spread = histogram
    .map((value, position) => ({ value, distance: Math.abs(position - middle) }))
    .sort((a, b) => a.distance - b.distance)
    .map(({ value }) => value);
  const all = [...new Set([...common, ...spread])].filter(isReadable);
  if (frequency === 'common' || common.length === 0) return all;
  // Histogram values share the rows that are not of common values.
  const rest = 1 - sum(frequencies);
  const rarest = spread.length > 0 ? rest / spread.length : (frequencies.at(-1) ?? 0);
  if ((frequencies[0] ?? 0) < SKEWED * rarest) return all;
  return [...new Set([...spread, ...[...common].reverse()])].filter(isReadable);
}

/** 'rare' starts from the last. */
function ranked(values: readonly string[], rank: number, frequency: Frequency): string | undefined {
  const ordered = frequency === 'common' ? values : [...values].reverse();
  return ordered[rank % Math.max(1, ordered.length)];
}

function leafFor(
  { json, rank }: ColumnUse,
  statistics: ColumnStatistics,
  frequency: Frequency,
): string | undefined {
  if (json === undefined) return undefined;
  return ranked(jsonLeaves(samplesOf(statistics), json.of).filter(isReadable), rank, frequency);
}

const samplesOf = ({ common, histogram }: ColumnStatistics): readonly string[] => [...common, ...histogram];

function documentOf(statistics: ColumnStatistics): string | undefined {
  const samples = samplesOf(statistics);
  const key = jsonKey(samples, { at: 1, of: 1 });
  const [value] = jsonLeaves(samples, 1);
  if (key === undefined || value === undefined) return undefined;
  const isPlain = samples.some(sample => sample.includes(`"${key}": ${value}`));
  return `{"${key}": ${isPlain ? value : JSON.stringify(value)}}`;
}

/** The shortest prefix that few known values share, because all values may start alike. */
function beginning(text: string, statistics: ColumnStatistics, frequency: Frequency): string {
  const values = candidates(statistics, 'common');
  const few = Math.max(1, values.length * (frequency === 'rare' ? 0.01 : 0.1));
  const characters = [...text];
  for (let length = Math.min(3, characters.length); length < characters.length; length++) {
    const start = characters.slice(0, length).join('');
    if (values.filter(value => value.toLowerCase().startsWith(start.toLowerCase())).length <= few)
      return start;
  }
  return text;
}

/** An address alone contains no other address, so take its network. */
function networkOf(text: string): string {
  if (text.includes('/')) return text;
  return text.includes(':') ? `${text}/64` : `${text.replace(/\.\d+$/, '.0')}/24`;
}

const isReadable = (value: string): boolean => value.length <= LONGEST && sanitize(value) === value;
const quoteElement = (value: string): string => `"${value.replace(/["\\]/g, '\\$&')}"`;
