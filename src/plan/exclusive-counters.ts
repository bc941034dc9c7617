/** What of the counters is a node's own. */
import { exclusiveAmounts } from './exclusive.ts';
import type { Readers } from './readers.ts';

/**
 * Each field without what ran in the node, by the rules of exclusive.ts: never negative, and adding up to the root's.
 * @param inclusive By node id; undefined where the server counted nothing.
 * @param unit 'whole' for what is counted in pieces (blocks): shares of a CTE are rounded so that the sum stays.
 */
export function exclusiveCounters<T extends object>(
  inclusive: readonly (T | undefined)[],
  readers: Readers,
  unit: 'whole' | 'fraction',
): readonly (T | undefined)[] {
  const template = inclusive.find(counters => counters !== undefined);
  if (template === undefined) return inclusive;
  const fields = Object.keys(template) as (keyof T)[];
  const own = new Map<keyof T, readonly number[]>();
  for (const field of fields) {
    const amounts = inclusive.map(counters => Number(counters?.[field] ?? 0));
    if (amounts.every(amount => amount === 0)) continue;
    const exact = exclusiveAmounts(amounts, readers);
    own.set(field, unit === 'whole' ? inWholes(exact) : exact);
  }
  return inclusive.map((counters, id) => {
    if (counters === undefined) return undefined;
    const entries = fields.map(field => [field, own.get(field)?.[id] ?? 0]);
    return Object.fromEntries(entries) as T;
  });
}

/** Rounded so that the sum stays: what is cut off goes to those that lost most. */
function inWholes(amounts: readonly number[]): readonly number[] {
  // Sums of fractions that should be whole are off by a little.
  const whole = amounts.map(amount => Math.floor(amount + 1e-6));
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
  const missing = Math.round(sum(amounts)) - sum(whole);
  if (missing <= 0) return whole;
  const rest = (id: number) => (amounts[id] ?? 0) - (whole[id] ?? 0);
  const neediest = amounts.map((_, id) => id).sort((a, b) => rest(b) - rest(a) || a - b);
  for (const id of neediest.slice(0, missing)) whole[id] = (whole[id] ?? 0) + 1;
  return whole;
}
