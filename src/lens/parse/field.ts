import type { PgoptError } from '../../base/errors.ts';
import {
  calledAt,
  expectedAt,
  isRecord,
  type JsonPath,
  type JsonSource,
  refusedAt,
} from '../../base/json.ts';
import { keyOf, type Named } from '../document.ts';
import { type Claim, check } from './sql.ts';

/** How much a lens may hold: far more than any database has, and little enough to be read and made. */
export const LIMITS = {
  /** The text of a whole lens, in characters; a string of JavaScript ends soon after. */
  characters: 400_000_000,
  /** Objects and lists, and braces in texts. Each object takes memory, and the process ends without a word where there is none. */
  brackets: 20_000_000,
  /** Blanks in a row: the search for a mistake's location reads them one by one. */
  blanks: 100_000,
  /** Levels of objects in lists in objects: a lens has eight. */
  levels: 40,
  /** Tables and partitions. A schema of more cannot be made in a sensible time. */
  tables: 100_000,
  /** Views, functions, types, statistics, schemas, extensions, settings and remarks, of each. */
  things: 100_000,
  /** PostgreSQL's own limit, of which dropped columns count. */
  columns: 1600,
  /** Of one table. */
  indexes: 5000,
  /** PostgreSQL's are 63 bytes; some are built with longer ones. */
  nameBytes: 255,
  /** A remark, a version, a name of a collation. */
  remark: 10_000,
  /** A definition: a function's, a view's, an index's. */
  definition: 10_000_000,
  /** A list of values: a statistics target of 10,000, and a value in it has at most 1 kB. */
  values: 50_000_000,
  /** Numbers in a list: the same target, ten times that for elements of arrays. */
  numbers: 110_000,
  /** No table has more: 32 TB of the shortest rows are a thousandth of it. */
  rows: 1e15,
  /** A block's number has 32 bits, and two of them mean something else. */
  pages: 2 ** 32 - 2,
  /** Blocks of all tables and indexes: 64 TB, 65,536 files of 1 GiB in a lens. Each takes a moment and an inode. */
  allPages: 2 ** 33,
  bytes: 1e18,
  /** A value has at most 1 GB. */
  width: 2 ** 30,
} as const;

/** A value inside a lens from outside: read as what it should be, or refused with its location. */

/** No server takes NUL in a text, and no encoding has half a surrogate pair. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is the point
const UNSPEAKABLE = /\u0000|\p{Cs}/u;

export class Field {
  readonly source: JsonSource;
  readonly value: unknown;
  private readonly around: Field | undefined;
  private readonly step: string | number;

  /** @param around What it stands in, and under which key or at which location. */
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

/** What is known while a lens is read: which names are taken, and which texts the grammar has looked at. */

/** Longer texts are each their own. */
const SHORT = 80;

export class Context {
  private readonly schemas: ReadonlySet<string>;
  private readonly taken = new Map<string, Set<string>>();
  private pages = 0;
  private readonly checked = new Set<string>();

  /** @param schemas That a lens says it has. */
  constructor(schemas: readonly string[]) {
    this.schemas = new Set([...schemas, 'public']);
  }

  /** @param kind Things of one kind have different names: relations (tables, views and indexes), types, statistics. */
  take(field: Field, kind: 'relation' | 'type' | 'statistics' | 'collation'): Named {
    const name = this.named(field);
    this.once(field, kind, keyOf(name));
    return name;
  }

  /** Functions of one name differ in what they take. */
  named(field: Field): Named {
    const schema = field.at('schema').name();
    if (!this.schemas.has(schema))
      throw field.at('schema').refused('this is none of the schemas of the lens');
    return { schema, name: field.at('name').name() };
  }

  once(field: Field, kind: string, key: string): void {
    const names = this.taken.get(kind) ?? new Set();
    if (names.has(key)) throw field.refused('there is another one of this name');
    names.add(key);
    this.taken.set(kind, names);
  }

  /** A relation that was there before. */
  known(field: Field): Named {
    const name = { schema: field.at('schema').name(), name: field.at('name').name() };
    if (this.taken.get('relation')?.has(keyOf(name)) !== true)
      throw field.refused('there is no such relation before this one');
    return name;
  }

  /** Blocks of a relation. @returns How many. */
  blocks(field: Field): number {
    const pages = field.integer(0, LIMITS.pages);
    this.pages += pages;
    if (this.pages > LIMITS.allPages)
      throw field.refused(`all tables and indexes up to here have more than ${LIMITS.allPages} pages`);
    return pages;
  }

  /**
   * Looked at at once: what it is parsed into need not wait for the others in memory.
   * @returns The text.
   * @throws PgoptError 'lens-invalid'
   */
  claim(field: Field, text: string, claim: Claim): string {
    // `integer` needs to be looked at once.
    const key = claim.text.length > SHORT ? undefined : `${claim.what} ${claim.text}`;
    if (key !== undefined && this.checked.has(key)) return text;
    check(field, claim);
    if (key !== undefined) this.checked.add(key);
    return text;
  }
}
