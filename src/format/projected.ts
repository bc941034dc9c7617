/** Figures that were not measured: they never look like measured ones. */
import { formatMs } from './ms.ts';

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
