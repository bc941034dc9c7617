/**
 * The plans of one query over all visible sets of proposals, from as few EXPLAINs as possible.
 *
 * If the plan under C uses only U ⊆ C, every S with U ⊆ S ⊆ C has the same plan: the cheapest of many alternatives
 * stays the cheapest of fewer. This requires that the missing proposals do not influence plans by their mere
 * existence; those that may (influence.ts) stay as they are in C.
 */
import { contains, type Mask, subsets } from './masks.ts';

/** Every set from `lower` to `upper` (inclusive) has this plan. */
export interface Interval {
  readonly lower: Mask;
  readonly upper: Mask;
  /** Index of the plan among the query's. */
  readonly plan: number;
}

/** Above this many relevant proposals the lattice covers only the wanted sets. */
export const DENSE = 12;

export class Lattice {
  /** Set → plan that the planner returned. */
  readonly asked = new Map<Mask, number>();
  /** The same for inferred sets that `--verify` asked for. */
  readonly verified = new Map<Mask, number>();
  readonly intervals: Interval[] = [];
  readonly relevant: Mask;
  private readonly unknown: Set<Mask>;

  /**
   * @param relevant The proposals that can change this query's plan.
   * @param order The wanted sets; by default all subsets of `relevant`.
   */
  constructor(relevant: Mask, order: Iterable<Mask> = subsets(relevant)) {
    this.relevant = relevant;
    this.unknown = new Set(order);
  }

  get open(): number {
    return this.unknown.size;
  }

  /** The next set to ask for; none of its supersets is unknown. undefined: all are known. */
  next(): Mask | undefined {
    for (const mask of this.unknown) return mask;
    return undefined;
  }

  want(masks: Iterable<Mask>): void {
    for (const mask of masks) {
      const seen = mask & this.relevant;
      if (this.planAt(seen) === undefined) this.unknown.add(seen);
    }
  }

  /**
   * @param seen The visible set.
   * @param uses The proposals that its plan uses.
   * @param influence The proposals that may change plans without being used.
   */
  learn(seen: Mask, plan: number, uses: Mask, influence: Mask): void {
    const upper = seen & this.relevant;
    const lower = (uses | influence) & upper;
    this.asked.set(upper, plan);
    this.intervals.push({ lower, upper, plan });
    for (const mask of this.unknown)
      if (contains(mask, lower) && contains(upper, mask)) this.unknown.delete(mask);
  }

  /** Overrides what was inferred. */
  correct(seen: Mask, plan: number): void {
    this.verified.set(seen, plan);
  }

  planAt(seen: Mask): number | undefined {
    return planOf(this, seen);
  }
}

/** Verified plans take precedence over asked ones, and these over inferred ones. */
export function planOf(
  {
    relevant,
    asked,
    verified,
    intervals,
  }: Pick<Lattice, 'relevant'> & {
    readonly asked: ReadonlyMap<Mask, number>;
    readonly verified?: ReadonlyMap<Mask, number> | undefined;
    readonly intervals: readonly Interval[];
  },
  seen: Mask,
): number | undefined {
  const mask = seen & relevant;
  const known = verified?.get(seen) ?? asked.get(mask);
  if (known !== undefined) return known;
  return intervals.find(({ lower, upper }) => contains(mask, lower) && contains(upper, mask))?.plan;
}
