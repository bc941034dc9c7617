/** Reads JSON documents, one after another: arrays of statements, auto_explain's objects, rows of a driver. */

import { isRecord, type Json, readJsonSteps } from '../../base/json.ts';
import type { Steps } from '../../base/steps.ts';
import { type Line, rewritten, type Source } from './source.ts';

/** `[`, `{`, `[{`, `{"Plan": …`; not an SQL array, nor the `[5-1]` of a log. */
const START = /^(?:[[{] {0,200}\+?$|\[? {0,200}\{ {0,200}(?:"|\+?$)|\[ {0,200}(?:\[ {0,200})?")/;

/** @returns Index of the first line that begins a JSON document; -1 for none. */
export function startOfJson(lines: readonly Line[], from = 0): number {
  for (let i = from; i < lines.length; i++) if (START.test(lines[i]?.text.trim() ?? '')) return i;
  return -1;
}

/** A value, and the line number where its document begins. */
interface Value {
  readonly value: unknown;
  readonly number: number;
}

/**
 * @param lines The first begins a document; other text between documents is ignored.
 * @throws PgoptError plan-invalid if a document is incomplete.
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

/** Keys under which log collectors store the message, and drivers the row. */
const TEXT_KEYS = ['QUERY PLAN', 'message', 'log', 'textPayload', 'MESSAGE'];
const PLAN_TEXT = /\(cost=|\(actual |"Plan"|<explain|Plan:\n| plan:\n|\n *-> {2}[A-Z]/;

/**
 * Plans in documents: objects, or text within rows, messages or strings.
 * @param readText Reads the plans of a text; there may be none.
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
      // Texts of one record are separate, not rows of one result.
      if (Array.isArray(value)) add(yield* plansIn(numbered, readText, depth - 1));
      else for (const one of numbered) add(yield* plansIn([one], readText, depth - 1));
    }
  }
  if (rows.length > 0) add(yield* readText(rows.join('\n'), start));
  return plans;
}

/** The only line of a result row or log entry; undefined if there is more. */
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

/** A terminal or ticket may have broken lines within words: on an error, joins the parts and reads again. */
function* readBroken(lines: readonly Line[], text: string, file: string, number: number): Steps<unknown> {
  try {
    return yield* readJsonSteps(text, file, { firstLine: number });
  } catch (error) {
    const whole = joinedWords(lines);
    if (whole === text) throw error;
    try {
      return yield* readJsonSteps(whole, file, { firstLine: number });
    } catch {
      throw error;
    }
  }
}

/** Removes line breaks within quotes. */
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

/** psql ends each line of a cell with `+`; no line of JSON ends so. */
const withoutPluses = (lines: readonly Line[]): readonly Line[] =>
  rewritten(lines, text => text.replace(/\+$/, ''));

/** @returns Index after the line that closes the first bracket; the end if none does. */
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

/** Levels of wrapping: array → row → `QUERY PLAN` → array → object. */
const MAX_WRAPPINGS = 6;

/** Statements of a document, also those in the column of driver rows. Utility statements, which are text, are left out. */
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
