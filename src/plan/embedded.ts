/** Plans inside a node's other values: Citus tells of its tasks and subplans that way. They become nodes of the tree. */
import { isRecord, type Json } from './json.ts';

export interface Embedded {
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
const DEEPEST = 32;

interface Found {
  readonly nodes: Json[];
  /** Plain values on the way, which belong to whatever holds the nodes. */
  readonly values: Record<string, unknown>;
}

export function takeEmbedded(raw: Json): Embedded {
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
  if (depth > DEEPEST) return undefined;
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
