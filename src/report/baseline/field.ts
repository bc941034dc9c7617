/** A value inside a JSON text from outside: read as what it should be, or refused with its place. */
import type { PgoptError } from '../../errors.ts';
import { expectedAt, isObject, type JsonSource, refusedAt } from '../../plan/json-refused.ts';
import type { JsonPath } from '../../plan/locate-json.ts';

const LARGE = /^-?(?:\d{16,}|\d+(?:\.\d+)?[eE]\+?\d+)$/;

/** What is missing is undefined, and null to those who may do without: older programs knew less. */
export class Field {
  readonly source: JsonSource;
  readonly value: unknown;
  readonly path: JsonPath;

  constructor(source: JsonSource, value: unknown, path: JsonPath = []) {
    this.source = source;
    this.value = value;
    this.path = path;
  }

  at(key: string): Field {
    const own = isObject(this.value) && Object.hasOwn(this.value, key) ? this.value[key] : undefined;
    return new Field(this.source, own, [...this.path, key]);
  }

  get isMissing(): boolean {
    return this.value === undefined || this.value === null;
  }

  object(): Field {
    if (!isObject(this.value)) throw this.expected('an object');
    return this;
  }

  text(): string {
    if (typeof this.value !== 'string') throw this.expected('a text');
    return this.value;
  }

  /** Any: a server may say -1 for unknown. The JSON reader keeps numbers beyond 2^53 as text. */
  number(): number {
    const { value } = this;
    const number = typeof value === 'string' && LARGE.test(value) ? Number(value) : value;
    if (typeof number !== 'number' || !Number.isFinite(number)) throw this.expected('a number');
    return number;
  }

  flag(): boolean {
    if (typeof this.value !== 'boolean') throw this.expected('true or false');
    return this.value;
  }

  /** None where it is missing. */
  list(most = Number.POSITIVE_INFINITY): readonly Field[] {
    if (this.isMissing) return [];
    if (!Array.isArray(this.value) || this.value.length > most)
      throw this.expected(most === Number.POSITIVE_INFINITY ? 'a list' : `a list of at most ${most}`);
    return this.value.map((item, position) => new Field(this.source, item, [...this.path, position]));
  }

  orNull<T>(read: (field: Field) => T): T | null {
    return this.isMissing ? null : read(this);
  }

  refused(message: string, next?: string): PgoptError {
    return refusedAt('baseline-invalid', this, message, next);
  }

  private expected(what: string): PgoptError {
    return expectedAt('baseline-invalid', this, what);
  }
}
