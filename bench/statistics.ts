/** What many rounds say: medians, the middle half, and ratios of figures that were taken side by side. Pure. */

export interface Summary {
  readonly median: number;
  /** The quartiles: half of the rounds lie between them. */
  readonly lower: number;
  readonly upper: number;
}

/** The value below which `share` (0…1) of the values lie, between neighbors in proportion. @throws RangeError when empty. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const at = share * (sorted.length - 1);
  const below = sorted[Math.floor(at)];
  const above = sorted[Math.ceil(at)];
  if (below === undefined || above === undefined) throw new RangeError('no values to summarize');
  return below + (above - below) * (at - Math.floor(at));
}

/** @throws RangeError when empty. */
export function summarize(values: readonly number[]): Summary {
  return { median: quantile(values, 0.5), lower: quantile(values, 0.25), upper: quantile(values, 0.75) };
}

/**
 * Each round's own ratio: what slows a round down slows both of its figures, and cancels out.
 * @throws RangeError unless both are as many, at least one, and positive.
 */
export function pairedRatios(ours: readonly number[], against: readonly number[]): number[] {
  if (ours.length !== against.length || ours.length === 0) {
    throw new RangeError(`${ours.length} figures cannot be paired with ${against.length}`);
  }
  return ours.map((figure, round) => {
    const other = against[round] ?? 0;
    if (!(figure > 0 && other > 0)) throw new RangeError(`no ratio of ${figure} to ${other}`);
    return figure / other;
  });
}
