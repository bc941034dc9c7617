/** A plausible value for a parameter from the statistics of the column it is compared with. Pure. */
import { literal } from '../database/link.ts';
import { sanitize } from '../format/index.ts';
import type { ColumnStatistics } from './columns.ts';
import type { Use } from './use.ts';

type ColumnUse = Extract<Use, { kind: 'column' }>;

/** Longer ones are no values to read in a file, nor are those with line feeds or escape sequences in them. */
const LONGEST = 200;

/** @returns An SQL literal; undefined where the statistics hold no value. */
export function plausibleValue(use: ColumnUse, statistics: ColumnStatistics): string | undefined {
  const { isNumber } = statistics;
  if (use.as === 'array') {
    const values = candidates(statistics).slice(0, 3);
    return values.length === 0 ? undefined : literal(`{${values.map(quoteElement).join(',')}}`);
  }
  const value = valueFor(use, statistics);
  if (value === undefined) return undefined;
  const text =
    use.folded === 'lower' ? value.toLowerCase() : use.folded === 'upper' ? value.toUpperCase() : value;
  if (use.as === 'pattern') return literal(`${beginning(text).replace(/[\\%_]/g, '\\$&')}%`);
  if (use.as === 'regex') return literal(`^${beginning(text).replace(/[^\p{L}\p{N} ]/gu, '\\$&')}`);
  if (isNumber && /^\d+(\.\d+)?$/.test(text)) return text;
  return literal(text);
}

function valueFor({ as, rank }: ColumnUse, statistics: ColumnStatistics): string | undefined {
  const values = candidates(statistics);
  if (as !== 'low' && as !== 'high') return values[rank % Math.max(1, values.length)];
  const { isNumber } = statistics;
  const histogram = statistics.histogram.filter(isReadable);
  const sorted =
    histogram.length > 1
      ? histogram
      : [...values].sort((a, b) => (isNumber ? Number(a) - Number(b) : a < b ? -1 : 1));
  // Two bounds of a range must leave something between them.
  const last = sorted.length - 1;
  return sorted[as === 'low' ? Math.floor(last * 0.4) : Math.ceil(last * 0.6)];
}

/** The most common values first, then from the middle of the histogram outwards. */
function candidates({ common, histogram }: ColumnStatistics): string[] {
  const middle = (histogram.length - 1) / 2;
  const spread = histogram
    .map((value, position) => ({ value, distance: Math.abs(position - middle) }))
    .sort((a, b) => a.distance - b.distance)
    .map(({ value }) => value);
  return [...new Set([...common, ...spread])].filter(isReadable);
}

const isReadable = (value: string): boolean => value.length <= LONGEST && sanitize(value) === value;
const beginning = (text: string): string => [...text].slice(0, 3).join('');
const quoteElement = (value: string): string => `"${value.replace(/["\\]/g, '\\$&')}"`;
