/** One block: JSON documents where it starts with one, else the text format. */
import { atOnce, type Steps } from '../../steps.ts';
import type { Json } from '../json.ts';
import { readDocuments, startOfJson } from './json-documents.ts';
import type { Block, Source } from './source.ts';
import { readText, startOfText } from './text/read-text.ts';
import { unframeLog } from './unframe-log.ts';

/** @returns Nothing for a block without a plan: prose, or the entry of a log that is none. */
export function* readBlock(block: Block, source: Source, whole: boolean): Steps<readonly Json[]> {
  const json = startOfJson(block.lines);
  yield;
  const text = yield* startOfText(block.lines);
  const plans =
    json >= 0 && (text < 0 || json < text)
      ? yield* readDocuments(block.lines.slice(json), source, (text, line) => readMessage(text, line, source))
      : text >= 0
        ? yield* readText(block.lines, whole)
        : [];
  const { duration } = block;
  return duration === undefined ? plans : plans.map(plan => ({ ...plan, Duration: duration }));
}

/** The message of a JSON log's entry, which auto_explain may have written. */
function readMessage(message: string, number: number, source: Source): readonly Json[] {
  const lines = message.split('\n').map(text => ({ text, number }));
  return unframeLog(lines).flatMap(block => atOnce(readBlock(block, source, false)));
}
