/** A proposal to drop: looks up its indexes and checks that each could be dropped. It drops nothing. */
import { DatabaseError } from '../../base/databaseError.ts';
import { asWritten } from '../../base/sql.ts';
import type { Link, Row } from '../../database/link.ts';
import { isChunk, rowsOf, treeOf } from '../../database/parts.ts';
import { resolveRelation, resolveRelations } from '../../database/resolve.ts';
import type { IndexName, Proposal } from '../../workload/workload.ts';
import { hideableOf } from '../hide.ts';
import { UNUSABLE_ON, usability } from '../unusable.ts';
import { type Builder, builtNothing } from './builder.ts';
import { rowsStored } from './create.ts';

/** @throws DatabaseError for an index that does not exist, or that another object depends on. */
export const DROPS: Builder = {
  imaginable: false,
  async build({ link, hiding, now, stored }, proposal) {
    const startedAt = now();
    const gone = await goneIndexes(link, proposal);
    if (gone !== undefined) return builtNothing(gone);
    const rows: Row[] = [];
    for (const index of proposal.statements.flatMap(({ drops = [] }) => drops)) {
      const found = await lookUp(link, index);
      const key = `${found.table_schema}.${found.table_name}`;
      const parts = stored.get(key)?.indexes.get(String(found.name));
      const row: Row = { ...found, ...rowsStored(found, stored), ...(parts && { bytes: parts.bytes }) };
      // This hiding drops the index inside a savepoint, which only its owner may.
      if (hiding === 'drop' && row.owner !== true)
        throw new DatabaseError(`only the owner of "${index.name}" or a superuser can switch it off`, '42501');
      rows.push(row);
    }
    const hide = rows.map(hideableOf);
    return {
      buildMs: now() - startedAt,
      changedStatistics: false,
      objects: rows.map(row => ({
        kind: 'index',
        name: String(row.name),
        table: String(row.table),
        bytes: Number(row.bytes),
        existing: true,
        rows: Math.max(0, Number(row.rows)),
        ...usability(row),
      })),
      made: [],
      switch: { on: { hide }, off: {} },
    };
  },
};

/** A reason if none of the indexes exists, as after a migration. */
async function goneIndexes(link: Link, { statements }: Proposal): Promise<string | undefined> {
  const drops = statements.flatMap(({ drops: named = [] }) => named);
  const oids = await resolveRelations(link, drops);
  if (oids.some(oid => oid !== undefined)) return undefined;
  return `there is no index ${drops.map(asWritten).join(', ')}: dropped already, or the name is wrong`;
}

/** Constraints that need their index (pg_constraint.contype). */
const CONSTRAINTS: Readonly<Record<string, string>> = {
  p: 'the primary key',
  u: 'the unique constraint',
  x: 'the exclusion constraint',
  f: 'the foreign key',
};

async function lookUp(link: Link, { schema, name }: IndexName): Promise<Row> {
  const [row] = await link.query(
    `SELECT 'index' AS kind, n.nspname AS schema, c.relname AS name, t.relname AS table, ${rowsOf('t.oid')} AS rows,
            t.oid::int8 AS table_oid, tn.nspname AS table_schema, t.relname AS table_name, t.relkind = 'p' AS partitioned,
            tree.oids, tree.planned_as, tree.bytes, tree.unusable_on, i.indisunique OR i.indexprs IS NOT NULL AS informs,
            pg_catalog.pg_has_role(c.relowner, 'USAGE') AS owner, con.contype, con.conname, i.indisreplident AS identity,
            ${isChunk('c')} AS of_chunk,
            (SELECT p.relname FROM pg_catalog.pg_inherits h JOIN pg_catalog.pg_class p ON p.oid = h.inhparent
             WHERE h.inhrelid = c.oid) AS parent
     FROM pg_catalog.pg_class c
     JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
     JOIN pg_catalog.pg_index i ON i.indexrelid = c.oid
     JOIN pg_catalog.pg_class t ON t.oid = i.indrelid
     JOIN pg_catalog.pg_namespace tn ON tn.oid = t.relnamespace
     CROSS JOIN LATERAL (
       SELECT array_agg(p.oid) AS oids, array_agg(pn.nspname || '.' || p.relname) AS planned_as,
              sum(pg_catalog.pg_relation_size(p.oid)) AS bytes, ${UNUSABLE_ON}
       FROM ${treeOf('c.oid')}
       JOIN pg_catalog.pg_class p ON p.oid = part.oid JOIN pg_catalog.pg_namespace pn ON pn.oid = p.relnamespace
       JOIN pg_catalog.pg_index pi ON pi.indexrelid = p.oid JOIN pg_catalog.pg_class pt ON pt.oid = pi.indrelid
     ) tree
     LEFT JOIN LATERAL (
       SELECT contype, conname FROM pg_catalog.pg_constraint WHERE conindid = c.oid ORDER BY contype = 'f' LIMIT 1
     ) con ON true
     WHERE c.oid = $1`,
    [await resolveRelation(link, { schema, name })],
  );
  const shown = schema === undefined ? name : `${schema}.${name}`;
  if (row === undefined) throw new DatabaseError(`there is no index "${shown}"`, '42704');
  if (typeof row.contype === 'string') {
    const what = `${CONSTRAINTS[row.contype] ?? 'the constraint'} ${String(row.conname)}`;
    throw new DatabaseError(`"${shown}" cannot be dropped: ${what} depends on it`, '2BP01');
  }
  if (row.identity === true)
    throw new DatabaseError(
      `"${shown}" cannot be dropped: it is the replica identity of ${String(row.table)}`,
      '2BP01',
    );
  if (row.of_chunk === true)
    throw new DatabaseError(
      `"${shown}" cannot be dropped: it is the part of a hypertable's index on one chunk`,
      '2BP01',
    );
  if (typeof row.parent === 'string')
    throw new DatabaseError(`"${shown}" cannot be dropped: it is a part of the index ${row.parent}`, '2BP01');
  return row;
}
