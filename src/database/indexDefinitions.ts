/** The definition of an existing index and of its partitions' indexes, complete enough to build them again. */

import type { NameInSchema, WrittenName } from '../base/sql.ts';
import type { Link, Row } from './link.ts';
import { isHypertable, PARTITION_TREE } from './parts.ts';
import { resolveRelation } from './resolve.ts';

export interface IndexDefinition extends NameInSchema {
  readonly table: NameInSchema;
  /** pg_get_indexdef: CREATE INDEX with the table's schema, without the tablespace. */
  readonly definition: string;
  /** It has no rows of its own: its partitions' indexes have them. */
  readonly partitioned: boolean;
  /** On a hypertable, which accepts no CONCURRENTLY. */
  readonly onHypertable: boolean;
  /** The index it is a part of; undefined for the named one. */
  readonly parent: NameInSchema | undefined;
  readonly tablespace: string | undefined;
  readonly comment: string | undefined;
  /** CLUSTER uses it. */
  readonly clustered: boolean;
  /** Logical replication identifies rows by it. */
  readonly replicaIdentity: boolean;
}

/** Itself first, then its partitions' indexes, parents first; empty if the index does not exist. */
export async function indexDefinitions(link: Link, name: WrittenName): Promise<IndexDefinition[]> {
  return (await link.query(INDEX, [await resolveRelation(link, name)])).map(definitionOf);
}

const INDEX = `
  SELECT n.nspname AS schema, c.relname AS name, tn.nspname AS "tableSchema", t.relname AS "table",
         pg_catalog.pg_get_indexdef(c.oid) AS definition, c.relkind = 'I' AS partitioned, ${isHypertable('t')} AS hypertable,
         pn.nspname AS "parentSchema", p.relname AS parent, s.spcname AS tablespace,
         pg_catalog.obj_description(c.oid, 'pg_class') AS comment,
         i.indisclustered AS clustered, i.indisreplident AS "replicaIdentity"
  FROM ${PARTITION_TREE}
  JOIN pg_catalog.pg_index i ON i.indexrelid = tree.oid
  JOIN pg_catalog.pg_class c ON c.oid = tree.oid
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_catalog.pg_class t ON t.oid = i.indrelid
  JOIN pg_catalog.pg_namespace tn ON tn.oid = t.relnamespace
  LEFT JOIN pg_catalog.pg_class p ON p.oid = tree.parent
  LEFT JOIN pg_catalog.pg_namespace pn ON pn.oid = p.relnamespace
  LEFT JOIN pg_catalog.pg_tablespace s ON s.oid = c.reltablespace
  ORDER BY tree.level, n.nspname, c.relname`;

const text = (value: unknown): string | undefined => (value === null ? undefined : String(value));

function definitionOf(row: Row): IndexDefinition {
  return {
    schema: String(row.schema),
    name: String(row.name),
    table: { schema: String(row.tableSchema), name: String(row.table) },
    definition: String(row.definition),
    partitioned: row.partitioned === true,
    onHypertable: row.hypertable === true,
    parent: row.parent === null ? undefined : { schema: String(row.parentSchema), name: String(row.parent) },
    tablespace: text(row.tablespace),
    comment: text(row.comment),
    clustered: row.clustered === true,
    replicaIdentity: row.replicaIdentity === true,
  };
}
