/**
 * Citus: a distributed table is an empty shell on the coordinator, with shards on other servers. Settings reach them
 * only after OPENING; hiding must use DROP INDEX; sizes come from the nodes.
 */

import type { DatabaseError } from '../../base/databaseError.ts';
import { PgoptError } from '../../base/errors.ts';
import { append } from '../../base/lists.ts';
import { identifier, literal, type NameInSchema } from '../../base/sql.ts';
import type { Link, Row } from '../../database/link.ts';
import { COLUMN_STATISTICS, treeOf } from '../../database/parts.ts';
import { withoutShards } from '../../plan/input/shards.ts';
import {
  type EngineKind,
  POSTGRESQL,
  type Size,
  type Stored,
  type StoredTables,
  together,
} from './engine.ts';

/** In this order, before any other SET: earlier settings stay on the coordinator. */
const OPENING = [
  "SET LOCAL citus.propagate_set_commands = 'local'",
  'SET LOCAL citus.enable_local_execution = off',
  "SET LOCAL citus.multi_shard_modify_mode = 'sequential'",
  "SET LOCAL citus.explain_analyze_sort_method = 'taskId'",
  'SET LOCAL citus.explain_all_tasks = on',
];

const NODE = `SELECT (SELECT groupid FROM pg_catalog.pg_dist_local_group LIMIT 1) AS "group",
  (SELECT nodename || ':' || nodeport FROM pg_catalog.pg_dist_node WHERE groupid = 0 LIMIT 1) AS coordinator,
  ARRAY(SELECT shardid::text FROM pg_catalog.pg_dist_shard) AS shards`;

export const CITUS: EngineKind = {
  extension: 'citus',
  name: 'Citus',
  catalog: 'pg_catalog.pg_dist_shard',
  whyNoLens: 'the statistics of distributed tables are on other servers, which plan their queries',
  async open(link) {
    const [row] = await link.query(NODE);
    if (Number(row?.group ?? 0) !== 0)
      throw new PgoptError('server-unsupported', 'this server is a worker of a Citus cluster', {
        next: `connect to the coordinator${typeof row?.coordinator === 'string' ? `, ${row.coordinator}` : ''}`,
      });
    const shards = new Set((row?.shards ?? []) as readonly string[]);
    return {
      ...POSTGRESQL,
      opening: OPENING,
      hiding: 'drop',
      // set_config() would not reach the workers.
      waitFor: ms => `DO $$BEGIN EXECUTE pg_catalog.format('SET LOCAL lock_timeout = %s', ${ms}); END$$`,
      tidy: json => withoutShards(json, shards),
      stored: storedTables,
      statistics: columnStatistics,
      indexSize,
      storesElsewhere: true,
      whyNoRole: 'Citus runs it over other connections, which do not see what is built here',
      nextStep,
    };
  },
};

/** SQL expression: the last part of a qualified name. */
const nameIn = (qualified: string): string =>
  `(SELECT part[pg_catalog.cardinality(part)] FROM pg_catalog.parse_ident(${qualified}) part)`;

/** SQL condition: `relation` holds a shard of `shell`. It looks up no name, because the role may not use each schema. */
const shardOf = (shell: string, relation: string): string => `
  ${relation}.relnamespace = ${shell}.relnamespace
  AND ${relation}.relname = ${nameIn(`pg_catalog.shard_name(${shell}.oid::pg_catalog.regclass, s.shardid)`)}::pg_catalog.name`;

/**
 * Each node's figures of its shards; index figures carry the names of the partitioned indexes above. The node's path is
 * not ours: the casts leave only PostgreSQL's own operators to choose.
 */
const ON_NODE = `SELECT coalesce(pg_catalog.json_agg(pg_catalog.json_build_object(
    'shard', s.shardid::text, 'rows', greatest(c.reltuples, 0), 'counted', c.reltuples >= 0::real, 'bytes', pg_catalog.pg_table_size(c.oid),
    'pages', pg_catalog.pg_relation_size(c.oid),
    'indexes', (SELECT pg_catalog.json_agg(pg_catalog.json_build_object(
                  'names', (SELECT pg_catalog.json_agg(a.relname) FROM pg_catalog.pg_class a
                            WHERE a.oid = own.oid OR a.oid IN (SELECT up.relid::oid FROM pg_catalog.pg_partition_ancestors(own.oid::pg_catalog.regclass) up)),
                  'bytes', pg_catalog.pg_relation_size(x.oid), 'scans', pg_catalog.pg_stat_get_numscans(x.oid)))
                FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class own ON own.oid = i.indexrelid
                JOIN pg_catalog.pg_class x ON ${shardOf('own', 'x')}
                WHERE i.indrelid = shell.oid))), '[]')
  FROM pg_catalog.pg_dist_shard s JOIN pg_catalog.pg_class shell ON shell.oid = s.logicalrelid::oid
  JOIN pg_catalog.pg_class c ON ${shardOf('shell', 'c')}`;

/** Each shard with its table and its number of copies. */
const SHARDS = `SELECT s.shardid::text AS shard, n.nspname AS schema, c.relname AS name, count(p.*)::int AS copies,
    ARRAY(SELECT an.nspname || '.' || a.relname FROM pg_catalog.pg_partition_ancestors(c.oid) up
          JOIN pg_catalog.pg_class a ON a.oid = up.relid JOIN pg_catalog.pg_namespace an ON an.oid = a.relnamespace
          WHERE up.relid <> c.oid) AS above
  FROM pg_catalog.pg_dist_shard s JOIN pg_catalog.pg_class c ON c.oid = s.logicalrelid
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  LEFT JOIN pg_catalog.pg_dist_placement p ON p.shardid = s.shardid
  WHERE c.relkind = 'r' GROUP BY s.shardid, n.nspname, c.relname, c.oid`;

/** @returns The rows of all nodes, without nodes that do not answer. */
async function onNodes(link: Link, sql: string): Promise<readonly Row[]> {
  const nodes = await link.query(
    'SELECT success, result AS "pgopt~result" FROM pg_catalog.run_command_on_all_nodes($1)',
    [sql],
  );
  return nodes.flatMap(({ success, 'pgopt~result': result }) =>
    success === true ? (JSON.parse(String(result)) as Row[]) : [],
  );
}

/** Statistics of the first shard that each node has of a table. Its values are a sample of the table's. */
const columnStatistics = (link: Link, tables: readonly string[]): Promise<readonly Row[]> =>
  onNodes(
    link,
    `SELECT coalesce(pg_catalog.json_agg(found), '[]') FROM (
       SELECT one.key, p.attname AS column, ${COLUMN_STATISTICS}
       FROM (SELECT DISTINCT ON (shell.oid) n.nspname AS schema, n.nspname::text || '.' || shell.relname::text AS key, c.relname AS name
             FROM pg_catalog.pg_dist_shard s JOIN pg_catalog.pg_class shell ON shell.oid = s.logicalrelid::oid
             JOIN pg_catalog.pg_namespace n ON n.oid = shell.relnamespace JOIN pg_catalog.pg_class c ON ${shardOf('shell', 'c')}
             WHERE n.nspname::text || '.' || shell.relname::text IN (${tables.map(literal).join(', ')})
             ORDER BY shell.oid, s.shardid) one
       JOIN pg_catalog.pg_stats p ON p.schemaname = one.schema AND p.tablename = one.name) found`,
  );

interface ShardOnNode {
  readonly shard: string;
  readonly rows: number;
  readonly counted: boolean;
  readonly bytes: number;
  /** Bytes of the table itself, without TOAST. */
  readonly pages: number;
  readonly indexes:
    | readonly { readonly names: readonly string[]; readonly bytes: number; readonly scans: number }[]
    | null;
}

/** Reads over connections of its own, which do not see what this transaction has built. */
async function storedTables(link: Link): Promise<StoredTables> {
  const shards = await link.query(SHARDS);
  if (shards.length === 0) return new Map();
  const copies = new Map<string, ShardOnNode[]>();
  for (const one of (await onNodes(link, ON_NODE)) as unknown as ShardOnNode[])
    append(copies, one.shard, one);
  const tables = new Map<string, Stored>();
  for (const row of shards) {
    const found = copies.get(String(row.shard)) ?? [];
    const sum = sumOf(found, found.length < Number(row.copies));
    for (const table of [`${row.schema}.${row.name}`, ...(row.above as readonly string[])])
      tables.set(table, together(tables.get(table), sum));
  }
  return tables;
}

/** Copies of one shard hold the same rows, and each takes its bytes. */
function sumOf(copies: readonly ShardOnNode[], atLeast: boolean): Stored {
  const indexes = new Map<string, { bytes: number; scans: number }>();
  for (const { names, bytes, scans } of copies.flatMap(copy => copy.indexes ?? []))
    for (const name of names) {
      const before = indexes.get(name) ?? { bytes: 0, scans: 0 };
      indexes.set(name, { bytes: before.bytes + bytes, scans: before.scans + scans });
    }
  return {
    rows: Math.max(0, ...copies.map(({ rows }) => rows)),
    bytes: copies.reduce((sum, { bytes }) => sum + bytes, 0),
    counted: copies.every(({ counted }) => counted),
    atLeast,
    empty: copies.length > 0 && copies.every(({ pages }) => pages === 0) ? 1 : 0,
    indexes,
  };
}

/**
 * An index, or its partitions' indexes, with the shards of their table. `index` is the start of the names on shards,
 * which Citus may have truncated. The shell's size is that of an empty shard.
 */
const LEAVES = `SELECT tn.nspname AS schema, t.relname AS name, m.amname = 'heap' AS heap, n.nspname AS "indexSchema",
    pg_catalog.regexp_replace(${nameIn('pg_catalog.shard_name(x.oid::pg_catalog.regclass, shards.first)')}, '_\\d+$', '') AS index,
    pg_catalog.pg_relation_size(x.oid)::int8 AS shell, shards.shards::int, shards.copies::int
  FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace cn ON cn.oid = c.relnamespace
  CROSS JOIN LATERAL ${treeOf('c.oid')} JOIN pg_catalog.pg_class x ON x.oid = part.oid AND x.relkind = 'i'
  JOIN pg_catalog.pg_namespace n ON n.oid = x.relnamespace
  JOIN pg_catalog.pg_index i ON i.indexrelid = x.oid JOIN pg_catalog.pg_class t ON t.oid = i.indrelid
  JOIN pg_catalog.pg_namespace tn ON tn.oid = t.relnamespace JOIN pg_catalog.pg_am m ON m.oid = t.relam
  CROSS JOIN LATERAL (
    SELECT count(DISTINCT s.shardid) AS shards, count(p.*) AS copies, min(s.shardid) AS first FROM pg_catalog.pg_dist_shard s
    LEFT JOIN pg_catalog.pg_dist_placement p ON p.shardid = s.shardid WHERE s.logicalrelid = t.oid) shards
  WHERE cn.nspname = $1 AND c.relname = $2 AND shards.shards > 0`;

/**
 * Other connections do not see an index of this transaction, and Citus refuses its own size functions in it. But a
 * query on the table reaches each shard, so it asks there for the index's size: for each shard with a row on its first
 * page. (A columnar table has no such page and no system columns: there the type of any row names its shard.) Names
 * begin with `pgopt~`, by which `init` skips these statements: pg_stat_statements drops the constants.
 */
async function indexSize(
  link: Link,
  { schema, name }: NameInSchema,
  stored: StoredTables,
): Promise<Size | undefined> {
  const leaves = await link.query(LEAVES, [schema, name]);
  if (leaves.length === 0) return undefined;
  let bytes = 0;
  let atLeast = false;
  for (const leaf of leaves) {
    const { indexSchema, index, shell, shards, copies } = leaf;
    const isHeap = leaf.heap === true;
    const shard = isHeap ? 'tableoid::pg_catalog.regclass' : 'pg_catalog.pg_typeof("pgopt~row")';
    const found = await link.query(
      `SELECT DISTINCT ${shard}::text AS "pgopt~shard", pg_catalog.pg_relation_size(pg_catalog.to_regclass(
           ${literal(`${identifier(String(indexSchema))}.`)} || pg_catalog.quote_ident(${literal(`${index}_`)} || substring(${shard}::text from '(\\d+)"?$')))) AS bytes
       FROM ${identifier(String(leaf.schema))}.${identifier(String(leaf.name))} "pgopt~row"${isHeap ? " WHERE ctid < '(1,0)'" : ''}`,
    );
    const seen = found.filter(row => row.bytes !== null);
    const unseen = Number(shards) - seen.length;
    atLeast ||= unseen > (stored.get(`${leaf.schema}.${leaf.name}`)?.empty ?? 0);
    const sum = seen.reduce((all, row) => all + Number(row.bytes), unseen * Number(shell));
    bytes += (sum * Number(copies)) / Number(shards);
  }
  return { bytes, atLeast };
}

/** Refusals of Citus → the next step. */
const NEXT: readonly (readonly [RegExp, string])[] = [
  [
    /parallel operation|parallel DDL|after SELECT command on reference table/,
    'start again with this proposal alone: Citus requires it first in a transaction',
  ],
  [
    /local execution has accessed/,
    'take the coordinator out of the metadata as a node with shards, or try it there',
  ],
  [/operation is not allowed on this node/, 'connect to the coordinator'],
  [/EXPLAIN ANALYZE is currently not supported/, 'measure the SELECT by itself'],
  [/distributed objects in a single command/, 'name one index in each statement'],
  [
    /complex joins|not supported|could not run distributed query|cannot perform/,
    'see what Citus supports for distributed tables',
  ],
];

const nextStep = ({ message }: DatabaseError): string | undefined =>
  NEXT.find(([refusal]) => refusal.test(message))?.[1];
