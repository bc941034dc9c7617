/** Which of two configurations costs less. What was not measured is never taken for little. Pure. */
import { contains, type Mask, size } from './masks.ts';
import type { Costs } from './survey.ts';

/** What it adds, less what it frees; below 0 where it frees more. */
export const netBytes = ({ bytes, freedBytes }: Pick<Costs, 'bytes' | 'freedBytes'>): number =>
  bytes - freedBytes;

/** In none of bytes, writes and refresh: a partial order, because the cost of writes may not be known. */
export const costsNoMore = (a: Costs, b: Costs): boolean =>
  netBytes(a) <= netBytes(b) && writesNoMore(a, b) && a.refreshMs <= b.refreshMs;

/** Whatever an unmeasured proposal costs, it costs both: one that only `a` has may cost anything. */
const writesNoMore = ({ writes: a }: Costs, { writes: b }: Costs): boolean =>
  contains(b.unmeasured, a.unmeasured) && a.knownMs <= b.knownMs;

/** Two configurations have the same one if, and only if, each costs no more than the other. */
export const costsKey = (costs: Costs): string =>
  [netBytes(costs), costs.writes.unmeasured, costs.writes.knownMs, costs.refreshMs].join(' ');

/**
 * The cheaper first: net bytes, then the cost of writes (the fewer unmeasured ones first), of a refresh, how many changes it
 * is, and the total time; the workload's order decides between equals. For sort(). Where costsNoMore() says that one is
 * cheaper, it comes first here.
 */
export function byCost(
  a: { readonly configuration: Mask; readonly costs: Costs },
  b: { readonly configuration: Mask; readonly costs: Costs },
): number {
  return (
    netBytes(a.costs) - netBytes(b.costs) ||
    size(a.costs.writes.unmeasured) - size(b.costs.writes.unmeasured) ||
    a.costs.writes.knownMs - b.costs.writes.knownMs ||
    a.costs.refreshMs - b.costs.refreshMs ||
    size(a.configuration) - size(b.configuration) ||
    byTime(a, b) ||
    a.configuration - b.configuration
  );
}

/** The faster first; a bound after every time that is known. For sort(). */
export function byTime(a: { readonly costs: Costs }, b: { readonly costs: Costs }): number {
  const unknown = ({ totalMs, atLeast }: Costs) => (totalMs === undefined ? 2 : atLeast ? 1 : 0);
  return unknown(a.costs) - unknown(b.costs) || (a.costs.totalMs ?? 0) - (b.costs.totalMs ?? 0);
}
