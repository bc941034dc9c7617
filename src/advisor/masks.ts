/**
 * Sets of proposals as bits: bit i stands for the i-th proposal of a survey. Two spaces, one flip apart (SurveyBits):
 * a *configuration* has the bits of what is changed; what the planner *can see* has those of what is there, and an
 * index to drop is there until it is changed. Pure.
 */

/** At most 30 proposals: JavaScript's bits are 32, one of them the sign. */
export type Mask = number;

export const MOST_PROPOSALS = 30;

export const bit = (position: number): Mask => 1 << position;

export const contains = (mask: Mask, part: Mask): boolean => (mask & part) === part;

/** The mask of all of `count` proposals. */
export const full = (count: number): Mask => 2 ** count - 1;

/** How many bits are set. */
export function size(mask: Mask): number {
  let count = 0;
  for (let rest = mask; rest !== 0; rest &= rest - 1) count++;
  return count;
}

/** Positions of the bits that are set, lowest first. */
export function positions(mask: Mask): number[] {
  const found: number[] = [];
  for (let rest = mask; rest !== 0; rest &= rest - 1) found.push(31 - Math.clz32(rest & -rest));
  return found;
}

/** All subsets of `mask`, largest number first: a superset always comes before its subsets. */
export function* subsets(mask: Mask): Generator<Mask> {
  for (let part = mask; ; part = (part - 1) & mask) {
    yield part;
    if (part === 0) return;
  }
}

/** Which configurations are looked at: all of them, or from 13 proposals on those that a search has come upon. Pure. */

/** Up to here every configuration is looked at. */
export const EXACT = 12;

export function allConfigurations(count: number): Mask[] {
  return [...subsets(full(count))];
}

/** Where a search begins: nothing, everything, each alone, each left out. */
export function firstConfigurations(count: number): Mask[] {
  const all = full(count);
  const each = Array.from({ length: count }, (_, position) => bit(position));
  return [...new Set([all, 0, ...each.map(one => all & ~one), ...each])];
}

/** One switch away from it. */
export function neighbors(configuration: Mask, count: number): Mask[] {
  return Array.from({ length: count }, (_, position) => configuration ^ bit(position));
}
