/** Answers of the server, access to their values, and the list of omissions. */
import type { NameInSchema } from '../../base/sql.ts';
import type { Row } from '../../database/link.ts';
import type { Omission } from '../document.ts';
import type { FIRST_STATEMENTS, lensStatements } from './catalogQueries.ts';

type Name = keyof typeof FIRST_STATEMENTS | keyof ReturnType<typeof lensStatements>;

/** Statement → rows. */
export type LensAnswers = Readonly<Partial<Record<Name, readonly Row[]>>> & {
  /** Of the last statement; undefined if it failed. */
  readonly expressions?: readonly Row[] | undefined;
};

export const text = (row: Row, column: string): string => String(row[column] ?? '');

export const optionalText = (row: Row, column: string): string | undefined => {
  const value = row[column];
  return value === null || value === undefined ? undefined : String(value);
};

/** 0 for NULL. */
export const number = (row: Row, column: string): number => Number(row[column] ?? 0);

export const optionalNumber = (row: Row, column: string): number | undefined =>
  row[column] === null || row[column] === undefined ? undefined : Number(row[column]);

/** The columns `schema` and `name`. */
export const nameIn = (row: Row): NameInSchema => ({ schema: text(row, 'schema'), name: text(row, 'name') });

export const texts = (row: Row, column: string): string[] => list(row, column).map(String);
export const numbers = (row: Row, column: string): number[] => list(row, column).map(Number);

/** Empty for NULL, which json_agg() returns without rows. */
export function list(row: Row, column: string): readonly unknown[] {
  const value = row[column];
  return Array.isArray(value) ? value : [];
}

/** `{ key: value }`, or `{}` without a value: documents hold neither undefined nor null. */
export function maybe<Key extends string, Value>(
  key: Key,
  value: Value | undefined,
): { readonly [K in Key]?: Value } {
  return value === undefined ? {} : ({ [key]: value } as { [K in Key]?: Value });
}

const LONGEST = 5000;

export class Omissions {
  private readonly keys = new Set<string>();

  /** @param missing Key → reason why a lens cannot have the object. @param hidden Is extended. */
  constructor(
    private readonly missing: ReadonlyMap<string, string>,
    readonly hidden: Omission[],
  ) {}

  isMissing(key: string): boolean {
    return this.missing.has(key);
  }

  /** False for a missing object, which is added to `hidden`. */
  keeps(key: string, kind: string, row: Row): boolean {
    const why = this.missing.get(key);
    if (why === undefined) return true;
    const schema = text(row, 'schema');
    this.add(`${kind} ${schema === '' ? '' : `${schema}.`}${text(row, 'name')}`, `left out: ${why}`);
    return false;
  }

  add(thing: string, why: string): void {
    // Cuts a list of a thousand columns.
    const what = thing.length > LONGEST ? `${thing.slice(0, LONGEST)} …` : thing;
    const key = `${what}: ${why}`;
    if (this.keys.has(key)) return;
    this.keys.add(key);
    this.hidden.push({ what, why });
  }
}
