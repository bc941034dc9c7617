/** EXPLAIN's output as people paste it, in JSON or TEXT and in any wrapping → the objects of FORMAT JSON. */
import { atOnce, type Steps } from '../../steps.ts';
import { isRecord, type Json } from '../json.ts';
import { readPlainJson } from '../read-json.ts';
import { recordsIn } from './json-documents.ts';
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
  return atOnce(readPlansSteps(text, file));
}

/** The same in steps. */
export function* readPlansSteps(text: string, file: string): Steps<readonly Json[]> {
  // Most files are JSON and nothing else: no line has to be looked at.
  const plain = recordsIn(yield* readPlainJson(text));
  if (plain.length > 0 && plain.every(({ Plan: plan }) => isRecord(plan))) return plain;
  const source = sourceOf(text, file);
  yield;
  const plans: Json[] = [];
  for (const block of yield* unframe(source)) {
    yield;
    for (const plan of yield* readBlock(block, source)) plans.push(plan);
  }
  if (plans.length === 0) throw noPlan(source);
  return plans;
}
