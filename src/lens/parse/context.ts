/** What is known while a lens is read: which names are taken, and which texts the grammar has looked at. */
import { keyOf, type Named } from '../named.ts';
import { type Field, LIMITS } from './field.ts';
import { type Claim, check } from './sql.ts';

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
