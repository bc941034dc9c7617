/** EXPLAIN's output as people paste it, in JSON or TEXT and in any wrapping → the objects of FORMAT JSON. */
import { PgoptError } from '../../errors.ts';
import { atOnce, type Steps } from '../../steps.ts';
import { isRecord, type Json } from '../json.ts';
import { readPlainJson } from '../read-json.ts';
import { plansIn, recordsIn } from './json-documents.ts';
import { noPlan } from './no-plan.ts';
import { type ReadInner, readBlock, startOfDocument } from './read-block.ts';
import { type Line, refusal, type Source, sourceOf, tidied } from './source.ts';
import { Incomplete } from './text/audit.ts';
import { unfold } from './unfold.ts';
import { unframe } from './unframe.ts';
import { withoutPrefix } from './unframe-log.ts';
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
  const plans = yield* readWithin(source.lines.map((line, i) => ({ text: line, number: i + 1 })), source, MAX_DEPTH);
  if (plans.length === 0) throw noPlan(source);
  return plans;
}

/** A plan as a string in a row in a message: deeper than this none is wrapped. */
const MAX_DEPTH = 4;

/** @param lines A text: the file, or one that stood inside another. */
function* readWithin(lines: readonly Line[], source: Source, depth: number): Steps<readonly Json[]> {
  const readInner = function* (text: string, number: number): Steps<readonly Json[]> {
    if (depth === 0) return [];
    return yield* readWithin(
      text.split(/\r\n|\n|\r/).map(line => ({ text: line, number })),
      source,
      depth - 1,
    );
  };
  const value = jsonOf(lines);
  yield;
  if (value !== undefined) {
    const plans = yield* plansIn([{ value, number: lines[0]?.number ?? 1 }], readInner);
    if (plans.length > 0) return plans;
  }
  const plans: Json[] = [];
  for (const part of unframeMarkdown(tidied(lines))) {
    yield;
    for (const plan of yield* readPart(part, source, readInner)) plans.push(plan);
  }
  return plans;
}

/** Rows of a driver, a message, a string: JSON with a text in it. What has the plan itself is read with its places. */
function jsonOf(lines: readonly Line[]): unknown {
  const first = lines.find(({ text }) => text !== '')?.text.trimStart() ?? '';
  if (!/^(?:\[|\{|".*\\n.*"\s*$)/.test(first)) return undefined;
  const text = lines.map(line => line.text).join('\n');
  if (/"Plan"\s*:/.test(text)) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Cut lines are read as such only if every node and figure then is whole. */
function* readPart(part: readonly Line[], source: Source, readInner: ReadInner): Steps<readonly Json[]> {
  const lines = withoutPrefix(part);
  yield;
  try {
    const unfolded = startOfDocument(lines) < 0 ? unfold(lines) : undefined;
    yield;
    const plans = unfolded === undefined ? [] : yield* readWhole(unfolded.lines, source, readInner);
    if (plans.length > 0 && unfolded?.doubtful !== undefined)
      throw new Incomplete('this line was cut, and nothing shows whether a blank stood at its end', unfolded.doubtful);
    return plans.length > 0 ? plans : yield* readLines(lines, source, false, readInner);
  } catch (error) {
    if (error instanceof Incomplete) throw refusal(source, error.message, error.number, error.next);
    throw error;
  }
}

function* readWhole(lines: readonly Line[], source: Source, readInner: ReadInner): Steps<readonly Json[]> {
  try {
    return yield* readLines(lines, source, true, readInner);
  } catch (error) {
    if (error instanceof Incomplete || error instanceof PgoptError) return [];
    throw error;
  }
}

function* readLines(
  lines: readonly Line[],
  source: Source,
  whole: boolean,
  readInner: ReadInner,
): Steps<readonly Json[]> {
  const plans: Json[] = [];
  for (const block of yield* unframe(lines)) {
    yield;
    for (const plan of yield* readBlock(block, source, whole, readInner)) plans.push(plan);
  }
  return plans;
}
