/** The tree of raw nodes laid flat, so that nothing after it needs recursion: plans can be thousands of levels deep. */
import { PgoptError } from '../errors.ts';
import type { Steps } from '../steps.ts';
import { takeEmbedded } from './embedded.ts';
import { isRecord, type Json } from './json.ts';
import { STEP } from './step.ts';

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
