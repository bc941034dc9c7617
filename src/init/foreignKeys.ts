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
  /** pg_class.reltuples; 0 also if it was never analyzed. */
  readonly rows: number;
  /** Its rows were counted. */
  readonly isCounted: boolean;
  /** From relpages, because pg_relation_size() would wait for locks. */
  readonly bytes: number;
}

/** A scan of fewer rows costs no more than an index. A never analyzed table may have any size. */
export const isWorthAnIndex = ({ rows, isCounted }: Pick<ForeignKey, 'rows' | 'isCounted'>): boolean =>
  rows >= 1000 || (rows === 0 && !isCounted);

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
            tree.rows, tree.bytes, tree.counted
     FROM pg_catalog.pg_constraint k
     JOIN pg_catalog.pg_class c ON c.oid = k.conrelid
     JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
     JOIN pg_catalog.pg_class r ON r.oid = k.confrelid
     CROSS JOIN LATERAL (
       SELECT ${rowsOf('c.oid')} AS rows,
              coalesce(sum(p.relpages::float8 * pg_catalog.current_setting('block_size')::float8), 0) AS bytes,
              -- PostgreSQL 13 does not distinguish an empty table from one that was never analyzed.
              coalesce(bool_and(p.reltuples > 0 OR p.relpages > 0
                OR p.reltuples = 0 AND pg_catalog.current_setting('server_version_num')::int >= 140000), true) AS counted
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
    isCounted: row.counted === true,
  }));
  return keys
    .map(key => ({ ...key, ...partsOf(stored, key) }))
    .filter(({ schema, table, columns }) => {
      const key = JSON.stringify([schema, table, [...columns].sort()]);
      return !seen.has(key) && seen.add(key);
    })
    .toSorted((a, b) => b.bytes - a.bytes);
}
