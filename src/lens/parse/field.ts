import type { PgoptError } from '../../base/errors.ts';
import {
  expectedAt,
  isRecord,
  type JsonPath,
  type JsonSource,
  pathText,
  refusedAt,
} from '../../base/json.ts';
import { type NameInSchema, writtenKey } from '../../base/sql.ts';
import { type Claim, check } from './sql.ts';

/** Limits of a lens: above any real database, but safe to parse and make. */
export const LIMITS = {
  /** Characters of the whole text, below JavaScript's limit for strings. */
  characters: 400_000_000,
  /** Objects and lists, and braces in texts: each takes memory, and Node dies when there is none left. */
  brackets: 20_000_000,
  /** Consecutive blanks: locating an error reads them one by one. */
  blanks: 100_000,
  /** Levels of nesting; a lens has eight. */
  levels: 40,
  /** Tables and partitions; more take too long to make. */
  tables: 100_000,
  /** Each of views, functions, types, statistics, schemas, extensions, settings and remarks. */
  things: 100_000,
  /** PostgreSQL's limit, including dropped columns. */
  columns: 1600,
  /** Per table. */
  indexes: 5000,
  /** PostgreSQL has 63, some builds more. */
  nameBytes: 255,
  /** Characters of a remark, version or collation. */
  remark: 10_000,
  /** Characters of a definition. */
  definition: 10_000_000,
  /** Characters of a list of values: 10,000 values (the largest statistics target) of 1 kB fit. */
  values: 50_000_000,
  /** Numbers in a list: the largest statistics target, ten times that for array elements. */
  numbers: 110_000,
  /** A thousand times what 32 TB of the shortest rows hold. */
  rows: 1e15,
  /** Block numbers have 32 bits; two of them are reserved. */
  pages: 2 ** 32 - 2,
  /** All relations together: 64 TB, or 65,536 files of 1 GiB in a lens, each of which takes time and an inode. */
  allPages: 2 ** 33,
  bytes: 1e18,
  /** PostgreSQL's largest value, 1 GB. */
  width: 2 ** 30,
} as const;

// Reads values of a lens from outside, or refuses them with their location.

/** PostgreSQL accepts neither NUL nor lone surrogates. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is the point
const UNSPEAKABLE = /\u0000|\p{Cs}/u;

export class Field {
  /** @param around The enclosing value. @param step Key or index within it. */
  constructor(
    readonly source: JsonSource,
    readonly value: unknown,
    private readonly around?: Field,
    private readonly step: string | number = '',
  ) {}

  /** Computed on demand: there are millions of fields, but only an error needs a path. */
  get path(): JsonPath {
    const steps: (string | number)[] = [];
    for (let at: Field = this; at.around !== undefined; at = at.around) steps.push(at.step);
    return steps.reverse();
  }

  /** A member of an object; inherited keys such as `constructor` are missing. */
  at(key: string): Field {
    if (!isRecord(this.value)) throw this.expected('an object');
    const own = Object.hasOwn(this.value, key) ? this.value[key] : undefined;
    return new Field(this.source, own, this, key);
  }

  keys(most: number): readonly string[] {
    if (!isRecord(this.value)) throw this.expected('an object');
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
      throw this.refused(`${pathText(this.path)} holds a character that PostgreSQL does not accept`);
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

  /** `{ key: … }`, or `{}` if the key is missing. */
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

// State while a lens is read: names in use, and texts that were already checked.

/** Longer texts hardly repeat. */
const SHORT = 80;

export class Context {
  private readonly schemas: ReadonlySet<string>;
  private readonly taken = new Map<string, Set<string>>();
  private pages = 0;
  private readonly checked = new Set<string>();

  /** @param schemas Declared by the lens. */
  constructor(schemas: readonly string[]) {
    this.schemas = new Set([...schemas, 'public']);
  }

  /** Names are unique per kind; relations are tables, views and indexes. */
  take(field: Field, kind: 'relation' | 'type' | 'statistics' | 'collation'): NameInSchema {
    const name = this.named(field);
    this.once(field, kind, writtenKey(name));
    return name;
  }

  /** A name that need not be unique, such as a function's. */
  named(field: Field): NameInSchema {
    const schema = field.at('schema').name();
    if (!this.schemas.has(schema)) throw field.at('schema').refused('the lens has no such schema');
    return { schema, name: field.at('name').name() };
  }

  once(field: Field, kind: string, key: string): void {
    const names = this.taken.get(kind) ?? new Set();
    if (names.has(key)) throw field.refused('this name occurs twice');
    names.add(key);
    this.taken.set(kind, names);
  }

  /** A relation that precedes this value. */
  known(field: Field): NameInSchema {
    const name = { schema: field.at('schema').name(), name: field.at('name').name() };
    if (this.taken.get('relation')?.has(writtenKey(name)) !== true)
      throw field.refused('no relation of this name precedes this one');
    return name;
  }

  /** Blocks of a relation, which count toward the total. */
  blocks(field: Field): number {
    const pages = field.integer(0, LIMITS.pages);
    this.pages += pages;
    if (this.pages > LIMITS.allPages)
      throw field.refused(`all tables and indexes up to here have more than ${LIMITS.allPages} pages`);
    return pages;
  }

  /**
   * Checks SQL immediately, so that its parse tree is freed.
   * @returns The text. @throws PgoptError 'lens-invalid'
   */
  claim(field: Field, text: string, claim: Claim): string {
    // Short texts such as `integer` repeat.
    const key = claim.text.length > SHORT ? undefined : `${claim.what} ${claim.text}`;
    if (key !== undefined && this.checked.has(key)) return text;
    check(field, claim);
    if (key !== undefined) this.checked.add(key);
    return text;
  }
}
