/** The tree of raw nodes laid flat, so that nothing after it needs recursion: plans can be thousands of levels deep. */
import { PgoptError } from '../errors.ts';
import { isRecord, type Json } from './json.ts';

export interface RawNode {
  /** Position in a depth-first walk; children always have a higher one than their parent. */
  readonly id: number;
  /** -1 for the root. */
  readonly parent: number;
  readonly depth: number;
  readonly nodeType: string;
  /** The server's object; `Plans` still in it. */
  readonly raw: Json;
  readonly children: number[];
}

export type Skeleton = readonly RawNode[];

/** Far above any real plan; a value that contains itself ends here instead of never. */
const MAX_NODES = 250_000;

/** @throws PgoptError plan-invalid: a node without a type, or more nodes than any plan has. */
export function skeletonOf(root: Json): Skeleton {
  const nodes: RawNode[] = [];
  const waiting: { raw: unknown; parent: number; depth: number }[] = [{ raw: root, parent: -1, depth: 0 }];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { raw, parent, depth } = next;
    const id = nodes.length;
    if (id >= MAX_NODES) throw new PgoptError('plan-invalid', `the plan has more than ${MAX_NODES} nodes`);
    const nodeType = isRecord(raw) ? raw['Node Type'] : undefined;
    if (!isRecord(raw) || typeof nodeType !== 'string' || nodeType === '') {
      throw new PgoptError('plan-invalid', `this is not a query plan: node ${id + 1} has no "Node Type"`);
    }
    nodes.push({ id, parent, depth, nodeType, raw, children: [] });
    nodes[parent]?.children.push(id);
    const plans = raw.Plans;
    if (plans === undefined || plans === null) continue;
    if (!Array.isArray(plans)) {
      throw new PgoptError('plan-invalid', `this is not a query plan: "Plans" of node ${id + 1} is no list`);
    }
    for (let i = plans.length - 1; i >= 0; i--) waiting.push({ raw: plans[i], parent: id, depth: depth + 1 });
  }
  return nodes;
}
