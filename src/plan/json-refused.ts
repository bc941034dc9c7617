/** How a value inside a JSON text from outside is refused: what is wrong with it, and where it stands. */
import { type ErrorCode, PgoptError } from '../errors.ts';
import { placeAt } from '../place.ts';
import { type JsonPath, offsetOf } from './locate-json.ts';

export interface JsonSource {
  readonly text: string;
  /** Named in errors. */
  readonly file: string;
}

/** A value of the text, by its way from the root. */
export interface JsonValue {
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
  const place = placeAt(file, text, offsetOf(text, path));
  return new PgoptError(code, message, { place, ...(next === undefined ? {} : { next }) });
}

/** @param what Of it there should be, with its article. */
export function expectedAt(code: ErrorCode, of: JsonValue, what: string): PgoptError {
  const name = calledAt(of.path);
  const message =
    of.value === undefined ? `${name} is missing: it should be ${what}` : `${name} should be ${what}`;
  return refusedAt(code, of, message);
}

/** `tables[2].name`; `this` of the root. */
export function calledAt(path: JsonPath): string {
  const name = path
    .map(step => (typeof step === 'number' ? `[${step}]` : `.${step}`))
    .join('')
    .replace(/^\./, '');
  return name === '' ? 'this' : name;
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
