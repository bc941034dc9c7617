/** Reads EXPLAIN's output as people paste it, in any format and wrapping → the objects of FORMAT JSON. */
import { PgoptError } from '../../base/errors.ts';
import { isRecord, type Json, readPlainJson } from '../../base/json.ts';
import { atOnce, type Steps } from '../../base/steps.ts';
import { plansIn, readDocuments, recordsIn, startOfJson } from './jsonDocuments.ts';
import { withoutPrefix } from './log.ts';
import { withoutTasksShards } from './shards.ts';
import {
  type Block,
  dedented,
  Incomplete,
  type Line,
  refusal,
  type Source,
  sourceOf,
  tidied,
} from './source.ts';
import { readText, startOfText } from './text/readText.ts';
import { unfold } from './unfold.ts';
import { unframe, unframeMarkdown } from './unframe.ts';
import { readXml, readYaml, startOfXml, startOfYaml } from './xmlAndYaml.ts';

/**
 * @param file Named in errors: `plan.txt`, or `-`.
 * @returns One object per statement, at least one, with `Plan` and whatever else EXPLAIN reports: `Planning Time`,
 *   `Execution Time`, `Triggers`, `JIT`, `Planning`, `Settings`, `Query Text`, `Query Identifier`, `Serialization`, and
 *   `Duration` from a log.
 * @throws PgoptError plan-invalid, with the location in the text.
 */
export function readPlans(text: string, file: string): readonly Json[] {
  return atOnce(readPlansSteps(text, file));
}

export function* readPlansSteps(text: string, file: string): Steps<readonly Json[]> {
  const plans = yield* readFile(text, file);
  yield* withoutTasksShards(plans);
  return plans;
}

function* readFile(text: string, file: string): Steps<readonly Json[]> {
  // Most files are plain JSON, which needs no search line by line.
  const plain = recordsIn(yield* readPlainJson(text));
  if (plain.length > 0 && plain.every(({ Plan: plan }) => isRecord(plan))) return plain;
  const source = sourceOf(text, file);
  yield;
  const plans = yield* readWithin(
    source.lines.map((line, i) => ({ text: line, number: i + 1 })),
    source,
    MAX_DEPTH,
  );
  if (plans.length === 0) throw noPlan(source);
  return plans;
}

/** Levels of texts within texts: a plan as a string in a row in a message. */
const MAX_DEPTH = 4;

/** @param lines The file, or a text within it. */
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

/** JSON that holds texts (rows, messages, a string). JSON with a plan itself is read with locations instead. */
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

/** Joins broken lines only if the result is complete in every node and figure. */
function* readPart(part: readonly Line[], source: Source, readInner: ReadInner): Steps<readonly Json[]> {
  const lines = dedented(withoutPrefix(part));
  yield;
  try {
    const unfolded = documentIn(lines) === undefined ? unfold(lines) : undefined;
    yield;
    const plans = unfolded === undefined ? [] : yield* readWhole(unfolded.lines, source, readInner);
    if (plans.length > 0 && unfolded?.doubtful !== undefined)
      throw new Incomplete(
        'this line was broken, and it is unclear whether a blank is missing at its end',
        unfolded.doubtful,
      );
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

// One block: a document in JSON, XML or YAML if it starts with one, else the text format.

/** Reads the plans of a text within a text. */
type ReadInner = (text: string, number: number) => Steps<readonly Json[]>;

interface Document {
  readonly format: 'json' | 'xml' | 'yaml';
  readonly start: number;
}

function documentIn(lines: readonly Line[]): Document | undefined {
  const starts: readonly Document[] = [
    { format: 'json', start: startOfJson(lines) },
    { format: 'xml', start: startOfXml(lines) },
    { format: 'yaml', start: startOfYaml(lines) },
  ];
  const [first] = starts.filter(({ start }) => start >= 0).sort((a, b) => a.start - b.start);
  return first;
}

/** @returns No plans for prose or another log entry. */
function* readBlock(
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
  if (plans.length === 0)
    throw refusal(source, `this ${format.toUpperCase()} is no query plan: "Plan" is missing`, number);
  return plans;
}

// Explains why a text holds no plan.

const OTHERS = [
  {
    message: "this is MySQL's EXPLAIN",
    line: /^\s*(?:-> .{1,300}\(cost=[\d.e+]+ rows=|\| id \| select_type )/,
  },
  { message: "this is SQLite's query plan", line: /^\s*(?:\|--|`--)?(?:SCAN|SEARCH) \w/ },
  { message: "this is Oracle's plan", line: /^\s*\|\s*Id\s*\|\s*Operation\s/ },
  { message: "this is SQL Server's plan", line: /^\s*(?:\|--[A-Z][A-Za-z ]{1,40}\(|<ShowPlanXML\b)/ },
  { message: "this is CockroachDB's plan", line: /^\s*• [a-z]/ },
  { message: 'the beginning of this plan in XML is missing', line: /^\s*<(?:Plan>|Node-Type>)/ },
  { message: 'the beginning of this plan in YAML is missing', line: /^\s*(?:- )?Node Type: "/ },
] as const;

function noPlan(source: Source): PgoptError {
  for (const { message, line } of OTHERS) {
    const at = source.lines.findIndex(text => line.test(text.slice(0, 400)));
    if (at >= 0) return refusal(source, message, at + 1, "pass the complete output of PostgreSQL's EXPLAIN");
  }
  const first = source.lines.findIndex(text => /\S/.test(text));
  if (first < 0) return refusal(source, 'this is not a query plan: it is empty', 1);
  return refusal(source, 'this is not a query plan: no line is a plan node', first + 1);
}
