/** What production's blocks may take to be read, where they are more than the server keeps. Pure. */
import type { PlanNode } from '../plan/types.ts';
import type { Size } from './types.ts';

const BLOCK = 8192;
/** Bytes a second: what any server's disk gives; stated with every projection that goes by it. */
const IN_ORDER = 200e6;
const OUT_OF_ORDER = 50e6;

export interface Touched {
  readonly node: PlanNode;
  /** Of the table or index, once. */
  readonly bytes: number;
  readonly inOrder: boolean;
}

/**
 * @param node With its blocks, as it ran.
 * @param growth Of its work, from where it ran.
 * @returns undefined for a node that reads no table.
 */
export function touched(node: PlanNode, growth: number, there: Size): Touched | undefined {
  const { relation, index, nodeType, actual } = node;
  if (relation === undefined || actual?.executed !== true) return undefined;
  const { sharedHit = 0, sharedRead = 0 } = actual.exclusiveBuffers ?? {};
  const own = (name: string | undefined) => (name === undefined ? 0 : (there.bytes.get(name) ?? 0));
  // What a nested loop comes back to is read once.
  const whole =
    nodeType === 'Seq Scan'
      ? own(relation)
      : own(index) + (nodeType.startsWith('Index Only') ? 0 : own(relation));
  const grown = (sharedHit + sharedRead) * BLOCK * growth;
  const bytes = nodeType === 'Seq Scan' ? whole : Math.min(grown, whole || grown);
  const once = actual.loops <= 4;
  return { node, bytes, inOrder: nodeType === 'Seq Scan' || (once && nodeType.startsWith('Index Only')) };
}

/** ms for the part of `bytes` that is read, at the stated rates. */
export const readingMs = ({ bytes, inOrder }: Touched): number =>
  (bytes / (inOrder ? IN_ORDER : OUT_OF_ORDER)) * 1000;
