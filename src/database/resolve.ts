/** Resolves names by the user's search_path, as a query or a proposal would. */

import { asWritten, type WrittenName } from '../base/sql.ts';
import { asUser } from './guard.ts';
import type { Link } from './link.ts';

/** Safe under any path: no operator, and each function and type with its schema. */
const RESOLVE = asUser(
  `SELECT pg_catalog.to_regclass(named.name)::pg_catalog.oid AS oid
   FROM pg_catalog.unnest($1::pg_catalog.text[]) WITH ORDINALITY AS named (name, place) ORDER BY named.place`,
);

/** Oids in the names' order; undefined where there is no such relation. @throws DatabaseError */
export async function resolveRelations(
  link: Link,
  names: readonly WrittenName[],
): Promise<(number | undefined)[]> {
  if (names.length === 0) return [];
  const rows = await link.query(RESOLVE, [names.map(asWritten)]);
  return rows.map(({ oid }) => (oid === null ? undefined : Number(oid)));
}

export async function resolveRelation(link: Link, name: WrittenName): Promise<number | undefined> {
  const [oid] = await resolveRelations(link, [name]);
  return oid;
}

const VISIBLE = asUser('SELECT c.oid FROM pg_catalog.pg_class c WHERE pg_catalog.pg_table_is_visible(c.oid)');

/** Oids of the relations that an unqualified name finds on the user's search_path. @throws DatabaseError */
export async function visibleRelations(link: Link): Promise<ReadonlySet<number>> {
  return new Set((await link.query(VISIBLE)).map(({ oid }) => Number(oid)));
}
