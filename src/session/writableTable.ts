/** Catalog facts about a table to write to: its columns, and the obstacles. */
import { identifier } from '../base/sql.ts';
import type { Link } from '../database/link.ts';
import { isChunk, rowsOf, treeOf } from '../database/parts.ts';
import { resolveRelation } from '../database/resolve.ts';

export interface WritableColumn {
  readonly name: string;
  /** pg_type's name: `int4`, `text` … */
  readonly type: string;
  /** For varchar(n); undefined without a limit. */
  readonly length: number | undefined;
  /** GENERATED … STORED, which a statement cannot write. */
  readonly generated: boolean;
  /** Part of a foreign key: its values must exist elsewhere. */
  readonly references: boolean;
  /** First column of an index, which finds its maximum at once. */
  readonly leads: boolean;
}

interface UniqueKey {
  /** `(a, lower(b))`, for display. */
  readonly definition: string;
  /** Its plain columns. */
  readonly columns: readonly string[];
}

export interface WritableTable {
  readonly oid: number;
  /** Quoted, with its schema. */
  readonly name: string;
  /** pg_class.reltuples; 0 when never analyzed. */
  readonly rows: number;
  /** pg_class.relpages. */
  readonly blocks: number;
  readonly columns: readonly WritableColumn[];
  readonly uniques: readonly UniqueKey[];
  /** Why the table must not be written, one phrase; undefined where it may. */
  readonly refused: string | undefined;
}

const TREE = `SELECT part.oid FROM ${treeOf('t.oid')}`;

interface Written {
  readonly oid: number;
  readonly inserts: boolean;
  readonly updates: boolean;
  readonly deletes: boolean;
}

/** As in pg_trigger.tgtype. */
const eventsOf = ({ inserts, updates, deletes }: Written): number =>
  (inserts ? 4 : 0) + (deletes ? 8 : 0) + (updates ? 16 : 0);

/** Oid → why the changes are not possible, one phrase; the others are left out. @throws DatabaseError */
export async function whyNotWritable(
  link: Pick<Link, 'query'>,
  written: readonly Written[],
): Promise<ReadonlyMap<number, string>> {
  const rows = await link.query(
    `WITH RECURSIVE tree (root, oid, events) AS (
       SELECT w.oid, w.oid, w.events FROM unnest($1::oid[], $2::int4[]) AS w (oid, events)
       UNION
       SELECT t.root, h.inhrelid, t.events FROM tree t JOIN pg_catalog.pg_inherits h ON h.inhparent = t.oid
       JOIN pg_catalog.pg_class c ON c.oid = h.inhrelid AND (c.relispartition OR ${isChunk('c')})
     )
     SELECT t.root::int8 AS oid, CASE
       WHEN bool_or(t.root = c.oid AND (c.oid < 16384 OR c.relnamespace = 'pg_catalog'::pg_catalog.regnamespace)) THEN 'a table of PostgreSQL itself'
       -- A user's trigger may act outside the transaction, and disabling a trigger takes a lock. Up to
       -- PostgreSQL 14 a partition's copy of one counts as internal.
       WHEN bool_or(EXISTS (SELECT FROM pg_catalog.pg_trigger g WHERE g.tgrelid = c.oid
                            AND (NOT g.tgisinternal OR g.tgfoid >= 16384) AND g.tgtype & t.events <> 0)) THEN 'the table has triggers'
       WHEN bool_or(t.root = c.oid AND c.relhasrules) THEN 'the table has rules'
       WHEN bool_or(c.relkind NOT IN ('r', 'p')) THEN 'not an ordinary table'
       WHEN bool_or(EXISTS (SELECT FROM pg_catalog.pg_index i WHERE i.indrelid = c.oid AND i.indisexclusion)) THEN 'the table has an exclusion constraint'
     END AS refused
     FROM tree t JOIN pg_catalog.pg_class c ON c.oid = t.oid GROUP BY t.root`,
    [written.map(({ oid }) => oid), written.map(eventsOf)],
  );
  return new Map(
    rows.flatMap(({ oid, refused }) => (refused === null ? [] : [[Number(oid), String(refused)] as const])),
  );
}

/** @returns undefined where the table does not exist (yet). @throws DatabaseError */
export async function writableTable(
  link: Link,
  schema: string | undefined,
  table: string,
): Promise<WritableTable | undefined> {
  const [row] = await link.query(
    `SELECT t.oid::int8 AS oid, n.nspname AS schema, t.relname AS name,
            ${rowsOf('t.oid')} AS rows,
            (SELECT sum(c.relpages)::float8 FROM pg_catalog.pg_class c
             WHERE c.relkind = 'r' AND c.oid IN (${TREE})) AS blocks
     FROM pg_catalog.pg_class t JOIN pg_catalog.pg_namespace n ON n.oid = t.relnamespace
     WHERE t.oid = $1`,
    [await resolveRelation(link, { schema, name: table })],
  );
  if (row === undefined) return undefined;
  const columns = await link.query(
    `SELECT a.attname AS name, y.typname AS type, a.attgenerated <> '' AS generated,
            CASE WHEN y.typname = 'varchar' AND a.atttypmod > 4 THEN a.atttypmod - 4 END AS length,
            EXISTS (SELECT FROM pg_catalog.pg_constraint k
                    WHERE k.conrelid = $1 AND k.contype = 'f' AND a.attnum = ANY (k.conkey)) AS "references",
            EXISTS (SELECT FROM pg_catalog.pg_index i
                    WHERE i.indrelid = $1 AND i.indisvalid AND i.indpred IS NULL AND i.indkey[0] = a.attnum) AS leads
     FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_type y ON y.oid = a.atttypid
     WHERE a.attrelid = $1 AND a.attnum > 0 AND NOT a.attisdropped
     ORDER BY a.attnum`,
    [row.oid],
  );
  const uniques = await link.query(
    `SELECT DISTINCT
       (SELECT array_agg(pg_catalog.pg_get_indexdef(i.indexrelid, p, true) ORDER BY p)
        FROM generate_series(1, i.indnkeyatts) p) AS parts,
       (SELECT array_agg(a.attname::text) FROM pg_catalog.pg_attribute a
        WHERE a.attrelid = i.indrelid AND a.attnum = ANY ((i.indkey::int2[])[0:i.indnkeyatts - 1])) AS columns
     FROM pg_catalog.pg_class t JOIN pg_catalog.pg_index i ON i.indrelid IN (${TREE})
     WHERE t.oid = $1 AND i.indisunique`,
    [row.oid],
  );
  const oid = Number(row.oid);
  return {
    oid,
    name: `${identifier(String(row.schema))}.${identifier(String(row.name))}`,
    rows: Number(row.rows ?? 0),
    blocks: Number(row.blocks ?? 0),
    columns: columns.map(column => ({
      name: String(column.name),
      type: String(column.type),
      length: column.length === null ? undefined : Number(column.length),
      generated: column.generated === true,
      references: column.references === true,
      leads: column.leads === true,
    })),
    uniques: uniques.map(({ parts, columns: own }) => ({
      definition: `(${(parts as readonly string[]).join(', ')})`,
      columns: (own ?? []) as readonly string[],
    })),
    refused: (await whyNotWritable(link, [{ oid, inserts: true, updates: true, deletes: true }])).get(oid),
  };
}
