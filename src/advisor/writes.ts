/** Whether writes became slower: the rule of verdict.ts, applied to the time per row. */
import { judge } from './verdict.ts';

interface Rates {
  readonly rowsPerSecond: readonly number[];
}

type WriteChange = 'faster' | 'slower' | 'no clear difference' | 'unknown';

/** 'faster' can only be chance, but is reported as measured. */
export function compareWrites(without: Rates, withIt: Rates): WriteChange {
  const { kind } = judge(runsOf(without), runsOf(withIt));
  return kind === 'not measured' || kind === 'same plan' ? 'unknown' : kind;
}

const runsOf = ({ rowsPerSecond }: Rates) => ({
  // ms per 1,000 rows, because LEAST_MS would hide a difference per row.
  runsMs: rowsPerSecond.map(rate => 1_000_000 / rate),
  stoppedAfterMs: undefined,
});
