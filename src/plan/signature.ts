/** What a node is, apart from how much it costs or takes: the same on any machine, at any size, run or not. */
import { oneLine } from './json.ts';
import { withoutQualifiers } from './names.ts';
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
  'Custom Plan Provider',
  'Subplan Name',
] as const;

/** What a scan reads that is no relation. Where it equals the alias, TEXT does not show whether it is there at all. */
const SOURCES = ['CTE Name', 'Function Name', 'Table Function Name', 'Tuplestore Name'] as const;

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

/** A node's conditions in the words that TEXT without VERBOSE has. */
export type Conditions = (node: PlanNode) => ReadonlyMap<string, string>;

/**
 * Which columns are printed with the name of their table depends on VERBOSE: a scan's own (`orders.status` and `status`),
 * those of a bitmap's index scans, all of a join on another server, and everything in a query on one table.
 * @param nodes The whole plan depth-first (flatten.ts).
 */
export function plainConditions(nodes: readonly PlanNode[]): Conditions {
  const aliases = new Set(nodes.flatMap(({ alias }) => (alias === undefined ? [] : [alias])));
  const [sole] = aliases.size === 1 ? aliases : [];
  const heaps = bitmapHeaps(nodes);
  return node => {
    const own = node.alias ?? heaps.get(node.id);
    const joined = own === undefined && JOINED.has(node.nodeType);
    const plain = (text: string) => withoutQualifiers(text, name => joined || name === own || name === sole);
    return new Map(
      node.details.flatMap(({ key }) => {
        if (!isStructural(key)) return [];
        const tidy = key === 'Relations' ? withoutSchemas : plain;
        return [[key, oneLine(inside(node.raw[key], tidy))] as const];
      }),
    );
  };
}

/** Without an alias they are joins and groups that another server computes: no column is the node's own. */
const JOINED: ReadonlySet<string> = new Set(['Foreign Scan', 'Custom Scan']);
const withoutSchemas = (text: string) => withoutQualifiers(text, () => true);

/** Node id → alias of the table, for what is between a Bitmap Heap Scan and its index scans. */
function bitmapHeaps(nodes: readonly PlanNode[]): ReadonlyMap<number, string | undefined> {
  const heaps = new Map<number, string | undefined>();
  for (const { id, nodeType, alias, children } of nodes) {
    const heap = nodeType === 'Bitmap Heap Scan' ? alias : heaps.get(id);
    for (const child of children) if (child.nodeType.startsWith('Bitmap')) heaps.set(child.id, heap);
  }
  return heaps;
}

/** No server nests values deeper. */
const DEEPEST = 8;

/** Applied to each text in a value, before the value becomes one line. */
function inside(value: unknown, tidy: (text: string) => string, depth = 0): unknown {
  if (typeof value === 'string') return tidy(value);
  if (typeof value !== 'object' || value === null || depth > DEEPEST) return value;
  if (Array.isArray(value)) return value.map(item => inside(item, tidy, depth + 1));
  const entries = Object.entries(value).map(([key, part]) => [key, inside(part, tidy, depth + 1)]);
  return Object.fromEntries(entries);
}

/**
 * One line for the node itself, without its children.
 * @param tidy Applied to conditions: what else does not count.
 * @param placed False: without its side of a join and the running number of an InitPlan or SubPlan.
 */
export function signatureOf(
  node: PlanNode,
  conditions: Conditions,
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
  for (const key of SOURCES) {
    const name = node.raw[key];
    if (typeof name === 'string' && name !== node.alias) parts.push(`${key}=${name}`);
  }
  if (placed && RELATIONSHIPS.has(node.raw['Parent Relationship']))
    parts.push(`As=${node.raw['Parent Relationship']}`);
  if (node.relation !== undefined) parts.push(`Relation=${node.relation}`);
  if (node.alias !== undefined) parts.push(`Alias=${node.alias}`);
  if (node.index !== undefined) parts.push(`Index=${node.index}`);
  // Whether it is parallel is a choice; how many workers depends on the table's size.
  if ((node.workersPlanned ?? 0) > 0) parts.push('Workers');
  for (const [key, value] of [...conditions(node)].toSorted(([a], [b]) => (a < b ? -1 : 1)))
    parts.push(`${key}=${tidy(value)}`);
  return parts.map(part => JSON.stringify(part)).join(',');
}
