/** Which configurations are looked at: all of them, or from 13 proposals on those that a search has come upon. Pure. */
import { bit, full, type Mask, subsets } from './masks.ts';

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
export function neighbours(configuration: Mask, count: number): Mask[] {
  return Array.from({ length: count }, (_, position) => configuration ^ bit(position));
}
