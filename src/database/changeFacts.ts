/** The catalog's facts about the tables of a migration, and about the indexes that it would drop. Reads only. */

import { type NameInSchema, type WrittenName, writtenKey } from '../base/sql.ts';
import { asUser } from './guard.ts';
import { type IndexDefinition, indexDefinitions } from './indexDefinitions.ts';
import type { Link, Row } from './link.ts';
import { isHypertable, PARTITION_TREE } from './parts.ts';
import { resolveRelation } from './resolve.ts';

/** A hypertable of TimescaleDB accepts no CONCURRENTLY. */
type RelationKind = 'table' | 'hypertable' | 'partitioned table' | 'materialized view' | 'foreign table';

export interface RelationFacts extends NameInSchema {
  readonly kind: RelationKind;
  /** Partitions at any depth, parents before their partitions. */
  readonly partitions: readonly PartitionFacts[];
}

export interface PartitionFacts extends NameInSchema {
  readonly kind: RelationKind;
  readonly parent: NameInSchema;
}

export interface ChangeFacts {
  /** search_path of a session of this role. */
  readonly searchPath: string;
  /** The schema that unqualified names are created in; undefined: none. */
  readonly currentSchema: string | undefined;
  /** By writtenKey; without relations that do not exist. */
  readonly relations: ReadonlyMap<string, RelationFacts>;
  /** By writtenKey of the named index: itself first, then its partitions' indexes, parents first. */
  readonly indexes: ReadonlyMap<string, readonly IndexDefinition[]>;
}

export async function changeFacts(
  link: Link,
  named: { readonly relations: readonly WrittenName[]; readonly indexes: readonly WrittenName[] },
): Promise<ChangeFacts> {
  const [path] = await link.query(
    asUser(
      `SELECT pg_catalog.current_setting('search_path') AS path, pg_catalog.current_schema() AS current`,
    ),
  );
  const relations = new Map<string, RelationFacts>();
  for (const name of named.relations) {
    const facts = relationOf(await link.query(RELATION, [await resolveRelation(link, name)]));
    if (facts !== undefined) relations.set(writtenKey(name), facts);
  }
  const indexes = new Map<string, IndexDefinition[]>();
  for (const name of named.indexes) indexes.set(writtenKey(name), await indexDefinitions(link, name));
  return {
    searchPath: String(path?.path ?? ''),
    currentSchema: typeof path?.current === 'string' ? path.current : undefined,
    relations,
    indexes,
  };
}

const KINDS: Readonly<Record<string, RelationKind>> = {
  p: 'partitioned table',
  m: 'materialized view',
  f: 'foreign table',
  h: 'hypertable',
};

const RELATION = `
  SELECT n.nspname AS schema, c.relname AS name, CASE WHEN ${isHypertable('c')} THEN 'h' ELSE c.relkind END AS kind, pn.nspname AS "parentSchema", p.relname AS parent
  FROM ${PARTITION_TREE}
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
