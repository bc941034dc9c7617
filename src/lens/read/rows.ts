/** What the server answered, and how a value is taken out of it. */
import type { Row } from '../../database/link.ts';
import type { Hidden } from '../document.ts';
import type { FIRST_STATEMENTS, lensStatements } from './statements.ts';

type Name = keyof typeof FIRST_STATEMENTS | keyof ReturnType<typeof lensStatements>;

/** Rows by the name of the statement. */
export type LensAnswers = Readonly<Partial<Record<Name, readonly Row[]>>> & {
  /** Of the last statement; undefined where it failed. */
  readonly expressions?: readonly Row[] | undefined;
};

export const text = (row: Row, column: string): string => String(row[column] ?? '');

export const optionalText = (row: Row, column: string): string | undefined => {
  const value = row[column];
  return value === null || value === undefined ? undefined : String(value);
};

/** 0 where there is none. */
export const number = (row: Row, column: string): number => Number(row[column] ?? 0);

export const optionalNumber = (row: Row, column: string): number | undefined =>
  row[column] === null || row[column] === undefined ? undefined : Number(row[column]);

export const texts = (row: Row, column: string): string[] => list(row, column).map(String);
export const numbers = (row: Row, column: string): number[] => list(row, column).map(Number);

/** json_agg() over nothing is NULL. */
export function list(row: Row, column: string): readonly unknown[] {
  const value = row[column];
  return Array.isArray(value) ? value : [];
}

/** `{ key: value }`, or nothing at all where there is no value: the document has no `undefined` and no `null`. */
export function maybe<Key extends string, Value>(
  key: Key,
  value: Value | undefined,
): { readonly [K in Key]?: Value } {
  return value === undefined ? {} : ({ [key]: value } as { [K in Key]?: Value });
}

export function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return groups;
}

/** What is left out, and its list. */

const LONGEST = 5000;

export class Left {
  private readonly missing: ReadonlyMap<string, string>;
  readonly hidden: Hidden[];
  private readonly keys = new Set<string>();

  /** @param missing Key → what it needs, or is, that a lens cannot have. */
  constructor(missing: ReadonlyMap<string, string>, hidden: readonly Hidden[]) {
    this.missing = missing;
    this.hidden = [...hidden];
  }

  isMissing(key: string): boolean {
    return this.missing.has(key);
  }

  /** False, and added to the hidden ones, where it is missing. */
  keeps(key: string, kind: string, row: Row): boolean {
    const why = this.missing.get(key);
    if (why === undefined) return true;
    const schema = text(row, 'schema');
    this.add(`${kind} ${schema === '' ? '' : `${schema}.`}${text(row, 'name')}`, `left out: ${why}`);
    return false;
  }

  add(thing: string, why: string): void {
    // Of a thousand columns the first hundreds.
    const what = thing.length > LONGEST ? `${thing.slice(0, LONGEST)} …` : thing;
    const key = `${what}: ${why}`;
    if (this.keys.has(key)) return;
    this.keys.add(key);
    this.hidden.push({ what, why });
  }
}
