/** What the catalog says of the tables that a change is about, and of the indexes it would drop. Reads only. */
import { identifier, type Link, type Row } from './link.ts';

export interface NameInSchema {
  readonly schema: string;
  readonly name: string;
}

/** As a statement writes it. */
export interface WrittenName {
  readonly schema: string | undefined;
  readonly name: string;
}

export type RelationKind = 'table' | 'partitioned table' | 'materialized view' | 'foreign table';

export interface RelationFacts extends NameInSchema {
  readonly kind: RelationKind;
  /** All below a partitioned table, at any depth, parents before their partitions. */
  readonly partitions: readonly PartitionFacts[];
}

export interface PartitionFacts extends NameInSchema {
  readonly kind: RelationKind;
  readonly parent: NameInSchema;
}

export interface IndexDefinition extends NameInSchema {
  readonly table: NameInSchema;
  /** pg_get_indexdef: CREATE INDEX with the table's schema, without the tablespace. */
  readonly definition: string;
  /** It has no rows of its own: its partitions' indexes are what it is. */
  readonly partitioned: boolean;
  /** The index it is a part of; undefined for the one that was named. */
  readonly parent: NameInSchema | undefined;
  readonly tablespace: string | undefined;
  readonly comment: string | undefined;
  /** CLUSTER goes by it. */
  readonly clustered: boolean;
  /** Logical replication finds rows by it. */
  readonly replicaIdentity: boolean;
}

export interface ChangeFacts {
  /** search_path as a session of this role has it. */
  readonly searchPath: string;
  /** Where what has no schema in its name is made; undefined: nowhere. */
  readonly currentSchema: string | undefined;
  /** By writtenKey; without those that are not there. */
  readonly relations: ReadonlyMap<string, RelationFacts>;
  /** By writtenKey of the index that is named, itself first, then its partitions' indexes, parents first. */
  readonly indexes: ReadonlyMap<string, readonly IndexDefinition[]>;
}

export const writtenKey = ({ schema, name }: WrittenName): string => JSON.stringify([schema ?? null, name]);

/** @param link Of its own: a session's has another search_path. */
export async function changeFacts(
  link: Link,
  named: { readonly relations: readonly WrittenName[]; readonly indexes: readonly WrittenName[] },
): Promise<ChangeFacts> {
  const [path] = await link.query(
    `SELECT pg_catalog.current_setting('search_path') AS path, pg_catalog.current_schema() AS current`,
  );
  const relations = new Map<string, RelationFacts>();
  for (const name of named.relations) {
    const facts = relationOf(await link.query(RELATION, [quoted(name)]));
    if (facts !== undefined) relations.set(writtenKey(name), facts);
  }
  const indexes = new Map<string, IndexDefinition[]>();
  for (const name of named.indexes)
    indexes.set(writtenKey(name), (await link.query(INDEX, [quoted(name)])).map(definitionOf));
  return {
    searchPath: String(path?.path ?? ''),
    currentSchema: text(path?.current),
    relations,
    indexes,
  };
}

const quoted = ({ schema, name }: WrittenName): string =>
  schema === undefined ? identifier(name) : `${identifier(schema)}.${identifier(name)}`;

const text = (value: unknown): string | undefined =>
  value === null || value === undefined ? undefined : String(value);

const KINDS: Readonly<Record<string, RelationKind>> = {
  p: 'partitioned table',
  m: 'materialized view',
  f: 'foreign table',
};

const RELATION = `
  SELECT n.nspname AS schema, c.relname AS name, c.relkind AS kind, pn.nspname AS "parentSchema", p.relname AS parent
  FROM (SELECT pg_catalog.to_regclass($1)::oid AS oid) root
  CROSS JOIN LATERAL (
    SELECT root.oid, NULL::oid AS parent, 0 AS level
    UNION ALL SELECT relid::oid, parentrelid::oid, level FROM pg_catalog.pg_partition_tree(root.oid) WHERE level > 0
  ) tree
  JOIN pg_catalog.pg_class c ON c.oid = tree.oid
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  LEFT JOIN pg_catalog.pg_class p ON p.oid = tree.parent
  LEFT JOIN pg_catalog.pg_namespace pn ON pn.oid = p.relnamespace
  ORDER BY tree.level, n.nspname, c.relname`;

function relationOf([root, ...below]: readonly Row[]): RelationFacts | undefined {
  if (root === undefined) return undefined;
  const facts = (row: Row) => ({
    schema: String(row.schema),
    name: String(row.name),
    kind: KINDS[String(row.kind)] ?? ('table' as const),
  });
  return {
    ...facts(root),
    partitions: below.map(row => ({
      ...facts(row),
      parent: { schema: String(row.parentSchema), name: String(row.parent) },
    })),
  };
}

const INDEX = `
  SELECT n.nspname AS schema, c.relname AS name, tn.nspname AS "tableSchema", t.relname AS "table",
         pg_catalog.pg_get_indexdef(c.oid) AS definition, c.relkind = 'I' AS partitioned,
         pn.nspname AS "parentSchema", p.relname AS parent, s.spcname AS tablespace,
         pg_catalog.obj_description(c.oid, 'pg_class') AS comment,
         i.indisclustered AS clustered, i.indisreplident AS "replicaIdentity"
  FROM (SELECT pg_catalog.to_regclass($1)::oid AS oid) root
  CROSS JOIN LATERAL (
    SELECT root.oid, NULL::oid AS parent, 0 AS level
    UNION ALL SELECT relid::oid, parentrelid::oid, level FROM pg_catalog.pg_partition_tree(root.oid) WHERE level > 0
  ) tree
  JOIN pg_catalog.pg_index i ON i.indexrelid = tree.oid
  JOIN pg_catalog.pg_class c ON c.oid = tree.oid
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_catalog.pg_class t ON t.oid = i.indrelid
  JOIN pg_catalog.pg_namespace tn ON tn.oid = t.relnamespace
  LEFT JOIN pg_catalog.pg_class p ON p.oid = tree.parent
  LEFT JOIN pg_catalog.pg_namespace pn ON pn.oid = p.relnamespace
  LEFT JOIN pg_catalog.pg_tablespace s ON s.oid = c.reltablespace
  ORDER BY tree.level, n.nspname, c.relname`;

function definitionOf(row: Row): IndexDefinition {
  return {
    schema: String(row.schema),
    name: String(row.name),
    table: { schema: String(row.tableSchema), name: String(row.table) },
    definition: String(row.definition),
    partitioned: row.partitioned === true,
    parent: row.parent === null ? undefined : { schema: String(row.parentSchema), name: String(row.parent) },
    tablespace: text(row.tablespace),
    comment: text(row.comment),
    clustered: row.clustered === true,
    replicaIdentity: row.replicaIdentity === true,
  };
}
