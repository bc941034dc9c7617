/** One plan of a comparison, with the lookups that the alignment needs in constant time. */
import { STEP, type Steps } from '../../base/steps.ts';
import { type Conditions, plainConditions, signatureOf } from '../fingerprint.ts';
import type { Plan, PlanNode } from '../plan.ts';
import { flattenPlan, parentIds, subtreeSizes } from '../tree.ts';

export interface Side {
  readonly nodes: readonly PlanNode[];
  /** -1 for the root. */
  readonly parents: readonly number[];
  /** Size of each subtree, which has the ids [id, id + size). */
  readonly sizes: readonly number[];
  readonly families: readonly string[];
  readonly conditions: Conditions;
  /** No ancestor has a second input, so the node works on the whole result. */
  readonly top: readonly boolean[];
  /** The subtree contains a scan. */
  readonly reads: readonly boolean[];
  /** Equal numbers mean equal nodes in either plan, wherever they are in the tree. */
  readonly own: readonly number[];
  /** Equal numbers mean equal subtrees in either plan. */
  readonly subtree: readonly number[];
}

/** Numbers texts; both sides share one numbering. */
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
  // InitPlans, SubPlans and CTEs are no inputs.
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

/** The signature without the side of a join and the numbers of InitPlans and SubPlans. */
function placeless(node: PlanNode, conditions: Conditions): string {
  return signatureOf(node, conditions, text => text.replace(/\$\d+|\b(InitPlan|SubPlan) \d+/g, '$1?'), false);
}

// Node types that do the same job by different methods.

const FAMILIES: Readonly<Record<string, string>> = {
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

/** All scans of a named source are one family; an unknown node type is its own family. */
function familyOf(node: PlanNode): string {
  return FAMILIES[node.nodeType] ?? (scanKey(node) === undefined ? node.nodeType : 'scan');
}

/** Identifies the source of a scan: relation, CTE or function, and alias. undefined for other nodes. */
export function scanKey(node: PlanNode): string | undefined {
  const source = node.relation ?? node.raw['CTE Name'] ?? node.raw['Function Name'];
  if (typeof source !== 'string' && (node.alias === undefined || !node.nodeType.endsWith('Scan')))
    return undefined;
  return JSON.stringify([source ?? null, node.alias ?? null]);
}
