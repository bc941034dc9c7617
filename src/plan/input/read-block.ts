/** One block: documents in JSON, XML or YAML where it starts with one, else the text format. */
import type { Steps } from '../../steps.ts';
import { isRecord, type Json } from '../json.ts';
import { plansIn, readDocuments, startOfJson } from './json-documents.ts';
import { type Block, type Line, refusal, type Source } from './source.ts';
import { readText, startOfText } from './text/read-text.ts';
import { readXml, startOfXml } from './xml.ts';
import { readYaml, startOfYaml } from './yaml.ts';

/** Reads the plans in a text that stood inside another one. */
export type ReadInner = (text: string, number: number) => Steps<readonly Json[]>;

interface Document {
  readonly format: 'json' | 'xml' | 'yaml';
  readonly start: number;
}

/** The first document in JSON, XML or YAML. */
function documentIn(lines: readonly Line[]): Document | undefined {
  const starts: readonly Document[] = [
    { format: 'json', start: startOfJson(lines) },
    { format: 'xml', start: startOfXml(lines) },
    { format: 'yaml', start: startOfYaml(lines) },
  ];
  const [first] = starts.filter(({ start }) => start >= 0).sort((a, b) => a.start - b.start);
  return first;
}

/** @returns The position of the first line of a document; -1 where there is none. */
export function startOfDocument(lines: readonly Line[]): number {
  return documentIn(lines)?.start ?? -1;
}

/** @returns Nothing for a block without a plan: prose, or the entry of a log that is none. */
export function* readBlock(
  { lines, duration }: Block,
  source: Source,
  whole: boolean,
  readInner: ReadInner,
): Steps<readonly Json[]> {
  const document = documentIn(lines);
  yield;
  const text = yield* startOfText(lines);
  let plans: readonly Json[] = [];
  if (document !== undefined && (text < 0 || document.start < text))
    plans = yield* readDocument(document, lines.slice(document.start), source, readInner);
  else if (text >= 0) plans = yield* readText(lines, whole);
  return duration === undefined ? plans : plans.map(plan => ({ ...plan, Duration: duration }));
}

/** @param lines The first begins the document. */
function* readDocument(
  { format }: Document,
  lines: readonly Line[],
  source: Source,
  readInner: ReadInner,
): Steps<readonly Json[]> {
  const number = lines[0]?.number ?? 1;
  if (format === 'yaml') return readYaml(lines, source);
  const plans =
    format === 'json'
      ? yield* plansIn(yield* readDocuments(lines, source), readInner)
      : (yield* readXml(lines, source)).filter(({ Plan: plan }) => isRecord(plan));
  if (plans.length === 0) throw refusal(source, `this ${format.toUpperCase()} is no query plan: "Plan" is missing`, number);
  return plans;
}
