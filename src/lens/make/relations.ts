/** Relations with files in a lens. Read from the copy before any of its pages are in shared buffers. */
import type { Link } from '../../database/link.ts';
import { type BtreeKeys, btreeHeight } from '../btree.ts';
import type { Sizes } from './catalog.ts';
import type { Ends } from './ends.ts';
import type { Relation } from './files.ts';

export interface Stored {
  readonly oid: string;
  readonly name: string;
  /** pg_class.relkind: a table, a materialized view, an index. */
  readonly kind: 'r' | 'm' | 'i';
  readonly path: string;
  /** Access method of an index, and oid of its table. */
  readonly method: string | undefined;
  readonly table: string | undefined;
  /** Of an index, without INCLUDE columns. */
  readonly keys: BtreeKeys;
  readonly descending: boolean;
}

const STORED = `
  SELECT c.oid::text AS oid, c.relname AS name, c.relkind AS kind, pg_relation_filepath(c.oid) AS path, am.amname AS method,
         i.indrelid::text AS on_table,
         coalesce(i.indoption[0] & 1 = 1, false) AS descending,
         i.indisunique AS is_unique, c.reltuples::float8 AS rows,
         (SELECT json_agg(json_build_array(
            coalesce(s.width, CASE WHEN a.attlen > 0 THEN a.attlen ELSE 16 END),
            CASE WHEN s.distinct < 0 THEN -s.distinct * greatest(t.reltuples, 0) ELSE coalesce(s.distinct, 0) END) ORDER BY k)
          FROM generate_series(0, i.indnkeyatts - 1) AS k
          JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k + 1
          LEFT JOIN LATERAL (
            SELECT max(stawidth) AS width, max(stadistinct) AS distinct FROM pg_statistic s
            WHERE s.starelid = CASE i.indkey[k] WHEN 0 THEN c.oid ELSE i.indrelid END
              AND s.staattnum = CASE i.indkey[k] WHEN 0 THEN k + 1 ELSE i.indkey[k] END
          ) s ON true) AS key_columns
  FROM pg_class c
  LEFT JOIN pg_index i ON i.indexrelid = c.oid
  LEFT JOIN pg_class t ON t.oid = i.indrelid
  LEFT JOIN pg_am am ON am.oid = c.relam
  WHERE c.oid >= 16384 AND c.relkind IN ('r', 'm', 'i') AND pg_relation_filepath(c.oid) IS NOT NULL
    AND c.relnamespace <> 'pg_toast'::regnamespace
  ORDER BY c.oid`;

export async function storedIn(link: Link): Promise<readonly Stored[]> {
  const rows = await link.query(STORED);
  return rows.map(row => ({
    oid: String(row.oid),
    name: String(row.name),
    kind: row.kind as Stored['kind'],
    path: String(row.path),
    method: row.kind === 'i' ? String(row.method) : undefined,
    table: row.kind === 'i' ? String(row.on_table) : undefined,
    keys: {
      rows: Number(row.rows),
      isUnique: row.is_unique === true,
      columns: ((row.key_columns ?? []) as readonly (readonly [number, number])[]).map(
        ([bytes, distinct]) => ({
          bytes,
          distinct,
        }),
      ),
    },
    descending: row.descending === true,
  }));
}

/** @param height Computed from the pages if unknown. */
export function relationOf(
  { kind, path, method, keys, descending, oid }: Stored,
  {
    pages,
    height = btreeHeight(pages, keys),
  }: { readonly pages: number; readonly height?: number | undefined },
  tablePages: number,
  ends: Ends,
): Relation {
  const kindOf = kind === 'i' ? 'index' : 'table';
  return { path, kind: kindOf, method, pages, height, tablePages, descending, ends: ends.get(oid) };
}

/** Relations whose size the document has. */
export function sizedRelations(stored: readonly Stored[], sizes: Sizes, ends: Ends): readonly Relation[] {
  return stored.flatMap(one => {
    const size = sizes.get(one.oid);
    return size === undefined ? [] : [relationOf(one, size, sizes.get(one.table ?? '')?.pages ?? 0, ends)];
  });
}
