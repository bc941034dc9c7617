/** A value inside a JSON text that somebody else wrote: read as what it should be, or refused with its place. */
import { PgoptError } from '../../errors.ts';
import { placeAt } from '../../place.ts';
import { type JsonPath, offsetOf } from '../../plan/locate-json.ts';

export interface JsonSource {
  readonly text: string;
  /** Named in errors. */
  readonly file: string;
}

/** What is missing is undefined, and null to those who may do without: older programs knew less. */
export class Field {
  private readonly source: JsonSource;
  private readonly value: unknown;
  private readonly path: JsonPath;

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

  number(): number {
    if (typeof this.value !== 'number' || !Number.isFinite(this.value) || this.value < 0)
      throw this.expected('a number from 0');
    return this.value;
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
    const { file, text } = this.source;
    const place = placeAt(file, text, offsetOf(text, this.path));
    return new PgoptError('baseline-invalid', message, { place, ...(next === undefined ? {} : { next }) });
  }

  private expected(what: string): PgoptError {
    const name = this.path
      .map(step => (typeof step === 'number' ? `[${step}]` : `.${step}`))
      .join('')
      .replace(/^\./, '');
    const here = name === '' ? 'this' : name;
    return this.refused(
      this.value === undefined ? `${here} is missing: it should be ${what}` : `${here} should be ${what}`,
    );
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
