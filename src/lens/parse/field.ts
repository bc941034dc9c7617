/** A value inside a lens from outside: read as what it should be, or refused with its place. */
import type { PgoptError } from '../../errors.ts';
import { calledAt, expectedAt, isObject, type JsonSource, refusedAt } from '../../plan/json-refused.ts';
import type { JsonPath } from '../../plan/locate-json.ts';
import { LIMITS } from './limits.ts';

/** No server takes NUL in a text, and no encoding has half a surrogate pair. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is the point
const UNSPEAKABLE = /\u0000|\p{Cs}/u;

export class Field {
  readonly source: JsonSource;
  readonly value: unknown;
  private readonly around: Field | undefined;
  private readonly step: string | number;

  /** @param around What it stands in, and under which key or at which place. */
  constructor(source: JsonSource, value: unknown, around?: Field, step: string | number = '') {
    this.source = source;
    this.value = value;
    this.around = around;
    this.step = step;
  }

  /** Put together on demand: there are millions of fields, and an error has one. */
  get path(): JsonPath {
    const steps: (string | number)[] = [];
    for (let at: Field = this; at.around !== undefined; at = at.around) steps.push(at.step);
    return steps.reverse();
  }

  /** Of an object; missing where it has no such key of its own (`constructor` is none). */
  at(key: string): Field {
    if (!isObject(this.value)) throw this.expected('an object');
    const own = Object.hasOwn(this.value, key) ? this.value[key] : undefined;
    return new Field(this.source, own, this, key);
  }

  keys(most: number): readonly string[] {
    if (!isObject(this.value)) throw this.expected('an object');
    const keys = Object.keys(this.value);
    if (keys.length > most) throw this.expected(`an object with at most ${most} keys`);
    return keys;
  }

  get isMissing(): boolean {
    return this.value === undefined;
  }

  text(most: number = LIMITS.remark): string {
    if (typeof this.value !== 'string') throw this.expected('a text');
    if (this.value.length > most) throw this.expected(`a text of at most ${most} characters`);
    if (UNSPEAKABLE.test(this.value))
      throw this.refused(`${calledAt(this.path)} holds a character that no database takes`);
    return this.value;
  }

  matching(pattern: RegExp, what: string, most: number = LIMITS.remark): string {
    const text = this.text(most);
    if (!pattern.test(text)) throw this.expected(what);
    return text;
  }

  oneOf<T extends string>(values: readonly T[]): T {
    const found = values.find(value => value === this.value);
    if (found === undefined) throw this.expected(values.map(value => JSON.stringify(value)).join(' or '));
    return found;
  }

  name(): string {
    const name = this.text(LIMITS.nameBytes);
    if (name === '' || Buffer.byteLength(name) > LIMITS.nameBytes)
      throw this.expected(`a name of 1 to ${LIMITS.nameBytes} bytes`);
    return name;
  }

  number(from: number, to: number): number {
    const { value } = this;
    if (typeof value !== 'number' || !(value >= from && value <= to))
      throw this.expected(`a number from ${from} to ${to}`);
    return value;
  }

  integer(from: number, to: number): number {
    const number = this.number(from, to);
    if (!Number.isInteger(number)) throw this.expected('a whole number');
    return number;
  }

  flag(): boolean {
    if (typeof this.value !== 'boolean') throw this.expected('true or false');
    return this.value;
  }

  list<T>(most: number, read: (item: Field) => T): T[] {
    if (!Array.isArray(this.value)) throw this.expected('a list');
    if (this.value.length > most) throw this.expected(`a list of at most ${most}`);
    return this.value.map((item: unknown, position) => read(new Field(this.source, item, this, position)));
  }

  /** `{ key: … }`, or nothing where there is nothing under the key. */
  optional<Key extends string, T>(key: Key, read: (field: Field) => T): { readonly [K in Key]?: T } {
    const field = this.at(key);
    return field.isMissing ? {} : ({ [key]: read(field) } as { [K in Key]?: T });
  }

  refused(message: string, next?: string): PgoptError {
    return refusedAt('lens-invalid', this, message, next);
  }

  expected(what: string): PgoptError {
    return expectedAt('lens-invalid', this, what);
  }
}
