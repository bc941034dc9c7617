/** Plans with the same structure have the same fingerprint. Run times are filed under it. */
import { createHash } from 'node:crypto';
import { oneLine } from '../base/json.ts';
import { atOnce, STEP, type Steps } from '../base/steps.ts';
import { withoutQualifiers } from './label.ts';
import type { PlanNode } from './plan.ts';

/**
 * 16 hex digits, independent of ANALYZE, BUFFERS, TIMING and VERBOSE, of the machine and of the tables' sizes.
 * It changes with an index, join, order, condition, scan direction or parallelism, not with the number of workers,
 * costs, rows or memory.
 * @param nodes Depth-first from the root.
 * @param literals 'any' ignores constants in conditions, for a query with example values.
 */
export function fingerprintOf(nodes: readonly PlanNode[], literals: 'kept' | 'any' = 'kept'): string {
  return atOnce(fingerprintSteps(nodes, literals));
}

export function* fingerprintSteps(
  nodes: readonly PlanNode[],
  literals: 'kept' | 'any' = 'kept',
): Steps<string> {
  const conditions = plainConditions(nodes);
  const tidy = literals === 'kept' ? undefined : withoutLiterals;
  const hash = createHash('sha256');
  const lines: string[] = [];
  for (const node of nodes) {
    if (node.id % STEP === 0) yield;
    // Depth and order describe the shape of the tree.
    lines.push(`${node.depth} ${signatureOf(node, conditions, tidy)}\n`);
  }
  for (const line of tasksAsSet(nodes, lines)) hash.update(line);
  return hash.digest('hex').slice(0, 16);
}

const TASK = 'Task';

/** Citus runs one plan on many shards: each distinct task of a job counts once, in any order. */
function tasksAsSet(nodes: readonly PlanNode[], lines: readonly string[]): readonly string[] {
  if (!nodes.some(({ nodeType }) => nodeType === TASK)) return lines;
  const distinct: string[] = [];
  for (let at = 0; at < nodes.length; ) {
    const kinds = new Set<string>();
    const depth = nodes[at]?.depth ?? 0;
    while (nodes[at]?.nodeType === TASK && nodes[at]?.depth === depth) {
      const first = at++;
      while ((nodes[at]?.depth ?? 0) > depth) at++;
      kinds.add(lines.slice(first, at).join(''));
    }
    if (kinds.size > 0) distinct.push(...[...kinds].sort());
    else distinct.push(lines[at++] ?? '');
  }
  return distinct;
}

/** `'-5'::integer`, `5` and `'x'::text` become `?`; digits within names stay. */
function withoutLiterals(condition: string): string {
  return condition
    .replace(/'(?:[^']|'')*'(?:::[a-z_ ]*[a-z_](?:\([\d,]+\))?(?:\[\])?)?/g, '?')
    .replace(/(?<![\w"$.?])\d+(?:\.\d+)?(?:e[+-]?\d+)?(?![\w"])/g, '?');
}

/** Keys of the heading that identify the operation. */
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

/** Sources that are no relations. The text format omits one that equals the alias, so equal ones do not count. */
const SOURCES = ['CTE Name', 'Function Name', 'Table Function Name', 'Tuplestore Name'] as const;

/** Other relationships have names that differ between versions. */
const RELATIONSHIPS: ReadonlySet<unknown> = new Set(['Inner', 'InitPlan', 'SubPlan', 'Apart']);

/** Conditions and orders, also those of future versions, but not the counters that are named after them. */
const CONDITION = /(?:Cond|Condition|Filter|Key|Keys|Order By|Sets)$/;
/** TimescaleDB also counts batches. */
const COUNTER = /^(?:Rows|Batches) Removed /;
const OTHER: ReadonlySet<string> = new Set([
  'Cache Mode',
  'Conflict Resolution',
  'Relations',
  'Sampling Parameters',
  'Single Copy',
  'Window',
  'Sampling Method',
]);

function isStructural(key: string): boolean {
  return (CONDITION.test(key) && !COUNTER.test(key)) || OTHER.has(key);
}

/** A node's conditions as the text format without VERBOSE prints them. */
export type Conditions = (node: PlanNode) => ReadonlyMap<string, string>;

/**
 * VERBOSE decides which columns carry the name of their table: a scan's own (`orders.status` or `status`), those of a
 * bitmap's index scans, all of a join on another server, and every column of a query on one table.
 * @param nodes The whole plan, depth-first.
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

/** Without an alias they are joins and groups that another server computes, so no column is their own. */
const JOINED: ReadonlySet<string> = new Set(['Foreign Scan', 'Custom Scan']);
const withoutSchemas = (text: string) => withoutQualifiers(text, () => true);

/** Node id → alias of the table, for the nodes between a Bitmap Heap Scan and its index scans. */
function bitmapHeaps(nodes: readonly PlanNode[]): ReadonlyMap<number, string | undefined> {
  const heaps = new Map<number, string | undefined>();
  for (const { id, nodeType, alias, children } of nodes) {
    const heap = nodeType === 'Bitmap Heap Scan' ? alias : heaps.get(id);
    for (const child of children) if (child.nodeType.startsWith('Bitmap')) heaps.set(child.id, heap);
  }
  return heaps;
}

const DEEPEST = 8;

/** Applies `tidy` to every text within a value. */
function inside(value: unknown, tidy: (text: string) => string, depth = 0): unknown {
  if (typeof value === 'string') return tidy(value);
  if (typeof value !== 'object' || value === null || depth > DEEPEST) return value;
  if (Array.isArray(value)) return value.map(item => inside(item, tidy, depth + 1));
  const entries = Object.entries(value).map(([key, part]) => [key, inside(part, tidy, depth + 1)]);
  return Object.fromEntries(entries);
}

/**
 * One line for the node without its children.
 * @param tidy Removes further differences from conditions.
 * @param placed False omits its side of a join and the number of an InitPlan or SubPlan.
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
    // The text format prints only Backward, and PostgreSQL 13 says NoMovement for an order by an operator.
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
  // Parallelism is the planner's choice; the number of workers follows from the table's size.
  if ((node.workersPlanned ?? 0) > 0) parts.push('Workers');
  for (const [key, value] of [...conditions(node)].toSorted(([a], [b]) => (a < b ? -1 : 1)))
    parts.push(`${key}=${tidy(value)}`);
  return parts.map(part => JSON.stringify(part)).join(',');
}
