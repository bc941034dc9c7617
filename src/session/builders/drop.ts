/** A proposal to drop: looks up its indexes and checks that each could be dropped. It drops nothing. */
import { DatabaseError } from '../../base/databaseError.ts';
import { asWritten } from '../../base/sql.ts';
import type { Link, Row } from '../../database/link.ts';
import { isChunk } from '../../database/parts.ts';
import { resolveRelations } from '../../database/resolve.ts';
import type { IndexName } from '../../workload/workload.ts';
import { hideableOf } from '../hide.ts';
import { type Builder, builtNothing } from './builder.ts';
import { indexRows, objectOf, rowsStored } from './create.ts';

/** @throws DatabaseError for an index that does not exist, or that another object depends on. */
export const DROPS: Builder = {
  imaginable: false,
  async build({ link, hiding, now, stored }, proposal) {
    const startedAt = now();
    const indexes = proposal.statements.flatMap(({ drops = [] }) => drops);
    const oids = await resolveRelations(link, indexes);
    // As after a migration.
    if (oids.every(oid => oid === undefined))
      return builtNothing(
        `there is no index ${indexes.map(asWritten).join(', ')}: dropped already, or the name is wrong`,
      );
    const rows: Row[] = [];
    for (const [position, index] of indexes.entries()) {
      const found = await lookUp(link, index, oids[position]);
      const key = `${found.table_schema}.${found.table_name}`;
      const parts = stored.get(key)?.indexes.get(String(found.name));
      const row: Row = { ...found, ...rowsStored(found, stored), ...(parts && { bytes: parts.bytes }) };
      // This hiding drops the index inside a savepoint, which only its owner may.
      if (hiding === 'drop' && row.owner !== true)
        throw new DatabaseError(
          `only the owner of "${index.name}" or a superuser can switch it off`,
          '42501',
        );
      rows.push(row);
    }
    const hide = rows.map(hideableOf);
    return {
      buildMs: now() - startedAt,
      changedStatistics: false,
      objects: rows.map(row => ({ ...objectOf(row), existing: true })),
      made: [],
      switch: { on: { hide }, off: {} },
    };
  },
};

/** Constraints that need their index (pg_constraint.contype). */
const CONSTRAINTS: Readonly<Record<string, string>> = {
  p: 'the primary key',
  u: 'the unique constraint',
  x: 'the exclusion constraint',
  f: 'the foreign key',
};

async function lookUp(link: Link, { schema, name }: IndexName, oid: number | undefined): Promise<Row> {
  const [row] = await link.query(
    indexRows(
      `pg_catalog.pg_has_role(c.relowner, 'USAGE') AS owner, i.indisreplident AS identity, ${isChunk('c')} AS of_chunk,
       (SELECT pg_catalog.json_build_array(contype, conname) FROM pg_catalog.pg_constraint
        WHERE conindid = c.oid ORDER BY contype = 'f' LIMIT 1) AS constraint,
       (SELECT p.relname FROM pg_catalog.pg_inherits h JOIN pg_catalog.pg_class p ON p.oid = h.inhparent
        WHERE h.inhrelid = c.oid) AS parent`,
      'c.oid = $1',
    ),
    [oid],
  );
  const shown = schema === undefined ? name : `${schema}.${name}`;
  if (row === undefined) throw new DatabaseError(`there is no index "${shown}"`, '42704');
  const [type, constraint] = (row.constraint ?? []) as readonly string[];
  const refuse = (why: string) => new DatabaseError(`"${shown}" cannot be dropped: ${why}`, '2BP01');
  if (type !== undefined)
    throw refuse(`${CONSTRAINTS[type] ?? 'the constraint'} ${constraint} depends on it`);
  if (row.identity === true) throw refuse(`it is the replica identity of ${String(row.table)}`);
  if (row.of_chunk === true) throw refuse("it is the part of a hypertable's index on one chunk");
  if (typeof row.parent === 'string') throw refuse(`it is a part of the index ${row.parent}`);
  return row;
}
