/** The tree of raw nodes as a flat list: plans can be thousands of levels deep, so later code must not recurse. */
import { PgoptError } from '../base/errors.ts';
import { isRecord, type Json } from '../base/json.ts';
import { STEP, type Steps } from '../base/steps.ts';

export interface RawNode {
  /** Position in a depth-first walk: a parent has a lower id than its children. */
  readonly id: number;
  /** -1 for the root. */
  readonly parent: number;
  readonly depth: number;
  readonly nodeType: string;
  /** The server's object without its child plans. */
  readonly raw: Json;
  /** As in PlanNode. */
  readonly apart: boolean;
  /** As in PlanNode. */
  readonly scope: number;
  readonly children: number[];
}

export type Skeleton = readonly RawNode[];

/** Far above any real plan. Ends the walk of an object that contains itself. */
const MAX_NODES = 250_000;

/** @throws PgoptError plan-invalid for a node without a type, or too many nodes. */
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
      throw new PgoptError(
        'plan-invalid',
        `this is not a query plan: "Plans" of node ${id + 1} is not a list`,
      );
    }
    const below: readonly unknown[] = [...(plans ?? []), ...embedded.nodes];
    for (let i = below.length - 1; i >= 0; i--) waiting.push({ raw: below[i], parent: id, depth: depth + 1 });
  }
  return nodes;
}

// Citus nests its tasks and subplans in other values of a node. They become nodes of the tree.

interface Embedded {
  /** The node without the values that became nodes, but with the plain values found next to them (`Task Count`). */
  readonly raw: Json;
  /** Shaped like nodes with `Plans`: a Task with the worker's plan below it. */
  readonly nodes: readonly Json[];
}

/** Citus' list → what the text format calls its items. */
const ITEMS: Readonly<Record<string, string>> = {
  Subplans: 'Distributed Subplan',
  Tasks: 'Task',
  'Dependent Jobs': 'MapMergeJob',
  // Before Citus 10.
  'Depended Jobs': 'MapMergeJob',
};
/** Pure containers, which become no nodes. */
const HOLDERS: ReadonlySet<string> = new Set(['Distributed Query', 'Job', 'Remote Plan', 'PlannedStmt']);
/** No real plan nests values deeper; deeper ones stay as they are. */
const DEEPEST_VALUE = 32;

interface Found {
  readonly nodes: Json[];
  /** Plain values on the way to the nodes. */
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

/** undefined if the value holds neither a plan nor an item of Citus. */
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
