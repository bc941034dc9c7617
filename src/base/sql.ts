/** Names and literals in SQL. */

export const identifier = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** Safe under either standard_conforming_strings. */
export function literal(text: string): string {
  const quoted = `'${text.replaceAll("'", "''").replaceAll('\\', '\\\\')}'`;
  return text.includes('\\') ? ` E${quoted}` : quoted;
}

/** Quoted only if necessary, as the server does it. */
export const plain = (name: string): string =>
  /^[a-z_][a-z0-9_]*$/.test(name) && !RESERVED.has(name) ? name : identifier(name);

/** Reserved words (kwlist.h: RESERVED_KEYWORD) and words that cannot be a column's name. */
const RESERVED = new Set(
  'all analyse analyze and any array as asc asymmetric authorization between binary both case cast check collate collation column concurrently constraint create cross current_catalog current_date current_role current_schema current_time current_timestamp current_user default deferrable desc distinct do else end except false fetch for foreign freeze from full grant group having ilike in initially inner intersect into is isnull join lateral leading left like limit localtime localtimestamp natural not notnull null offset on only or order outer overlaps placing primary references returning right select session_user similar some symmetric system_user table tablesample then to trailing true union unique user using variadic verbose when where window with'.split(
    ' ',
  ),
);

export interface NameInSchema {
  readonly schema: string;
  readonly name: string;
}

/** A name in a statement, with or without schema. */
export interface WrittenName {
  readonly schema: string | undefined;
  readonly name: string;
}

export const writtenKey = ({ schema, name }: WrittenName): string => JSON.stringify([schema ?? null, name]);

/** For a statement or to_regclass(). */
export const asWritten = ({ schema, name }: WrittenName): string =>
  schema === undefined ? identifier(name) : `${identifier(schema)}.${identifier(name)}`;
