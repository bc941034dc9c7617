/** What a node is, apart from how much it costs or takes: the same on any machine, at any size, run or not. */
import { withoutAlias } from './names.ts';
import type { PlanNode } from './types.ts';

/** Keys of a node's heading that make it another operation. */
const HEADING = [
  'Node Type',
  'Parallel Aware',
  'Join Type',
  'Strategy',
  'Partial Mode',
  'Scan Direction',
  'Operation',
  'Command',
  'CTE Name',
  'Function Name',
  'Table Function Name',
  'Tuplestore Name',
  'Custom Plan Provider',
  'Subplan Name',
] as const;

/** The side of a join, and what is not part of its parent. Of other children the name for it differs by version. */
const RELATIONSHIPS: ReadonlySet<unknown> = new Set(['Inner', 'InitPlan', 'SubPlan', 'Apart']);

/** Conditions and orders, today's and those of versions to come; not the counters that are named after them. */
const CONDITION = /(?:Cond|Condition|Filter|Key|Keys|Order By|Sets)$/;
const COUNTER = /^Rows Removed /;
const OTHER: ReadonlySet<string> = new Set([
  'Cache Mode',
  'Conflict Resolution',
  'Relations',
  'Sampling Parameters',
  'Single Copy',
  'Window',
  'Sampling Method',
]);

export function isStructural(key: string): boolean {
  return (CONDITION.test(key) && !COUNTER.test(key)) || OTHER.has(key);
}

/**
 * One line for the node itself, without its children.
 * @param tidy Applied to conditions (fingerprint.ts: what VERBOSE adds).
 * @param placed False: without its side of a join and the running number of an InitPlan or SubPlan.
 */
export function signatureOf(
  node: PlanNode,
  tidy: (condition: string) => string = text => text,
  placed = true,
): string {
  const parts: string[] = [];
  for (const key of HEADING) {
    if (key === 'Subplan Name' && !placed) continue;
    const value = node.raw[key];
    // Text says it of backward scans only, and 13 calls an order by an operator NoMovement.
    if (key === 'Scan Direction' && value !== 'Backward') continue;
    if (typeof value === 'string' || value === true) parts.push(`${key}=${value}`);
  }
  if (placed && RELATIONSHIPS.has(node.raw['Parent Relationship']))
    parts.push(`As=${node.raw['Parent Relationship']}`);
  if (node.relation !== undefined) parts.push(`Relation=${node.relation}`);
  if (node.alias !== undefined) parts.push(`Alias=${node.alias}`);
  if (node.index !== undefined) parts.push(`Index=${node.index}`);
  // Whether it is parallel is a choice; how many workers depends on the table's size.
  if ((node.workersPlanned ?? 0) > 0) parts.push('Workers');
  const conditions = node.details.filter(({ key }) => isStructural(key));
  for (const { key, value } of conditions.toSorted((a, b) => (a.key < b.key ? -1 : 1))) {
    parts.push(`${key}=${tidy(withoutOwnAlias(node, key, value))}`);
  }
  return parts.map(part => JSON.stringify(part)).join(',');
}

/** Under VERBOSE a scan's conditions name its own columns `orders.status`, and a foreign join's tables with their schemas. */
export function withoutOwnAlias(node: PlanNode, key: string, value: string): string {
  if (key === 'Relations') return value.replace(/(?:"(?:[^"]|"")*"|[\w$]+)\./g, '');
  if (node.alias === undefined || node.children.some(child => child.subplanName === undefined)) return value;
  return withoutAlias(value, node.alias);
}
