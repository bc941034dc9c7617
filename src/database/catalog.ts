/** The catalog's facts about the server and its tables. Reads only. */
import type { Link } from './link.ts';
import { OF_USERS } from './parts.ts';

interface ServerFacts {
  /** `15.18`, as the server prints it. */
  readonly version: string;
  readonly database: string;
  readonly user: string;
}

export async function serverFacts(link: Link): Promise<ServerFacts> {
  const [row] = await link.query(
    `SELECT pg_catalog.current_setting('server_version') AS version,
            pg_catalog.current_database() AS database, current_user AS "user"`,
  );
  // Distributions append their own: `15.18 (Debian 15.18-0+deb12u1)`.
  const version = String(row?.version).split(' ')[0] ?? '';
  return { version, database: String(row?.database), user: String(row?.user) };
}

export interface TableFacts {
  readonly schema?: string;
  readonly name: string;
  /** pg_class.reltuples; 0 when never analyzed. For a partitioned table the sum over its partitions, like `bytes`. */
  readonly rows: number;
  /** Pages of the heap as of the last VACUUM or ANALYZE: reading real sizes would wait for locks. */
  readonly bytes: number;
  /** Share of pages that are all-visible, 0…1; 1 for an empty table. */
  readonly allVisible: number;
  /** It has partitions, or child tables (whose rows are not among its own); undefined: not read. */
  readonly hasParts?: boolean | undefined;
  /** False before the first ANALYZE: `rows` is 0 because there is no figure. */
  readonly counted?: boolean;
  /** `schema.name` of the topmost partitioned table that it is a part of. */
  readonly partOf?: string | undefined;
}

/** The tables and materialized views outside PostgreSQL's own schemas, largest first, at most 1,000. */
export async function tableFacts(link: Link): Promise<TableFacts[]> {
  const rows = await link.query(
    // -1 means "not counted" since PostgreSQL 14; 13 shows 0 rows and 0 pages instead.
    `WITH stored AS (
       SELECT c.oid, greatest(c.reltuples, 0)::float8 AS rows, c.relpages::float8 AS pages, c.relallvisible::float8 AS visible,
              c.reltuples > 0 OR c.relpages > 0
                OR (c.reltuples = 0 AND pg_catalog.current_setting('server_version_num')::int >= 140000) AS counted
       FROM pg_catalog.pg_class c WHERE c.relkind IN ('r', 'm')
     ), held AS (
       SELECT * FROM stored UNION ALL
       SELECT whole.relid, sum(rows), sum(pages), sum(visible), bool_and(counted)
       FROM stored JOIN pg_catalog.pg_class c USING (oid) CROSS JOIN LATERAL pg_catalog.pg_partition_ancestors(c.oid) whole
       WHERE c.relispartition AND whole.relid <> c.oid GROUP BY whole.relid
     )
     SELECT n.nspname AS schema, c.relname AS name, coalesce(held.rows, 0) AS rows,
            coalesce(held.counted, true) AS counted,
            CASE WHEN c.relispartition THEN (
              SELECT rn.nspname || '.' || r.relname FROM pg_catalog.pg_class r JOIN pg_catalog.pg_namespace rn ON rn.oid = r.relnamespace
              WHERE r.oid = pg_catalog.pg_partition_root(c.oid)) END AS "partOf",
            coalesce(held.pages, 0) * pg_catalog.current_setting('block_size')::float8 AS bytes,
            CASE WHEN held.pages > 0 THEN held.visible / held.pages ELSE 1 END AS "allVisible",
            c.relhassubclass OR c.relkind = 'p' AS "hasParts"
     FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace LEFT JOIN held ON held.oid = c.oid
     WHERE c.relkind IN ('r', 'm', 'p') AND ${OF_USERS}
     ORDER BY bytes DESC, 2 LIMIT 1000`,
  );
  return rows.map(row => ({
    schema: String(row.schema),
    name: String(row.name),
    rows: Number(row.rows),
    bytes: Number(row.bytes),
    allVisible: Number(row.allVisible),
    hasParts: row.hasParts === true,
    counted: row.counted === true,
    ...(row.partOf === null ? {} : { partOf: String(row.partOf) }),
  }));
}

/** Table or view → its columns in order; at most 20,000 columns, outside PostgreSQL's own schemas. */
export async function tableColumns(link: Link): Promise<Record<string, string[]>> {
  const rows = await link.query(
    `SELECT c.relname AS name, a.attname AS column
     FROM pg_catalog.pg_class c
     JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
     JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
     WHERE c.relkind IN ('r', 'm', 'p') AND ${OF_USERS}
     ORDER BY c.relispartition, c.relpages DESC, c.relname, a.attnum LIMIT 20000`,
  );
  // A table may be called `constructor` or `__proto__`.
  const columns: Record<string, string[]> = Object.create(null);
  for (const row of rows) {
    const name = String(row.name);
    const own = columns[name] ?? [];
    own.push(String(row.column));
    columns[name] = own;
  }
  return columns;
}
