/** Foreign keys without an index on their columns: every DELETE of a referenced row scans the referencing table. */
import type { Link } from '../database/link.ts';
import { hasIndexOfKey, OF_USERS, rowsOf, treeOf } from '../database/parts.ts';
import { visibleRelations } from '../database/resolve.ts';
import { partsOf, type StoredTables } from '../session/engines/engine.ts';

export interface ForeignKey {
  readonly constraint: string;
  readonly schema: string;
  readonly table: string;
  /** The search_path finds the table by its name alone. */
  readonly visible: boolean;
  readonly columns: readonly string[];
  /** The referenced table. */
  readonly references: string;
  /** pg_class.reltuples; 0: never analyzed. */
  readonly rows: number;
  /** From relpages, because pg_relation_size() would wait for locks. */
  readonly bytes: number;
}

/** A scan of fewer rows costs no more than an index. A never analyzed table may have any size. */
export const isWorthAnIndex = ({ rows, bytes }: Pick<ForeignKey, 'rows' | 'bytes'>): boolean =>
  rows >= 1000 || (rows === 0 && bytes === 0);

/**
 * Largest tables first; one for several foreign keys on the same columns.
 * @throws DatabaseError
 */
export async function foreignKeysWithoutIndex(link: Link, stored: StoredTables): Promise<ForeignKey[]> {
  const rows = await link.query(
    `SELECT k.conname AS constraint, n.nspname AS schema, c.relname AS "table",
            c.oid::int8 AS oid, r.relname AS "references",
            (SELECT array_agg(a.attname::text ORDER BY p.position)
             FROM unnest(k.conkey) WITH ORDINALITY p (attnum, position)
             JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum = p.attnum) AS columns,
            tree.rows, tree.bytes
     FROM pg_catalog.pg_constraint k
     JOIN pg_catalog.pg_class c ON c.oid = k.conrelid
     JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
     JOIN pg_catalog.pg_class r ON r.oid = k.confrelid
     CROSS JOIN LATERAL (
       SELECT ${rowsOf('c.oid')} AS rows,
              coalesce(sum(p.relpages::float8 * pg_catalog.current_setting('block_size')::float8), 0) AS bytes
       FROM ${treeOf('c.oid')} JOIN pg_catalog.pg_class p ON p.oid = part.oid AND p.relkind <> 'p'
     ) tree
     -- A partition's foreign key is its parent's.
     WHERE k.contype = 'f' AND k.conparentid = 0 AND ${OF_USERS}
       AND NOT ${hasIndexOfKey('k')}
     ORDER BY tree.bytes DESC, 2, 3, 1`,
  );
  const visible = await visibleRelations(link);
  const seen = new Set<string>();
  const keys = rows.map(row => ({
    constraint: String(row.constraint),
    schema: String(row.schema),
    table: String(row.table),
    visible: visible.has(Number(row.oid)),
    columns: row.columns as readonly string[],
    references: String(row.references),
    rows: Number(row.rows),
    bytes: Number(row.bytes),
  }));
  return keys
    .map(key => ({ ...key, ...partsOf(stored, key) }))
    .filter(({ schema, table, columns }) => {
      const key = JSON.stringify([schema, table, [...columns].sort()]);
      return !seen.has(key) && seen.add(key);
    })
    .toSorted((a, b) => b.bytes - a.bytes);
}
