/** Same structure, same fingerprint: what a run time is filed under. */
import { createHash } from 'node:crypto';
import { PgoptError } from '../base/errors.ts';
import { isRecord, type Json, oneLine } from '../base/json.ts';
import { atOnce, STEP, type Steps } from '../base/steps.ts';
import { withoutQualifiers } from './label.ts';
import type { PlanNode } from './plan.ts';

/**
 * 16 hex digits. The same with and without ANALYZE, BUFFERS, TIMING and VERBOSE, on any machine and at any size;
 * another index, join, order, condition, scan direction or parallelism gives another one. The number of workers,
 * costs, rows and memory don't count.
 * @param nodes The plan depth-first, the root first (flatten.ts).
 * @param literals 'any': constants in conditions don't count either, as befits a query with example values.
 */
export function fingerprintOf(nodes: readonly PlanNode[], literals: 'kept' | 'any' = 'kept'): string {
  return atOnce(fingerprintSteps(nodes, literals));
}

/** The same in steps. */
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
    // Depth and order are the tree's shape.
    lines.push(`${node.depth} ${signatureOf(node, conditions, tidy)}\n`);
  }
  for (const line of tasksAsSet(nodes, lines)) hash.update(line);
  return hash.digest('hex').slice(0, 16);
}

const TASK = 'Task';

/** The same plan on other shards is the same: of a job's tasks (Citus) each kind counts once, in no order. */
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

/** `'-5'::integer`, `5` and `'x'::text` are all a constant; a number in a name is none. */
function withoutLiterals(condition: string): string {
  return condition
    .replace(/'(?:[^']|'')*'(?:::[a-z_ ]*[a-z_](?:\([\d,]+\))?(?:\[\])?)?/g, '?')
    .replace(/(?<![\w"$.?])\d+(?:\.\d+)?(?:e[+-]?\d+)?(?![\w"])/g, '?');
}

/** What a node is, apart from how much it costs or takes: the same on any machine, at any size, run or not. */

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
/** TimescaleDB counts batches, too. */
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

/** The tree of raw nodes laid flat, so that nothing after it needs recursion: plans can be thousands of levels deep. */

export interface RawNode {
  /** Position in a depth-first walk; children always have a higher one than their parent. */
  readonly id: number;
  /** -1 for the root. */
  readonly parent: number;
  readonly depth: number;
  readonly nodeType: string;
  /** The server's object without the plans in it. */
  readonly raw: Json;
  /** Not run by its parent: another server's plan, or one that was run before (Citus). Its figures stand apart. */
  readonly apart: boolean;
  /** Root of the tree whose figures it belongs to: 0, or the nearest node above that stands apart. */
  readonly scope: number;
  readonly children: number[];
}

export type Skeleton = readonly RawNode[];

/** Far above any real plan; a value that contains itself ends here instead of never. */
const MAX_NODES = 250_000;

/** @throws PgoptError plan-invalid: a node without a type, or more nodes than any plan has. */
export function* skeletonOf(root: Json): Steps<Skeleton> {
  const nodes: RawNode[] = [];
  const waiting: { raw: unknown; parent: number; depth: number }[] = [{ raw: root, parent: -1, depth: 0 }];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { raw, parent, depth } = next;
    const id = nodes.length;
    if (id % STEP === 0) yield;
    if (id >= MAX_NODES) throw new PgoptError('plan-invalid', `the plan has more than ${MAX_NODES} nodes`);
    const nodeType = isRecord(raw) ? raw['Node Type'] : undefined;
    if (!isRecord(raw) || typeof nodeType !== 'string' || nodeType === '') {
      throw new PgoptError('plan-invalid', `this is not a query plan: node ${id + 1} has no "Node Type"`);
    }
    const { Plans: plans, ...own } = raw;
    const embedded = takeEmbedded(own);
    const apart = own['Parent Relationship'] === 'Apart';
    const scope = apart ? id : (nodes[parent]?.scope ?? 0);
    nodes.push({ id, parent, depth, nodeType, raw: embedded.raw, apart, scope, children: [] });
    nodes[parent]?.children.push(id);
    if (plans !== undefined && plans !== null && !Array.isArray(plans)) {
      throw new PgoptError('plan-invalid', `this is not a query plan: "Plans" of node ${id + 1} is no list`);
    }
    const below: readonly unknown[] = [...(plans ?? []), ...embedded.nodes];
    for (let i = below.length - 1; i >= 0; i--) waiting.push({ raw: below[i], parent: id, depth: depth + 1 });
  }
  return nodes;
}

/** Plans inside a node's other values: Citus shows its tasks and subplans that way. They become nodes of the tree. */

interface Embedded {
  /** The node without what became nodes; plain values that stood beside them are its own now (`Task Count`). */
  readonly raw: Json;
  /** Objects shaped like nodes, with `Plans`: a Task, and beneath it the plan of the worker. */
  readonly nodes: readonly Json[];
}

/** What Citus calls its lists, and what its text format calls an item of them. */
const ITEMS: Readonly<Record<string, string>> = {
  Subplans: 'Distributed Subplan',
  Tasks: 'Task',
  'Dependent Jobs': 'MapMergeJob',
  // Its name before Citus 10.
  'Depended Jobs': 'MapMergeJob',
};
/** Only there to hold something. */
const HOLDERS: ReadonlySet<string> = new Set(['Distributed Query', 'Job', 'Remote Plan', 'PlannedStmt']);
/** No real plan nests values deeper; deeper ones are left as they are. */
const DEEPEST_VALUE = 32;

interface Found {
  readonly nodes: Json[];
  /** Plain values on the way, which belong to whatever holds the nodes. */
  readonly values: Record<string, unknown>;
}

function takeEmbedded(raw: Json): Embedded {
  let rest: Record<string, unknown> | undefined;
  const nodes: Json[] = [];
  for (const [key, value] of Object.entries(raw)) {
    if (key === 'Plans' || key === 'Workers' || typeof value !== 'object' || value === null) continue;
    const found = search(value, key, 0);
    if (found === undefined) continue;
    rest ??= { ...raw };
    delete rest[key];
    Object.assign(rest, found.values);
    nodes.push(...found.nodes);
  }
  return { raw: rest ?? raw, nodes };
}

/** undefined where there is no plan and no item inside. */
function search(value: unknown, name: string, depth: number): Found | undefined {
  if (depth > DEEPEST_VALUE) return undefined;
  if (Array.isArray(value)) return searchList(value, name, depth);
  if (!isRecord(value)) return undefined;
  if (isRecord(value.Plan) && typeof value.Plan['Node Type'] === 'string') {
    const { Plan: plan, ...values } = value;
    const inner = { nodes: [{ ...plan, 'Parent Relationship': 'Apart' }], values };
    return HOLDERS.has(name) ? inner : wrapped(inner, name);
  }
  const values: Record<string, unknown> = {};
  const nodes: Json[] = [];
  for (const [key, part] of Object.entries(value)) {
    const found = typeof part === 'object' ? search(part, key, depth + 1) : undefined;
    if (found === undefined) values[key] = part;
    else {
      nodes.push(...found.nodes);
      Object.assign(values, found.values);
    }
  }
  if (nodes.length === 0 && !(name in ITEMS)) return undefined;
  return HOLDERS.has(name) ? { nodes, values } : wrapped({ nodes, values }, name);
}

function searchList(list: readonly unknown[], name: string, depth: number): Found | undefined {
  const all: Found = { nodes: [], values: {} };
  for (const item of list) {
    const found = search(item, name, depth + 1);
    if (found === undefined) continue;
    all.nodes.push(...found.nodes);
    Object.assign(all.values, found.values);
  }
  return all.nodes.length === 0 ? undefined : all;
}

function wrapped({ nodes, values }: Found, name: string): Found {
  return { nodes: [{ 'Node Type': ITEMS[name] ?? name, ...values, Plans: nodes }], values: {} };
}
