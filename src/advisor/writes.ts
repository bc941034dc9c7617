/** Whether writes got slower: the rule for run times (verdict.ts), on the time a row takes. Pure. */
import { judge } from './verdict.ts';

interface Rates {
  /** Of each round. */
  readonly rowsPerSecond: readonly number[];
}

type WriteChange = 'faster' | 'slower' | 'no clear difference' | 'unknown';

/** Writes can only seem faster by chance; what was measured is reported all the same. */
export function compareWrites(without: Rates, withIt: Rates): WriteChange {
  const { kind } = judge(runsOf(without), runsOf(withIt));
  return kind === 'not measured' || kind === 'same plan' ? 'unknown' : kind;
}

const runsOf = ({ rowsPerSecond }: Rates) => ({
  // ms of a thousand rows: of one, a difference would be too small for a word.
  runsMs: rowsPerSecond.map(rate => 1_000_000 / rate),
  stoppedAfterMs: undefined,
});
