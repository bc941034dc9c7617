/** EXPLAIN's output as people paste it, in JSON or TEXT and in any wrapping → the objects of FORMAT JSON. */
import { PgoptError } from '../../errors.ts';
import { atOnce, type Steps } from '../../steps.ts';
import { isRecord, type Json } from '../json.ts';
import { readPlainJson } from '../read-json.ts';
import { recordsIn } from './json-documents.ts';
import { noPlan } from './no-plan.ts';
import { readBlock } from './read-block.ts';
import { type Line, linesOf, refusal, type Source, sourceOf } from './source.ts';
import { Incomplete } from './text/audit.ts';
import { unfold } from './unfold.ts';
import { unframe } from './unframe.ts';
import { unframeMarkdown } from './unframe-markdown.ts';

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
  for (const lines of unframeMarkdown(linesOf(source))) {
    yield;
    for (const plan of yield* readPart(lines, source)) plans.push(plan);
  }
  if (plans.length === 0) throw noPlan(source);
  return plans;
}

/** Cut lines are read as such only if every node and figure then is whole. */
function* readPart(lines: readonly Line[], source: Source): Steps<readonly Json[]> {
  const whole = unfold(lines);
  yield;
  if (whole !== undefined) {
    try {
      const plans = yield* readLines(whole, source, true);
      if (plans.length > 0) return plans;
    } catch (error) {
      if (!(error instanceof PgoptError)) throw error;
    }
  }
  return yield* readLines(lines, source, false);
}

function* readLines(lines: readonly Line[], source: Source, whole: boolean): Steps<readonly Json[]> {
  const plans: Json[] = [];
  try {
    for (const block of yield* unframe(lines)) {
      yield;
      for (const plan of yield* readBlock(block, source, whole)) plans.push(plan);
    }
  } catch (error) {
    if (error instanceof Incomplete) throw refusal(source, error.message, error.number, error.next);
    throw error;
  }
  return plans;
}
