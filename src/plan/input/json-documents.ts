/** JSON in a block: an array of statements, auto_explain's object, rows of a driver; one document after another. */
import type { Steps } from '../../steps.ts';
import { isRecord, type Json } from '../json.ts';
import { readJsonSteps } from '../read-json.ts';
import { type Line, refusal, type Source } from './source.ts';

/** `[`, `{`, `[{`, `{"Plan": …`; no array of SQL and no log's `[5-1]`. */
const START = /^(?:[[{] {0,200}\+?$|\[? {0,200}\{ {0,200}(?:"|\+?$))/;

/** @returns The position of the first line, from the given one on, that JSON begins on; -1 where none does. */
export function startOfJson(lines: readonly Line[], from = 0): number {
  for (let i = from; i < lines.length; i++) if (START.test(lines[i]?.text.trim() ?? '')) return i;
  return -1;
}

/**
 * @param lines The first begins a document; what stands between documents is dropped.
 * @param readMessage For an entry of a JSON log, whose message may hold a plan.
 * @throws PgoptError plan-invalid where one breaks off, or none has a plan.
 */
export function* readDocuments(
  lines: readonly Line[],
  source: Source,
  readMessage: (message: string, line: number) => readonly Json[],
): Steps<readonly Json[]> {
  const tidy = withoutPluses(lines);
  const plans: Json[] = [];
  for (let start = startOfJson(tidy); start >= 0; ) {
    yield;
    const end = endOfDocument(tidy, start);
    yield;
    const document = tidy.slice(start, end);
    const text = document.map(line => line.text).join('\n');
    const number = document[0]?.number ?? 1;
    for (const item of recordsIn(yield* readBroken(document, text, source.file, number))) {
      if (isRecord(item.Plan)) plans.push(item);
      else if (typeof item.message === 'string') plans.push(...readMessage(item.message, number));
    }
    start = startOfJson(tidy, end);
  }
  if (plans.length === 0)
    throw refusal(source, 'this JSON is no query plan: "Plan" is missing', lines[0]?.number ?? 1);
  return plans;
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
