/**
 * The plans of one query over all sets of proposals that the planner can see, from as few EXPLAINs as possible.
 *
 * If the plan for C uses only U ⊆ C, then every S with U ⊆ S ⊆ C has it too: whatever is cheapest among more ways is
 * cheapest among fewer, as long as it is still there. That holds while a proposal that is not used changes nothing by
 * its mere presence; those that may (influence.ts) are kept as they are in C. Pure but for its own state.
 */
import { contains, type Mask, subsets } from './masks.ts';

/** Every set between the two (both included) has this plan. */
export interface Interval {
  readonly lower: Mask;
  readonly upper: Mask;
  /** Index of the plan among the query's. */
  readonly plan: number;
}

/** Above this many proposals that matter, not every set is visited. */
export const DENSE = 12;

export class Lattice {
  /** What was asked: set → plan. */
  readonly asked = new Map<Mask, number>();
  /** What was inferred, and asked for all the same: set → what the planner said (`--verify`). */
  readonly verified = new Map<Mask, number>();
  readonly intervals: Interval[] = [];
  /** Only these bits make a difference. */
  readonly relevant: Mask;
  /** Sets that were neither asked nor inferred yet. */
  private readonly unknown: Set<Mask>;

  /**
   * @param relevant What can make a difference to this query at all.
   * @param order Which sets are wanted; all of `relevant` where it is left out.
   */
  constructor(relevant: Mask, order: Iterable<Mask> = subsets(relevant)) {
    this.relevant = relevant;
    this.unknown = new Set(order);
  }

  /** How many sets it has to answer for that it has no answer for yet. */
  get open(): number {
    return this.unknown.size;
  }

  /** The set to ask for next: none that is still unknown contains it. undefined when all is known. */
  next(): Mask | undefined {
    // The order of insertion: supersets first.
    for (const mask of this.unknown) return mask;
    return undefined;
  }

  /** More sets are wanted. */
  want(masks: Iterable<Mask>): void {
    for (const mask of masks) {
      const seen = mask & this.relevant;
      if (this.planAt(seen) === undefined) this.unknown.add(seen);
    }
  }

  /**
   * @param seen The set that was asked for.
   * @param uses What its plan uses.
   * @param influence What of `relevant` may change plans without being used.
   */
  learn(seen: Mask, plan: number, uses: Mask, influence: Mask): void {
    const upper = seen & this.relevant;
    const lower = (uses | influence) & upper;
    this.asked.set(upper, plan);
    this.intervals.push({ lower, upper, plan });
    for (const mask of this.unknown)
      if (contains(mask, lower) && contains(upper, mask)) this.unknown.delete(mask);
  }

  /** This is its plan, whatever was inferred. */
  correct(seen: Mask, plan: number): void {
    this.verified.set(seen, plan);
  }

  /** Index of the plan; undefined where it is not known. */
  planAt(seen: Mask): number | undefined {
    return planOf(this, seen);
  }
}

/** What was verified counts before what was asked, and that before what was inferred. */
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
