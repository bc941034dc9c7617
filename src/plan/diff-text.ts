/** What became of a step, in a few words. */
import { operationOf } from './label.ts';
import type { PlanNode } from './types.ts';

/** Conditions longer than this are said to have changed; both trees show them whole. */
const SHORT = 60;

/** `Seq Scan → Index Only Scan using i`; both labels whole where another table is read; else the condition that differs. @param then, now Their conditions. */
export function changeText(
  before: PlanNode,
  after: PlanNode,
  then: ReadonlyMap<string, string>,
  now: ReadonlyMap<string, string>,
): string {
  if (before.label !== after.label) {
    const sameTarget = before.relation === after.relation && before.alias === after.alias;
    const from = sameTarget ? operationOf(before.raw, before) : before.label;
    const to = sameTarget ? operationOf(after.raw, after) : after.label;
    // A CTE or a bitmap's index: the operation is the same, what it works on is not.
    return from === to ? `${before.label} → ${after.label}` : `${from} → ${to}`;
  }
  for (const key of new Set([...then.keys(), ...now.keys()])) {
    const from = then.get(key);
    const to = now.get(key);
    if (from === to) continue;
    if (from === undefined) return `${key} added`;
    if (to === undefined) return `${key} gone`;
    return from.length + to.length <= SHORT ? `${key}: ${from} → ${to}` : `${key} changed`;
  }
  return 'changed';
}
