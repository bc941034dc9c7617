/** EXPLAIN's output as people paste it, in JSON or TEXT and in any wrapping → the objects of FORMAT JSON. */
import type { Json } from '../json.ts';
import { noPlan } from './no-plan.ts';
import { readBlock } from './read-block.ts';
import { sourceOf } from './source.ts';
import { unframe } from './unframe.ts';

/**
 * @param file Named in errors: `plan.txt`, or `-`.
 * @returns One object per statement, in order; at least one. Each has `Plan`, and what else EXPLAIN told: `Planning
 *   Time`, `Execution Time`, `Triggers`, `JIT`, `Planning`, `Settings`, `Query Text`, `Query Identifier`,
 *   `Serialization`, and `Duration` from a log.
 * @throws PgoptError plan-invalid, with the place in the text.
 */
export function readPlans(text: string, file: string): readonly Json[] {
  const source = sourceOf(text, file);
  const plans = unframe(source).flatMap(block => readBlock(block, source));
  if (plans.length === 0) throw noPlan(source);
  return plans;
}
