/** What has files in a lens. Asked of the copy, before anything of it is read into memory. */
import type { Link } from '../../database/link.ts';
import { btreeHeight } from '../btree.ts';
import type { Sizes } from './catalog.ts';
import type { Relation } from './files.ts';

export interface Stored {
  readonly oid: string;
  readonly name: string;
  /** pg_class.relkind: a table, a materialized view, an index. */
  readonly kind: 'r' | 'm' | 'i';
  readonly path: string;
  /** Of an index its access method, and the oid of its table. */
  readonly method: string | undefined;
  readonly table: string | undefined;
  /** Of an index: what its key columns take, without those that are only included. */
  readonly keyBytes: number;
}

const STORED = `
  SELECT c.oid::text AS oid, c.relname AS name, c.relkind AS kind, pg_relation_filepath(c.oid) AS path, am.amname AS method,
         i.indrelid::text AS on_table,
         (SELECT sum(coalesce(s.stawidth, CASE WHEN a.attlen > 0 THEN a.attlen ELSE 16 END))
          FROM generate_series(0, i.indnkeyatts - 1) AS k
          JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k + 1
          LEFT JOIN LATERAL (
            SELECT max(stawidth) AS stawidth FROM pg_statistic s
            WHERE (i.indkey[k] <> 0 AND s.starelid = i.indrelid AND s.staattnum = i.indkey[k])
               OR (i.indkey[k] = 0 AND s.starelid = c.oid AND s.staattnum = k + 1)
          ) s ON true) AS key_bytes
  FROM pg_class c
  LEFT JOIN pg_index i ON i.indexrelid = c.oid
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
    keyBytes: Number(row.key_bytes ?? 8),
  }));
}

/** How long its file is to be. @param height Where it is known; worked out from the pages otherwise. */
export function relationOf(
  { kind, path, method, keyBytes }: Stored,
  {
    pages,
    height = btreeHeight(pages, keyBytes),
  }: { readonly pages: number; readonly height?: number | undefined },
  tablePages: number,
): Relation {
  return { path, kind: kind === 'i' ? 'index' : 'table', method, pages, height, tablePages };
}

/** Those that the document gives a size. */
export function sizedRelations(stored: readonly Stored[], sizes: Sizes): readonly Relation[] {
  return stored.flatMap(one => {
    const size = sizes.get(one.oid);
    return size === undefined ? [] : [relationOf(one, size, sizes.get(one.table ?? '')?.pages ?? 0)];
  });
}
