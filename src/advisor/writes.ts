/** Whether writes got slower: the rule for run times, on the time a row takes. Pure. */
import { median } from '../session/measure.ts';
import { compareTimings } from './change.ts';

interface Rates {
  /** Of each round. */
  readonly rowsPerSecond: readonly number[];
}

export type WriteChange = 'faster' | 'slower' | 'no clear difference' | 'unknown';

/** Faster only by chance, but said all the same: it is what was measured. */
export function compareWrites(without: Rates, withIt: Rates): WriteChange {
  return compareTimings(timing(without), timing(withIt)).kind;
}

function timing({ rowsPerSecond }: Rates) {
  const runsMs = rowsPerSecond.map(rate => 1000 / rate);
  return { runsMs, medianMs: median(runsMs), timedOutAfterMs: undefined };
}
