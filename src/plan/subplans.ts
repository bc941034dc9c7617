/** What hangs under a node without being part of it: CTEs and InitPlans are charged to their readers. */
import { textOf } from './json.ts';
import type { RawNode } from './skeleton.ts';

/** The name in `CTE x`; undefined for anything else. */
export function cteName(node: Pick<RawNode, 'raw'>): string | undefined {
  const name = textOf(node.raw, 'Subplan Name');
  return name?.startsWith('CTE ') ? name.slice('CTE '.length) : undefined;
}

export function isInitPlan(node: Pick<RawNode, 'raw'>): boolean {
  if (cteName(node) !== undefined) return false;
  if (textOf(node.raw, 'Parent Relationship') === 'InitPlan') return true;
  return /^InitPlan\b/.test(textOf(node.raw, 'Subplan Name') ?? '');
}

export function isSubPlan(node: Pick<RawNode, 'raw'>): boolean {
  return textOf(node.raw, 'Parent Relationship') === 'SubPlan';
}

/** False for a CTE, an InitPlan and a plan that its parent did not run; a SubPlan is part of its node. */
export function isPartOfParent(node: Pick<RawNode, 'raw' | 'apart'>): boolean {
  return !node.apart && cteName(node) === undefined && !isInitPlan(node);
}

export function isGather({ nodeType }: Pick<RawNode, 'nodeType'>): boolean {
  return nodeType === 'Gather' || nodeType === 'Gather Merge';
}
