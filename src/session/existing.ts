/** A proposal to drop: looks up the indexes it names, and whether they could be dropped at all. Nothing is dropped here. */
import { DatabaseError, identifier, type Link, type Row } from '../database/link.ts';
import type { IndexName, Proposal } from '../workload/types.ts';
import type { Built } from './build.ts';
import type { Hiding } from './hide.ts';

/** @throws DatabaseError for an index that is not there, or that something else stands on. */
export async function lookUpIndexes(
  link: Link,
  proposal: Proposal,
  hiding: Hiding,
  now: () => number,
): Promise<Built> {
  const startedAt = now();
  const rows: Row[] = [];
  const gone = await goneIndexes(link, proposal);
  if (gone !== undefined)
    return { buildMs: 0, changedStatistics: false, objects: [], hideable: [], inPlace: gone };
  for (const index of proposal.statements.flatMap(({ drops = [] }) => drops)) {
    const row = await lookUp(link, index);
    // Hidden by dropping it inside a savepoint, which only its owner may.
    if (hiding === 'drop' && row.owner !== true)
      throw new DatabaseError(`to switch "${index.name}" off one must own it, or be a superuser`, '42501');
    rows.push(row);
  }
  return {
    buildMs: now() - startedAt,
    changedStatistics: false,
    objects: rows.map(row => ({
      kind: 'index',
      name: String(row.name),
      table: String(row.table),
      bytes: Number(row.bytes),
      rows: Math.max(0, Number(row.rows)),
      usable: true,
    })),
    hideable: rows.map(row => ({
      oids: (row.oids as readonly unknown[]).map(Number),
      kind: 'index',
      schema: String(row.schema),
      realName: String(row.name),
      onView: false,
    })),
  };
}

/** After a migration none of them is there any more. */
async function goneIndexes(link: Link, { statements }: Proposal): Promise<string | undefined> {
  const names = statements.flatMap(({ drops = [] }) => drops).map(written);
  for (const name of names) {
    const [row] = await link.query('SELECT pg_catalog.to_regclass($1) IS NULL AS gone', [name]);
    if (row?.gone !== true) return undefined;
  }
  return `there is no index ${names.join(', ')}: dropped already, or the name is wrong`;
}

const written = ({ schema, name }: IndexName): string =>
  schema === undefined ? identifier(name) : `${identifier(schema)}.${identifier(name)}`;

/** What stands on an index, as PostgreSQL calls it. */
const CONSTRAINTS: Readonly<Record<string, string>> = {
  p: 'the primary key',
  u: 'the unique constraint',
  x: 'the exclusion constraint',
  f: 'the foreign key',
};

async function lookUp(link: Link, index: IndexName): Promise<Row> {
  const { schema, name } = index;
  const [row] = await link.query(
    `SELECT n.nspname AS schema, c.relname AS name, t.relname AS table, greatest(t.reltuples, 0) AS rows,
            tree.oids, tree.bytes,
            pg_catalog.pg_has_role(c.relowner, 'USAGE') AS owner, con.contype, con.conname, i.indisreplident AS identity,
            (SELECT inhparent::pg_catalog.regclass::text FROM pg_catalog.pg_inherits WHERE inhrelid = c.oid) AS parent
     FROM pg_catalog.pg_class c
     JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
     JOIN pg_catalog.pg_index i ON i.indexrelid = c.oid
     JOIN pg_catalog.pg_class t ON t.oid = i.indrelid
     CROSS JOIN LATERAL (
       SELECT array_agg(p.oid) AS oids, sum(pg_catalog.pg_relation_size(p.oid)) AS bytes
       FROM pg_catalog.pg_class p
       WHERE p.oid = c.oid OR p.oid IN (SELECT relid FROM pg_catalog.pg_partition_tree(c.oid))
     ) tree
     LEFT JOIN LATERAL (
       SELECT contype, conname FROM pg_catalog.pg_constraint WHERE conindid = c.oid ORDER BY contype = 'f' LIMIT 1
     ) con ON true
     WHERE c.oid = pg_catalog.to_regclass($1)`,
    [written(index)],
  );
  const shown = schema === undefined ? name : `${schema}.${name}`;
  if (row === undefined) throw new DatabaseError(`there is no index "${shown}"`, '42704');
  if (typeof row.contype === 'string') {
    const what = `${CONSTRAINTS[row.contype] ?? 'the constraint'} ${String(row.conname)}`;
    throw new DatabaseError(`"${shown}" cannot be dropped: ${what} stands on it`, '2BP01');
  }
  if (row.identity === true)
    throw new DatabaseError(
      `"${shown}" cannot be dropped: it is the replica identity of ${String(row.table)}`,
      '2BP01',
    );
  if (typeof row.parent === 'string')
    throw new DatabaseError(`"${shown}" cannot be dropped: it is a part of the index ${row.parent}`, '2BP01');
  return row;
}
