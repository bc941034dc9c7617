/** Reads values from JSON whose shape differs by server version: missing or wrong values are undefined, never an error. */
import { createScanner } from 'jsonc-parser';
import { type ErrorCode, PgoptError } from './errors.ts';
import { locationAt } from './location.ts';
import { atOnce, STEP, type Steps } from './steps.ts';

export type Json = Readonly<Record<string, unknown>>;

export function isRecord(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function textOf(raw: Json, key: string): string | undefined {
  const value = raw[key];
  return typeof value === 'string' ? value : undefined;
}

/** A finite number; negative ones become 0, since no counter, cost or time is negative. */
export function numberOf(raw: Json, key: string): number | undefined {
  const value = raw[key];
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) ? Math.max(0, number) : undefined;
}

/** The objects of an array. */
export function recordsOf(raw: Json, key: string): readonly Json[] {
  const value = raw[key];
  return Array.isArray(value) ? value.filter(isRecord) : [];
}

/** One line for any value; a value that JSON cannot print (a cycle, a bigint) becomes its type. */
export function oneLine(value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (Array.isArray(value) && value.every(item => typeof item === 'string')) return value.join(', ');
  try {
    return JSON.stringify(value) ?? String(value);
  } catch {
    return `(${typeof value})`;
  }
}

// A JSON reader with exact error locations, which merges duplicate keys and does not recurse.

/** jsonc-parser's token kinds. Its `const enum` cannot be imported by modules that are compiled one by one. */
const TOKEN = {
  openBrace: 1,
  closeBrace: 2,
  openBracket: 3,
  closeBracket: 4,
  comma: 5,
  colon: 6,
  null: 7,
  true: 8,
  false: 9,
  string: 10,
  number: 11,
  lineComment: 12,
  blockComment: 13,
  lineBreak: 14,
  blank: 15,
  end: 17,
} as const;

/** Allowed between tokens. JSON has no comments, but people add notes to plans. */
const BETWEEN: ReadonlySet<number> = new Set([
  TOKEN.lineComment,
  TOKEN.blockComment,
  TOKEN.lineBreak,
  TOKEN.blank,
]);

/** jsonc-parser's scan errors by number. */
const SCAN_ERRORS: Readonly<Record<number, string>> = {
  1: 'a comment does not end',
  2: 'a quoted text does not end on its line',
  3: 'a number is incomplete',
  4: 'an escape \\u needs four hexadecimal digits',
  5: 'unknown escape',
  6: 'a text contains a control character',
};

type Container = { readonly list: unknown[] } | { readonly record: Record<string, unknown>; key: string };

interface ReadOptions {
  /** Line of the file where the text begins, from 1. */
  readonly firstLine?: number;
  /** Most levels of nesting; plans have no limit. */
  readonly deepest?: number;
}

/**
 * @param file Named in errors.
 * @returns As JSON.parse, except that duplicate keys are merged (PostgreSQL 10 to 12 print `Workers` twice), and that
 *   an integer beyond 2^53 (`Query Identifier`) stays text.
 * @throws PgoptError plan-invalid, with its location.
 */
export function readJson(text: string, file: string, options: ReadOptions = {}): unknown {
  return atOnce(readJsonSteps(text, file, options));
}

export function* readJsonSteps(
  text: string,
  file: string,
  { firstLine = 1, deepest = Number.POSITIVE_INFINITY }: ReadOptions,
): Steps<unknown> {
  const plain = deepest === Number.POSITIVE_INFINITY ? yield* readPlainJson(text) : undefined;
  if (plain !== undefined) return plain;
  let read = 0;
  const scanner = createScanner(text, false);
  const open: Container[] = [];
  const refuse = (message: string): never => {
    const location = locationAt(file, text, scanner.getTokenOffset(), firstLine);
    throw new PgoptError('plan-invalid', message, { location });
  };
  const fail = (what: string): never => refuse(`this is not JSON: ${what}`);
  const next = (): number => {
    for (;;) {
      const token = scanner.scan();
      const error = SCAN_ERRORS[scanner.getTokenError()];
      if (error !== undefined) return fail(error);
      if (!BETWEEN.has(token)) return token;
    }
  };
  const found = (token: number): string =>
    token === TOKEN.end
      ? 'the end'
      : shortened(text.substr(scanner.getTokenOffset(), scanner.getTokenLength()));
  const readKey = (container: Container, token: number): void => {
    if (!('record' in container)) return;
    if (token !== TOKEN.string) fail(`expected a quoted key, not ${found(token)}`);
    container.key = scanner.getTokenValue();
    const colon = next();
    if (colon !== TOKEN.colon) fail(`expected ":", not ${found(colon)}`);
  };
  /** A scalar; undefined for other tokens. */
  const simple = (token: number): unknown => {
    if (token === TOKEN.string) return scanner.getTokenValue();
    if (token === TOKEN.number) return numberFrom(scanner.getTokenValue());
    if (token === TOKEN.true) return true;
    if (token === TOKEN.false) return false;
    return token === TOKEN.null ? null : undefined;
  };

  for (let token = next(); ; ) {
    if (++read % STEP === 0) yield;
    let value: unknown;
    if (token === TOKEN.openBrace || token === TOKEN.openBracket) {
      if (open.length >= deepest) refuse(`this is nested more than ${deepest} levels deep`);
      const container: Container = token === TOKEN.openBrace ? { record: {}, key: '' } : { list: [] };
      const first = next();
      if (first !== closingOf(container)) {
        open.push(container);
        readKey(container, first);
        token = 'record' in container ? next() : first;
        continue;
      }
      value = contentOf(container);
    } else {
      value = simple(token);
      if (value === undefined) fail(`expected a value, not ${found(token)}`);
    }
    // The value is complete, and so may be the containers around it.
    for (;;) {
      const container = open.at(-1);
      if (container === undefined) {
        const last = next();
        if (last !== TOKEN.end) fail(`expected the end, not ${found(last)}`);
        return value;
      }
      add(container, value);
      const after = next();
      if (after === TOKEN.comma) {
        token = next();
        if ('record' in container) {
          readKey(container, token);
          token = next();
        }
        break;
      }
      if (after !== closingOf(container)) {
        const sign = 'list' in container ? ']' : '}';
        fail(
          after === TOKEN.end
            ? 'its end is missing'
            : `"," or "${sign}" should stand here, not ${found(after)}`,
        );
      }
      open.pop();
      value = contentOf(container);
    }
  }
}

/** Numbers this long may not fit a JavaScript number. */
const LONG_NUMBER = /\d{16}/;
/** End of a key, as EXPLAIN prints it. */
const KEY = '":';

/**
 * JSON.parse, ten times as fast, if it loses nothing: no duplicate keys and no integers beyond 2^53.
 * @returns undefined otherwise, and for scalars.
 */
export function* readPlainJson(text: string): Steps<unknown> {
  if (!/^\s*[[{]/.test(text) || LONG_NUMBER.test(text) || /"\s+:/.test(text)) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  yield;
  let keys = 0;
  for (let at = text.indexOf(KEY); at >= 0; at = text.indexOf(KEY, at + 1)) keys++;
  // Text in quotes can only raise the count.
  return keys === (yield* countKeys(value)) ? value : undefined;
}

function* countKeys(value: unknown): Steps<number> {
  let keys = 0;
  let seen = 0;
  const open = [value];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (++seen % STEP === 0) yield;
    const inside: readonly unknown[] = Array.isArray(next) ? next : Object.values(next as object);
    if (!Array.isArray(next)) keys += inside.length;
    for (const one of inside) if (typeof one === 'object' && one !== null) open.push(one);
  }
  return keys;
}

function closingOf(container: Container): number {
  return 'list' in container ? TOKEN.closeBracket : TOKEN.closeBrace;
}

function contentOf(container: Container): unknown {
  return 'list' in container ? container.list : container.record;
}

/** Quoted on one line. JSON.stringify does not escape the separators U+2028 and U+2029. */
function shortened(text: string): string {
  const quoted = JSON.stringify(text.length > 20 ? `${text.slice(0, 20)}…` : text);
  return quoted.replace(/[\u2028\u2029]/g, sign => `\\u${sign.charCodeAt(0).toString(16)}`);
}

function numberFrom(text: string): number | string {
  const number = Number(text);
  return Number.isInteger(number) && !Number.isSafeInteger(number) ? text : number;
}

/** Treats `__proto__` as any other key. Duplicate keys: joins lists, merges records. */
function add(container: Container, value: unknown): void {
  if ('list' in container) {
    container.list.push(value);
    return;
  }
  const { record, key } = container;
  const before = Object.hasOwn(record, key) ? record[key] : undefined;
  Object.defineProperty(record, key, {
    value: before === undefined ? value : merged(before, value),
    writable: true,
    enumerable: true,
    configurable: true,
  });
}

function merged(before: unknown, value: unknown): unknown {
  if (Array.isArray(before) && Array.isArray(value)) return joined(before, value);
  return isRecord(before) && isRecord(value) ? { ...before, ...value } : value;
}

/** Both halves of `Workers` describe the same workers. */
function joined(before: readonly unknown[], more: readonly unknown[]): readonly unknown[] {
  const all = [...before];
  for (const item of more) {
    const number = isRecord(item) ? item['Worker Number'] : undefined;
    const at =
      number === undefined
        ? -1
        : all.findIndex(other => isRecord(other) && other['Worker Number'] === number);
    if (at < 0) all.push(item);
    else all[at] = merged(all[at], item);
  }
  return all;
}

// The location of a value in a JSON text, for errors about its content.

export type JsonPath = readonly (string | number)[];

interface Open {
  /** Key or index of the current member. */
  step: string | number;
  atKey: boolean;
}

/**
 * @param text Valid JSON. @param path Keys and indexes from the root.
 * @returns Offset of the value, or of the nearest enclosing value that exists.
 */
export function offsetOf(text: string, path: JsonPath): number {
  const scanner = createScanner(text, true);
  const open: Open[] = [];
  let nearest = { length: -1, offset: 0 };
  const isOnPath = () => open.length <= path.length && open.every(({ step }, level) => step === path[level]);
  for (let token: number = scanner.scan(); token !== TOKEN.end; token = scanner.scan()) {
    const around = open.at(-1);
    if (token === TOKEN.closeBrace || token === TOKEN.closeBracket) {
      open.pop();
    } else if (token === TOKEN.comma) {
      if (around === undefined) continue;
      if (typeof around.step === 'number') around.step++;
      else around.atKey = true;
    } else if (around?.atKey === true) {
      around.step = scanner.getTokenValue();
      around.atKey = false;
    } else if (token !== TOKEN.colon) {
      if (open.length > nearest.length && isOnPath()) {
        nearest = { length: open.length, offset: scanner.getTokenOffset() };
        if (open.length === path.length) break;
      }
      if (token === TOKEN.openBracket) open.push({ step: 0, atKey: false });
      if (token === TOKEN.openBrace) open.push({ step: '', atKey: true });
    }
  }
  return nearest.offset;
}

export interface JsonSource {
  readonly text: string;
  /** Named in errors. */
  readonly file: string;
}

/** A value with its path from the root. */
interface JsonValue {
  readonly source: JsonSource;
  readonly value: unknown;
  readonly path: JsonPath;
}

export function refusedAt(
  code: ErrorCode,
  { source: { file, text }, path }: JsonValue,
  message: string,
  next?: string,
): PgoptError {
  const location = locationAt(file, text, offsetOf(text, path));
  return new PgoptError(code, message, { location, ...(next === undefined ? {} : { next }) });
}

/** @param what The expected kind, with its article. */
export function expectedAt(code: ErrorCode, of: JsonValue, what: string): PgoptError {
  const name = pathText(of.path);
  const message =
    of.value === undefined ? `${name} is missing: it should be ${what}` : `${name} should be ${what}`;
  return refusedAt(code, of, message);
}

/** `tables[2].name`; `this` for the root. */
export function pathText(path: JsonPath): string {
  const name = path
    .map(step => (typeof step === 'number' ? `[${step}]` : `.${step}`))
    .join('')
    .replace(/^\./, '');
  return name === '' ? 'this' : name;
}
