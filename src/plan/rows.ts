/** Row counters: which are per loop and which are totals. */
import { type Json, numberOf } from './json.ts';

/** `Actual Rows` is an average per loop, rounded to whole rows up to PostgreSQL 17. */
export function totalRows(raw: Json): number {
  return Math.round((numberOf(raw, 'Actual Rows') ?? 0) * (numberOf(raw, 'Actual Loops') ?? 0));
}

/** Filter, join filter, index recheck …: each an average per loop. */
export function rowsRemoved(raw: Json): number {
  let perLoop = 0;
  for (const key of Object.keys(raw))
    if (key.startsWith('Rows Removed by ')) perLoop += numberOf(raw, key) ?? 0;
  return Math.round(perLoop * (numberOf(raw, 'Actual Loops') ?? 0));
}

/** Unlike the rows beside it, a total over all loops. */
export function heapFetches(raw: Json): number | undefined {
  return numberOf(raw, 'Heap Fetches');
}
