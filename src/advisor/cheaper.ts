/** Which of two configurations costs less. An unmeasured cost never counts as small. */
import { contains, type Mask, size } from './masks.ts';
import type { Costs } from './survey.ts';

/** Negative if it frees more than it adds. */
export const netBytes = ({ bytes, freedBytes }: Pick<Costs, 'bytes' | 'freedBytes'>): number =>
  bytes - freedBytes;

/** No more bytes, write cost or refresh cost: a partial order, because write costs may be unknown. */
export const costsNoMore = (a: Costs, b: Costs): boolean =>
  netBytes(a) <= netBytes(b) && writesNoMore(a, b) && a.refreshMs <= b.refreshMs;

/** A proposal that both have costs both the same; an unmeasured one that only `a` has may cost anything. */
const writesNoMore = ({ writes: a }: Costs, { writes: b }: Costs): boolean =>
  contains(b.unmeasured, a.unmeasured) && a.knownMs <= b.knownMs;

/** Equal keys mean that each configuration costs no more than the other. */
export const costsKey = (costs: Costs): string =>
  [netBytes(costs), costs.writes.unmeasured, costs.writes.knownMs, costs.refreshMs].join(' ');

/**
 * For sort(), cheapest first: net bytes, write cost (fewer unmeasured proposals first), refresh cost, number of
 * changes, total time, then the workload's order. It agrees with costsNoMore() wherever that says that one is
 * cheaper.
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

/** For sort(), fastest first; lower bounds come after known times. */
export function byTime(a: { readonly costs: Costs }, b: { readonly costs: Costs }): number {
  const unknown = ({ totalMs, atLeast }: Costs) => (totalMs === undefined ? 2 : atLeast ? 1 : 0);
  return unknown(a.costs) - unknown(b.costs) || (a.costs.totalMs ?? 0) - (b.costs.totalMs ?? 0);
}
