/**
 * Sets of proposals as bits: bit i stands for the i-th proposal of a survey. There are two kinds of sets: a
 * *configuration* holds the proposals that are on, a *visible set* the objects that the planner sees. They differ by
 * dropBits(): an index to drop is visible until its proposal is on.
 */

/** JavaScript's bit operations have 32 bits, one of them the sign: at most 30 proposals. */
export type Mask = number;

export const MOST_PROPOSALS = 30;

export const bit = (position: number): Mask => 1 << position;

export const contains = (mask: Mask, part: Mask): boolean => (mask & part) === part;

export const full = (count: number): Mask => 2 ** count - 1;

/** The items that fulfill a condition. */
export const maskWhere = <Item>(items: readonly Item[], isIt: (item: Item) => boolean): Mask =>
  items.reduce((mask, item, position) => (isIt(item) ? mask | bit(position) : mask), 0);

export function size(mask: Mask): number {
  let count = 0;
  for (let rest = mask; rest !== 0; rest &= rest - 1) count++;
  return count;
}

/** Lowest first. */
export function positions(mask: Mask): number[] {
  const found: number[] = [];
  for (let rest = mask; rest !== 0; rest &= rest - 1) found.push(31 - Math.clz32(rest & -rest));
  return found;
}

/** Largest number first, so a superset comes before its subsets. */
export function* subsets(mask: Mask): Generator<Mask> {
  for (let part = mask; ; part = (part - 1) & mask) {
    yield part;
    if (part === 0) return;
  }
}

/** Up to this many proposals a survey visits every configuration. */
export const EXACT = 12;

export function allConfigurations(count: number): Mask[] {
  return [...subsets(full(count))];
}

/** The starting points of a search: baseline, all proposals, each alone, all but each. */
export function firstConfigurations(count: number): Mask[] {
  const all = full(count);
  const each = Array.from({ length: count }, (_, position) => bit(position));
  return [...new Set([all, 0, ...each.map(one => all & ~one), ...each])];
}

export function neighbors(configuration: Mask, count: number): Mask[] {
  return Array.from({ length: count }, (_, position) => configuration ^ bit(position));
}
