/** What has files in a lens, and how long they are to be. Asked of the copy, before anything of it is read into memory. */
import type { Link } from '../../database/link.ts';
import { btreeHeight } from '../btree.ts';
import type { Pages } from './catalog.ts';
import type { Relation } from './files.ts';
import type { Unsized } from './proposedSizes.ts';

const ASKED = `
  SELECT c.oid::text AS oid, pg_relation_filepath(c.oid) AS path, c.relkind AS kind, am.amname AS method,
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
    AND c.relnamespace <> 'pg_toast'::regnamespace`;

/** @param pages By oid. @param heights By oid, of those that are known. */
export async function relationsOf(
  link: Link,
  pages: Pages,
  heights: ReadonlyMap<string, number> = new Map(),
): Promise<readonly Relation[]> {
  const rows = await link.query(ASKED);
  return rows.map(row => {
    const oid = String(row.oid);
    const wanted = pages.get(oid) ?? 0;
    return {
      path: String(row.path),
      kind: row.kind === 'i' ? 'index' : 'table',
      method: row.method === null ? undefined : String(row.method),
      pages: wanted,
      height: heights.get(oid) ?? btreeHeight(wanted, Number(row.key_bytes ?? 8)),
      tablePages: pages.get(String(row.on_table)) ?? 0,
    };
  });
}

/** Views and indexes that the document knows nothing of: proposals that were made on the empty tables. */
export async function unsizedOf(link: Link, pages: Pages): Promise<readonly Unsized[]> {
  const rows = await link.query(
    `SELECT c.oid::text AS oid, c.relname AS name, c.relkind AS kind FROM pg_class c
     WHERE c.oid >= 16384 AND c.relkind IN ('m', 'i') AND c.relnamespace <> 'pg_toast'::regnamespace ORDER BY c.oid`,
  );
  return rows
    .filter(({ oid }) => !pages.has(String(oid)))
    .map(({ oid, name, kind }) => ({
      oid: String(oid),
      name: String(name),
      kind: kind === 'm' ? 'view' : 'index',
    }));
}
