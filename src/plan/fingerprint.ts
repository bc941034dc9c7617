/** Same structure, same fingerprint: what a run time is filed under. */
import { createHash } from 'node:crypto';
import { atOnce, type Steps } from '../steps.ts';
import { plainConditions, signatureOf } from './signature.ts';
import { STEP } from './step.ts';
import type { PlanNode } from './types.ts';

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
  // Depth and order are the tree's shape.
  for (const node of nodes) {
    if (node.id % STEP === 0) yield;
    hash.update(`${node.depth} ${signatureOf(node, conditions, tidy)}\n`);
  }
  return hash.digest('hex').slice(0, 16);
}

/** `'-5'::integer`, `5` and `'x'::text` are all a constant; a number in a name is none. */
function withoutLiterals(condition: string): string {
  return condition
    .replace(/'(?:[^']|'')*'(?:::[a-z_ ]*[a-z_](?:\([\d,]+\))?(?:\[\])?)?/g, '?')
    .replace(/(?<![\w"$.?])\d+(?:\.\d+)?(?:e[+-]?\d+)?(?![\w"])/g, '?');
}
