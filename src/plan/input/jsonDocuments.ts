/** JSON in a block: an array of statements, auto_explain's object, rows of a driver; one document after another. */

import { isRecord, type Json, readJsonSteps } from '../../base/json.ts';
import type { Steps } from '../../base/steps.ts';
import type { Line, Source } from './source.ts';

/** `[`, `{`, `[{`, `{"Plan": …`; no array of SQL and no log's `[5-1]`. */
const START = /^(?:[[{] {0,200}\+?$|\[? {0,200}\{ {0,200}(?:"|\+?$)|\[ {0,200}(?:\[ {0,200})?")/;

/** @returns The position of the first line, from the given one on, that JSON begins on; -1 where none does. */
export function startOfJson(lines: readonly Line[], from = 0): number {
  for (let i = from; i < lines.length; i++) if (START.test(lines[i]?.text.trim() ?? '')) return i;
  return -1;
}

/** A value of a document, and the line its document begins on. */
export interface Value {
  readonly value: unknown;
  readonly number: number;
}

/**
 * @param lines The first begins a document; what stands between documents is dropped.
 * @throws PgoptError plan-invalid where one breaks off.
 */
export function* readDocuments(lines: readonly Line[], source: Source): Steps<readonly Value[]> {
  const tidy = withoutPluses(lines);
  const values: Value[] = [];
  for (let start = startOfJson(tidy); start >= 0; ) {
    yield;
    const end = endOfDocument(tidy, start);
    yield;
    const document = tidy.slice(start, end);
    const text = document.map(line => line.text).join('\n');
    const number = document[0]?.number ?? 1;
    values.push({ value: yield* readBroken(document, text, source.file, number), number });
    start = startOfJson(tidy, end);
  }
  return values;
}

/** Where services that collect logs have the message, and drivers the row. */
const TEXT_KEYS = ['QUERY PLAN', 'message', 'log', 'textPayload', 'MESSAGE'];
const PLAN_TEXT = /\(cost=|\(actual |"Plan"|<explain|Plan:\n| plan:\n|\n *-> {2}[A-Z]/;

/**
 * Plans in documents: as they are, or as text in rows, in a message, in a string.
 * @param readText Reads the plans of a text, of which there may be none.
 */
export function* plansIn(
  values: readonly Value[],
  readText: (text: string, number: number) => Steps<readonly Json[]>,
  depth = MAX_WRAPPINGS,
): Steps<readonly Json[]> {
  const plans: Json[] = [];
  const rows: string[] = [];
  let start = 0;
  const add = (found: readonly Json[]) => {
    for (const plan of found) plans.push(plan);
  };
  for (const { value, number } of values) {
    yield;
    const row = rowOf(value);
    if (row !== undefined) {
      if (rows.length === 0) start = number;
      rows.push(row);
      continue;
    }
    if (rows.length > 0) add(yield* readText(rows.splice(0).join('\n'), start));
    if (typeof value === 'string') add(yield* readText(value, number));
    else if (isRecord(value) && isRecord(value.Plan)) plans.push(value);
    else if (depth > 0 && typeof value === 'object' && value !== null) {
      const numbered = Object.entries(value).flatMap(([key, item]) => {
        const mayHold = typeof item === 'string' && (key === TEXT_KEYS[0] || PLAN_TEXT.test(item));
        const isWanted = Array.isArray(value) || typeof item === 'object' || mayHold;
        return isWanted ? [{ value: item, number }] : [];
      });
      // A record's texts are not the rows of one.
      if (Array.isArray(value)) add(yield* plansIn(numbered, readText, depth - 1));
      else for (const one of numbered) add(yield* plansIn([one], readText, depth - 1));
    }
  }
  if (rows.length > 0) add(yield* readText(rows.join('\n'), start));
  return plans;
}

/** The line in a row of a result or in an entry of a log; undefined for what holds more. */
function rowOf(value: unknown): string | undefined {
  if (typeof value === 'string') return oneLineOf(value);
  if (Array.isArray(value))
    return value.length === 1 && typeof value[0] === 'string' ? oneLineOf(value[0]) : undefined;
  if (!isRecord(value) || isRecord(value.Plan)) return undefined;
  const [only, ...others] = Object.values(value);
  const named = TEXT_KEYS.map(key => value[key]).find(item => typeof item === 'string');
  const text = named ?? (others.length === 0 ? only : undefined);
  return typeof text === 'string' ? oneLineOf(text) : undefined;
}

function oneLineOf(text: string): string | undefined {
  const line = text.replace(/\r?\n$/, '');
  return line.includes('\n') || /^\s*[[{]/.test(line) ? undefined : line;
}

/** A terminal or a ticket may have cut lines in the middle of a word: then the words are put together again. */
function* readBroken(lines: readonly Line[], text: string, file: string, number: number): Steps<unknown> {
  try {
    return yield* readJsonSteps(text, file, number);
  } catch (error) {
    const whole = joinedWords(lines);
    if (whole === text) throw error;
    try {
      return yield* readJsonSteps(whole, file, number);
    } catch {
      throw error;
    }
  }
}

/** No line ends inside quotes. */
function joinedWords(lines: readonly Line[]): string {
  let joined = '';
  let quoted = false;
  for (const { text } of lines) {
    joined += (joined === '' || quoted ? '' : '\n') + text;
    for (let i = 0; i < text.length; i++) {
      if (text[i] === '\\' && quoted) i++;
      else if (text[i] === '"') quoted = !quoted;
    }
  }
  return joined;
}

/** psql ends the lines of a cell with `+`, and so does no line of JSON. */
function withoutPluses(lines: readonly Line[]): readonly Line[] {
  return lines.map(line => ({ ...line, text: line.text.endsWith('+') ? line.text.slice(0, -1) : line.text }));
}

/** @returns The position after the line that closes what the first one opens; the end where nothing does. */
function endOfDocument(lines: readonly Line[], start: number): number {
  let depth = 0;
  let quoted = false;
  for (let i = start; i < lines.length; i++) {
    const text = lines[i]?.text ?? '';
    for (let j = 0; j < text.length; j++) {
      const character = text[j];
      if (quoted) {
        if (character === '\\') j++;
        else if (character === '"') quoted = false;
      } else if (character === '"') quoted = true;
      else if (character === '[' || character === '{') depth++;
      else if (character === ']' || character === '}') depth--;
    }
    if (depth <= 0 && !quoted) return i + 1;
  }
  return lines.length;
}

/** How deep a plan may be wrapped: array → row → `QUERY PLAN` → array → object. */
const MAX_WRAPPINGS = 6;

/** Rows of node-pg and of others have the plan in a column; a statement that has no plan (`CREATE …`) is left out. */
export function recordsIn(document: unknown): readonly Json[] {
  let found: readonly unknown[] = [document];
  for (let i = 0; i < MAX_WRAPPINGS; i++) {
    found = found.flatMap(item => {
      if (Array.isArray(item)) return item;
      if (isRecord(item) && !isRecord(item.Plan) && 'QUERY PLAN' in item) return [item['QUERY PLAN']];
      return [item];
    });
  }
  return found.filter(isRecord);
}
