/** One block: JSON documents where it starts with one, else the text format. */
import type { Steps } from '../../steps.ts';
import type { Json } from '../json.ts';
import { plansIn, readDocuments, startOfJson } from './json-documents.ts';
import { type Block, refusal, type Source } from './source.ts';
import { readText, startOfText } from './text/read-text.ts';

/** Reads the plans in a text that stood inside another one. */
export type ReadInner = (text: string, number: number) => Steps<readonly Json[]>;

/** @returns Nothing for a block without a plan: prose, or the entry of a log that is none. */
export function* readBlock(
  block: Block,
  source: Source,
  whole: boolean,
  readInner: ReadInner,
): Steps<readonly Json[]> {
  const json = startOfJson(block.lines);
  yield;
  const text = yield* startOfText(block.lines);
  let plans: readonly Json[] = [];
  if (json >= 0 && (text < 0 || json < text)) {
    const lines = block.lines.slice(json);
    plans = yield* plansIn(yield* readDocuments(lines, source), readInner);
    if (plans.length === 0)
      throw refusal(source, 'this JSON is no query plan: "Plan" is missing', lines[0]?.number ?? 1);
  } else if (text >= 0) plans = yield* readText(block.lines, whole);
  const { duration } = block;
  return duration === undefined ? plans : plans.map(plan => ({ ...plan, Duration: duration }));
}
