/**
 * The INSERT and the UPDATE that measure a table's write cost. Both work on real rows and call no nextval(), which no
 * rollback undoes. Functions run under the user's search_path, so every name here is qualified. Pure.
 */
import { identifier } from '../base/sql.ts';
import type { WritableColumn, WritableTable } from './writableTable.ts';

/** `sql` takes a round's number, from 1: each round has its own rows. */
export type WriteStatement = { readonly sql: (round: number) => string } | { readonly reason: string };

/** The largest value of each integer type. */
const LARGEST: Readonly<Record<string, bigint>> = {
  int2: 32_767n,
  int4: 2_147_483_647n,
  int8: 9_223_372_036_854_775_807n,
};
/** Added to a column whose maximum would need a scan of the table. */
const FAR: Readonly<Record<string, bigint>> = {
  int2: 10_000n,
  int4: 1_000_000_000n,
  int8: 1_000_000_000_000n,
};

/** Columns that need new values in copies, one for each unique index; or the index without such a column. */
export function freshColumns(table: WritableTable): readonly WritableColumn[] | { readonly reason: string } {
  const fresh = new Map<string, WritableColumn>();
  for (const { columns, definition } of table.uniques) {
    if (columns.some(name => fresh.has(name))) continue;
    const column = table.columns
      .filter(({ name }) => columns.includes(name))
      .filter(({ generated, references }) => !generated && !references)
      .sort((a, b) => rankOf(a) - rankOf(b))
      .find(one => rankOf(one) < NEVER);
    if (column === undefined) return { reason: `unique on ${definition}` };
    fresh.set(column.name, column);
  }
  return [...fresh.values()];
}

const joined = (...texts: readonly string[]): string => texts.join(' OPERATOR(pg_catalog.||) ');

const NEVER = 9;
function rankOf({ type, leads, length }: WritableColumn): number {
  if (type in LARGEST) return leads ? 0 : 2;
  if (type === 'uuid') return 1;
  return type === 'text' || (type === 'varchar' && (length ?? 99) >= 12) ? 3 : NEVER;
}

/** @param maxima By name, for fresh columns that lead an index. */
export function insertStatement(
  table: WritableTable,
  rows: number,
  maxima: ReadonlyMap<string, bigint>,
): WriteStatement {
  const fresh = freshColumns(table);
  if ('reason' in fresh) return fresh;
  const written = table.columns.filter(({ generated }) => !generated);
  const values: string[] = [];
  for (const column of written) {
    const isFresh = fresh.includes(column);
    const value = isFresh
      ? freshValue(column, maxima.get(column.name), rows)
      : `s.${identifier(column.name)}`;
    if (value === undefined) return { reason: `no value of ${column.name} is left for copies` };
    values.push(value);
  }
  const names = written.map(({ name }) => identifier(name)).join(', ');
  return {
    sql: round => `INSERT INTO ${table.name} (${names}) OVERRIDING SYSTEM VALUE
SELECT ${values.join(', ')}
FROM (SELECT *, pg_catalog.row_number() OVER () AS "pgopt n" FROM ${sampled(table, rows, written, round)}) s`,
  };
}

function freshValue(
  { name, type, length }: WritableColumn,
  maximum: bigint | undefined,
  rows: number,
): string | undefined {
  const largest = LARGEST[type];
  if (type === 'uuid')
    return `pg_catalog.md5(${joined(`s."pgopt n"::pg_catalog.text`, `s.${identifier(name)}::pg_catalog.text`)})::pg_catalog.uuid`;
  if (largest === undefined) {
    const kept =
      length === undefined
        ? `s.${identifier(name)}`
        : `pg_catalog."left"(s.${identifier(name)}, ${length - 11})`;
    return joined(kept, `'~'`, `s."pgopt n"`);
  }
  if (maximum === undefined) return `s.${identifier(name)} OPERATOR(pg_catalog.+) ${FAR[type]}`;
  return maximum + BigInt(rows) > largest ? undefined : `${maximum} OPERATOR(pg_catalog.+) s."pgopt n"`;
}

/**
 * Sets each row's columns to the next row's values, the last row's to the first's. Indexes need new entries only where
 * an indexed column really changes.
 */
export function updateStatement(
  table: WritableTable,
  columns: readonly string[],
  rows: number,
): WriteStatement {
  const indexed = table.columns.filter(({ name, generated }) => columns.includes(name) && !generated);
  const uniqueOn = (name: string) => table.uniques.find(key => key.columns.includes(name));
  // One changed column is enough for an index entry, so unique columns keep their values.
  const own = indexed.filter(({ name }) => uniqueOn(name) === undefined);
  if (own.length === 0) {
    const unique = indexed.map(({ name }) => uniqueOn(name)).find(key => key !== undefined);
    return {
      reason: unique === undefined ? 'none of its columns can be written' : `unique on ${unique.definition}`,
    };
  }
  const names = own.map(({ name }) => identifier(name));
  const other = names.map(
    name => `coalesce(pg_catalog.lead(${name}) OVER w, pg_catalog.first_value(${name}) OVER w) AS ${name}`,
  );
  return {
    sql: round => `UPDATE ${table.name} t SET ${names.map(name => `${name} = s.${name}`).join(', ')}
FROM (SELECT "pgopt place", "pgopt table", ${other.join(', ')} FROM ${sampled(table, rows, own, round)} WINDOW w AS ()) s
WHERE t.ctid OPERATOR(pg_catalog.=) s."pgopt place" AND t.tableoid OPERATOR(pg_catalog.=) s."pgopt table"`,
  };
}

/**
 * Random blocks, the same for the same round, and the first rows of them. Each round has its own blocks: new versions
 * fill them, and a version that finds no room beside the old one cannot be HOT.
 */
function sampled(
  table: WritableTable,
  rows: number,
  columns: readonly WritableColumn[],
  round: number,
): string {
  const known = table.rows > 0 && table.blocks > 0;
  // Four times the need, and enough blocks that the sample is not empty.
  const percent = known ? Math.min(100, Math.max((400 * rows) / table.rows, 800 / table.blocks)) : 100;
  const names = columns.map(({ name }) => identifier(name)).join(', ');
  return `(SELECT ${names}, ctid AS "pgopt place", tableoid AS "pgopt table"
  FROM ${table.name} TABLESAMPLE SYSTEM (${percent}) REPEATABLE (${round}) LIMIT ${rows}) r`;
}
