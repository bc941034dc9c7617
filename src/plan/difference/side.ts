/** One of the two plans of a difference, with what aligning asks of it, each found in constant time. */
import { STEP, type Steps } from '../../base/steps.ts';
import { type Conditions, plainConditions, signatureOf } from '../fingerprint.ts';
import type { Plan, PlanNode } from '../plan.ts';
import { flattenPlan, parentIds, subtreeSizes } from '../tree.ts';

export interface Side {
  readonly nodes: readonly PlanNode[];
  /** -1 for the root. */
  readonly parents: readonly number[];
  /** Nodes of the subtree; it is the ids [id, id + size). */
  readonly sizes: readonly number[];
  readonly families: readonly Family[];
  readonly conditions: Conditions;
  /** Nothing stands beside it, up to the root: it works on the whole answer. */
  readonly top: readonly boolean[];
  /** A scan is at or beneath it. */
  readonly reads: readonly boolean[];
  /** Equal numbers, also across the sides, mean equal nodes; their place in the tree apart. */
  readonly own: readonly number[];
  /** Equal numbers mean equal subtrees. */
  readonly subtree: readonly number[];
}

/** Gives equal texts equal numbers; one for both sides. */
export function numbering(): (text: string) => number {
  const numbers = new Map<string, number>();
  return text => {
    const known = numbers.get(text);
    if (known !== undefined) return known;
    numbers.set(text, numbers.size);
    return numbers.size - 1;
  };
}

export function* sideOf(plan: Plan, number: (text: string) => number): Steps<Side> {
  const nodes = flattenPlan(plan);
  const parents = parentIds(nodes);
  const conditions = plainConditions(nodes);
  const own: number[] = [];
  for (const node of nodes) {
    if (node.id % STEP === 0) yield;
    own.push(number(placeless(node, conditions)));
  }
  const subtree = nodes.map(() => -1);
  for (const node of nodes.toReversed()) {
    if (node.id % STEP === 0) yield;
    const below = node.children.map(child => subtree[child.id]).join(' ');
    subtree[node.id] = number(`${own[node.id]} (${below})`);
  }
  const families = nodes.map(familyOf);
  // What hangs beside as an InitPlan, a SubPlan or a CTE is no second input.
  const inputs = nodes.map(
    ({ children }) => children.filter(child => child.subplanName === undefined).length,
  );
  const top: boolean[] = [];
  for (const { id } of nodes) {
    const parent = parents[id] ?? -1;
    top.push(parent < 0 || (top[parent] === true && inputs[parent] === 1));
  }
  const reads = families.map(family => family === 'scan');
  for (let id = nodes.length - 1; id > 0; id--) if (reads[id]) reads[parents[id] ?? 0] = true;
  return { nodes, parents, sizes: subtreeSizes(parents), families, conditions, top, reads, own, subtree };
}

export function isBelow(side: Side, id: number, ancestor: number): boolean {
  if (ancestor < 0) return true;
  return id > ancestor && id < ancestor + (side.sizes[ancestor] ?? 1);
}

/** The node's signature without its side of a join and without the running numbers of InitPlans and SubPlans. */
function placeless(node: PlanNode, conditions: Conditions): string {
  return signatureOf(node, conditions, text => text.replace(/\$\d+|\b(InitPlan|SubPlan) \d+/g, '$1?'), false);
}

// Node types that do the same job by other means: what a person would call "that step, done differently".
type Family = string;

const FAMILIES: Readonly<Record<string, Family>> = {
  'Nested Loop': 'join',
  'Hash Join': 'join',
  'Merge Join': 'join',
  Sort: 'sort',
  'Incremental Sort': 'sort',
  Aggregate: 'aggregate',
  Group: 'aggregate',
  Unique: 'aggregate',
  Append: 'append',
  'Merge Append': 'append',
  Gather: 'gather',
  'Gather Merge': 'gather',
  Memoize: 'keep',
  Materialize: 'keep',
  'Bitmap Index Scan': 'bitmap',
  BitmapAnd: 'bitmap',
  BitmapOr: 'bitmap',
};

/** All that reads rows from somewhere with a name is one family; an unknown node type is a family of its own. */
export function familyOf(node: PlanNode): Family {
  return FAMILIES[node.nodeType] ?? (scanKey(node) === undefined ? node.nodeType : 'scan');
}

/** What a scan reads, however it does: the relation, CTE or function and the alias; undefined for other nodes. */
export function scanKey(node: PlanNode): string | undefined {
  const source = node.relation ?? node.raw['CTE Name'] ?? node.raw['Function Name'];
  if (typeof source !== 'string' && (node.alias === undefined || !node.nodeType.endsWith('Scan')))
    return undefined;
  return JSON.stringify([source ?? null, node.alias ?? null]);
}
