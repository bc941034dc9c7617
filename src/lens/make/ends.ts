/**
 * The least and greatest value of a B-tree's first column, from its statistics. For a condition beyond the histogram the
 * planner reads them from the index itself, so an otherwise empty index must hold them. PostgreSQL produces the bytes:
 * a temporary index of such values is read from its file.
 */
import { DatabaseError } from '../../base/databaseError.ts';
import { groupBy } from '../../base/lists.ts';
import { identifier } from '../../base/sql.ts';
import type { Link } from '../../database/link.ts';
import { typesOf } from './catalog.ts';
import { type IndexEnds, leafEntries } from './pages.ts';

/** A superuser's schema, dropped before the session opens. */
const SCHEMA = 'pgopt lens ends';

/** By oid of the index. */
export type Ends = ReadonlyMap<string, IndexEnds>;

/** B-trees that the planner may read: not partial, and with values in their first column's statistics. */
const INDEXES = `
  SELECT c.oid::text AS oid, i.indnatts AS columns,
         CASE s.kind1 WHEN 1 THEN s.stavalues1::text END AS common,
         CASE 2 WHEN s.kind1 THEN s.stavalues1::text WHEN s.kind2 THEN s.stavalues2::text END AS histogram
  FROM pg_index i
  JOIN pg_class c ON c.oid = i.indexrelid AND c.relkind = 'i' AND c.oid >= 16384
  JOIN pg_am m ON m.oid = c.relam AND m.amname = 'btree'
  JOIN LATERAL (
    SELECT stakind1 AS kind1, stakind2 AS kind2, stavalues1, stavalues2 FROM pg_statistic
    WHERE NOT stainherit AND starelid = CASE i.indkey[0] WHEN 0 THEN c.oid ELSE i.indrelid END
      AND staattnum = CASE i.indkey[0] WHEN 0 THEN 1 ELSE i.indkey[0] END
  ) s ON 1 IN (s.kind1, s.kind2) OR 2 IN (s.kind1, s.kind2)
  -- A name is indexed as cstring, which no column can be.
  WHERE i.indpred IS NULL AND i.indisvalid
    AND EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum = 1 AND a.atttypid <> 'cstring'::regtype)`;

/** @param superuser In the base, with search_path = pg_catalog. @param readFile Reads a pg_relation_filepath(). */
export async function endsOf(superuser: Link, readFile: (path: string) => Buffer): Promise<Ends> {
  const rows = await superuser.query(INDEXES);
  const types = await typesOf(
    superuser,
    rows.map(({ oid }) => String(oid)),
  );
  const wanted = rows.flatMap((row, number) => {
    const first = types.get(String(row.oid))?.get(1);
    return first?.safe === true ? [{ row, number, type: first.type, collation: first.collation }] : [];
  });
  const groups = groupBy(wanted, ({ type, collation }) => `${type} ${collation}`);
  if (groups.size === 0) return new Map();
  const found = new Map<string, IndexEnds>();
  await superuser.query(`CREATE SCHEMA ${identifier(SCHEMA)}`);
  try {
    for (const [position, group] of [...groups.values()].entries()) {
      const [{ type = '', collation = '' } = {}] = group;
      const lists = group.flatMap(({ row, number }) =>
        [row.common, row.histogram].flatMap(list => (typeof list === 'string' ? [{ number, list }] : [])),
      );
      // A type that cannot be indexed here has no ends.
      const entries = await entriesOf(superuser, position, type, collation, lists, readFile).catch(
        (error: unknown) => {
          if (error instanceof DatabaseError) return NONE;
          throw error;
        },
      );
      for (const { row, number } of group) {
        const of = entries.get(number);
        if (of !== undefined) found.set(String(row.oid), { ...of, isAlone: Number(row.columns) === 1 });
      }
    }
  } finally {
    await superuser.query(`DROP SCHEMA ${identifier(SCHEMA)} CASCADE`);
  }
  return found;
}

type Entries = ReadonlyMap<number, { readonly least: Buffer; readonly greatest: Buffer }>;
const NONE: Entries = new Map();

interface Values {
  readonly number: number;
  /** An array literal. */
  readonly list: string;
}

/** @returns By number: least and greatest value, in the bytes of an index entry. */
async function entriesOf(
  superuser: Link,
  position: number,
  type: string,
  collation: string,
  lists: readonly Values[],
  readFile: (path: string) => Buffer,
): Promise<Entries> {
  const [named] = await superuser.query(
    `SELECT format_type(t.oid, -1) AS type, t.typlen AS bytes, t.typalign AS align,
            (SELECT quote_ident(n.nspname) || '.' || quote_ident(c.collname) FROM pg_collation c
             JOIN pg_namespace n ON n.oid = c.collnamespace WHERE c.oid = $2::oid) AS collation
     FROM pg_type t WHERE t.oid = $1::oid`,
    [type, collation],
  );
  const table = `${identifier(SCHEMA)}.${identifier(`t${position}`)}`;
  const ends = (order: string) =>
    `SELECT number, (SELECT v FROM unnest(list::${named?.type}[]) v ORDER BY v ${order} LIMIT 1)
     FROM unnest($1::int4[], $2::text[]) AS l (number, list)`;
  const collate = typeof named?.collation === 'string' ? ` COLLATE ${named.collation}` : '';
  await superuser.query(`CREATE TABLE ${table} (number int4, value ${named?.type}${collate})`);
  // At most four values per number; the index sorts them.
  await superuser.query(`INSERT INTO ${table} ${ends('ASC')} UNION ALL ${ends('DESC')}`, [
    lists.map(({ number }) => number),
    lists.map(({ list }) => list),
  ]);
  await superuser.query(
    `CREATE INDEX ${identifier(`i${position}`)} ON ${table} (number, value) WITH (deduplicate_items = off)`,
  );
  const [stored] = await superuser.query('SELECT pg_relation_filepath($1::regclass) AS path', [
    `${identifier(SCHEMA)}.${identifier(`i${position}`)}`,
  ]);
  const found = new Map<number, { least: Buffer; greatest: Buffer }>();
  const layout = { bytes: Number(named?.bytes), align: String(named?.align) };
  for (const { number, value } of leafEntries(readFile(String(stored?.path)), layout)) {
    const known = found.get(number);
    found.set(number, { least: known?.least ?? value, greatest: value });
  }
  return found;
}
