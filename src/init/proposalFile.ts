/** Idle indexes (never used, invalid, or duplicate), and the proposal files for them and for foreign keys. */
import { formatBytes, formatRows, sanitize } from '../base/format.ts';
import { plain } from '../base/sql.ts';
import type { Link } from '../database/link.ts';
import { hasIndexOfKey, OF_USERS, treeOf } from '../database/parts.ts';
import { visibleRelations } from '../database/resolve.ts';
import { indexesWithStored, type StoredTables } from '../session/engines/engine.ts';
import type { ForeignKey } from './foreignKeys.ts';

export interface IdleIndex {
  readonly schema: string;
  readonly name: string;
  readonly table: string;
  readonly visible: boolean;
  /** From relpages, as of the last VACUUM or ANALYZE. */
  readonly bytes: number;
  readonly why: 'invalid' | 'duplicate' | 'unused';
  /** The index that a duplicate duplicates. */
  readonly sameAs: string | undefined;
  /** Tables whose foreign keys from this table have no other index. */
  readonly servesKeysTo: readonly string[];
}

/**
 * Largest first; without indexes of constraints and partitions of indexes.
 * @throws DatabaseError
 */
export async function idleIndexes(link: Link, stored: StoredTables): Promise<IdleIndex[]> {
  const rows = await link.query(
    `WITH indexes AS (
       SELECT i.*, c.relname, n.nspname, t.relname AS "table",
              c.relkind = 'I' AS partitioned, c.relispartition,
              EXISTS (SELECT FROM pg_catalog.pg_constraint k WHERE k.conindid = i.indexrelid) AS constrained,
              -- Equal for indexes that can replace each other.
              ROW(i.indrelid, c.relam, i.indkey::text, i.indclass::text, i.indcollation::text, i.indoption::text,
                  i.indnkeyatts, pg_catalog.pg_get_expr(i.indexprs, i.indrelid),
                  pg_catalog.pg_get_expr(i.indpred, i.indrelid))::text AS same,
              (SELECT coalesce(sum(pg_catalog.pg_stat_get_numscans(part.oid)), 0) FROM ${treeOf('i.indexrelid')}) AS scans
       FROM pg_catalog.pg_index i
       JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid
       JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
       JOIN pg_catalog.pg_class t ON t.oid = i.indrelid
       WHERE ${OF_USERS}
     ), ranked AS (
       SELECT *, first_value(relname) OVER same_first AS kept, row_number() OVER same_first AS place,
             count(*) OVER (PARTITION BY same, indisvalid) AS copies
       FROM indexes
       WINDOW same_first AS (
         PARTITION BY same, indisvalid ORDER BY constrained DESC, indisunique DESC, scans DESC, relname)
     )
     SELECT nspname AS schema, relname AS name, "table", indexrelid::int8 AS oid,
            (SELECT sum(greatest(p.relpages, 0)) * pg_catalog.current_setting('block_size')::float8
             FROM ${treeOf('ranked.indexrelid')} JOIN pg_catalog.pg_class p ON p.oid = part.oid)::float8 AS bytes,
            CASE WHEN NOT indisvalid THEN 'invalid' WHEN place > 1 THEN 'duplicate' ELSE 'unused' END AS why,
            CASE WHEN indisvalid AND place > 1 THEN kept END AS "sameAs",
            ARRAY(SELECT r.relname::text FROM pg_catalog.pg_constraint k JOIN pg_catalog.pg_class r ON r.oid = k.confrelid
                  WHERE k.contype = 'f' AND k.conrelid = ranked.indrelid
                    AND ${hasIndexOfKey('k', 'i.indexrelid = ranked.indexrelid')}
                    AND NOT ${hasIndexOfKey('k', 'i.indexrelid <> ranked.indexrelid')}
                  ORDER BY 1) AS "servesKeysTo"
     FROM ranked
     WHERE NOT constrained AND NOT relispartition
       AND (NOT indisvalid
            OR place > 1 AND NOT indisunique
            OR place > 1 AND indisunique AND EXISTS (
              SELECT FROM ranked o WHERE o.same = ranked.same AND o.indisvalid AND o.indisunique AND o.place < ranked.place)
            -- A unique index enforces uniqueness without scans. Of copies one stays.
            OR scans = 0 AND NOT indisunique AND copies = 1)
     ORDER BY 5 DESC, 1, 2`,
  );
  const visible = await visibleRelations(link);
  const found = rows.map(row => ({
    schema: String(row.schema),
    name: String(row.name),
    table: String(row.table),
    visible: visible.has(Number(row.oid)),
    bytes: Number(row.bytes),
    scans: 0,
    why: row.why as IdleIndex['why'],
    sameAs: row.sameAs === null ? undefined : String(row.sameAs),
    servesKeysTo: row.servesKeysTo as readonly string[],
  }));
  return indexesWithStored(found, stored)
    .filter(({ why, scans }) => why !== 'unused' || scans === 0)
    .toSorted((a, b) => b.bytes - a.bytes);
}

const qualified = (schema: string, name: string, visible: boolean): string =>
  visible ? plain(name) : `${plain(schema)}.${plain(name)}`;

/** @param name A safe name for the index. */
export function foreignKeyFile(key: ForeignKey, name: string): string {
  const columns = key.columns.map(plain).join(', ');
  return [
    `-- title: ${sanitize(`Index for the foreign key of ${key.table} to ${key.references}`)}`,
    '--',
    `-- ${sanitize(`${key.constraint} has no index on its own columns: deleting from ${key.references}, or joining from there,`)}`,
    `-- ${sanitize(`reads all of ${key.table}: ${key.rows === 0 && !key.isCounted ? 'never analyzed' : `${formatRows(key.rows)}, ${formatBytes(key.bytes)}`}.`)}`,
    '',
    `CREATE INDEX ${plain(name)} ON ${qualified(key.schema, key.table, key.visible)} (${columns});`,
    '',
  ].join('\n');
}

export function dropFile(index: IdleIndex): string {
  return [
    `-- title: ${sanitize(`Drop ${index.name}`)}`,
    `-- todo: ${sanitize(`on ${index.table}, ${formatBytes(index.bytes)}: ${reasonOf(index)}`)}`,
    '',
    `DROP INDEX ${qualified(index.schema, index.name, index.visible)};`,
    '',
  ].join('\n');
}

export function reasonOf({ why, sameAs, servesKeysTo }: IdleIndex): string {
  switch (why) {
    case 'invalid':
      return 'invalid: a CREATE INDEX CONCURRENTLY failed; written, never read';
    case 'duplicate':
      return `the same as ${sameAs}`;
    case 'unused':
      return [
        'never read since the statistics were reset (a standby counts its own)',
        ...(servesKeysTo.length === 0
          ? []
          : [`without it a DELETE from ${servesKeysTo.join(' or ')} reads the whole table`]),
      ].join('; ');
  }
}
