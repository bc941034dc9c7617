/** A lens is a database and the role that looks through it, of one name; beside it the base that it was copied from, and its maker. */
import { identifier, literal } from '../../base/sql.ts';
import type { Link } from '../../database/link.ts';
import { keyOf, type LensDocument } from '../document.ts';

const PREFIX = 'lens_';
const BASE = '_base';

/** @param token Unique, of [0-9a-z]. */
export const lensName = (token: string): string => `${PREFIX}${token}`;
export const baseName = (lens: string): string => `${lens}${BASE}`;

/** The lens that a database or role belongs to; undefined of any other. */
export function lensOf(name: string): string | undefined {
  return /^(lens_[0-9a-z]+)(_base)?$/.exec(name)?.[1];
}

/** The two roles of a lens: they may connect, and what else there is they are given in their own database. */

/** @param superuser In any database. @throws DatabaseError */
export async function limitRole(superuser: Link, role: string, password: string): Promise<void> {
  const name = identifier(role);
  await superuser.query(
    `CREATE ROLE ${name} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION PASSWORD ${literal(password)}`,
  );
  // The first it may lift itself: watch.ts ends what goes on all the same. Not the second.
  await superuser.query(`ALTER ROLE ${name} SET statement_timeout = 60000`);
  await superuser.query(`ALTER ROLE ${name} SET temp_file_limit = '256MB'`);
}

/** Indexes that partitions have from their parents got names from the server: here they get those of the document. */

const INHERITED = `
  SELECT n.nspname AS schema, t.relname AS table, c.relname AS name, pn.nspname AS parent_schema, p.relname AS parent
  FROM pg_inherits h
  JOIN pg_class c ON c.oid = h.inhrelid AND c.relkind IN ('i', 'I')
  JOIN pg_class p ON p.oid = h.inhparent
  JOIN pg_namespace pn ON pn.oid = p.relnamespace
  JOIN pg_index i ON i.indexrelid = c.oid
  JOIN pg_class t ON t.oid = i.indrelid
  JOIN pg_namespace n ON n.oid = t.relnamespace`;

export async function renameInherited(link: Link, document: LensDocument): Promise<void> {
  const wanted = document.tables.flatMap(table =>
    table.indexes.flatMap(index =>
      index.parent === undefined ? [] : [{ table, index, parent: index.parent }],
    ),
  );
  if (wanted.length === 0) return;
  // Parents first: of a partition that is partitioned itself, its own indexes are looked up by their new names.
  for (let round = 0; round < 2; round++) {
    const rows = await link.query(INHERITED);
    const names = new Map(
      rows.map(row => [
        [
          keyOf({ schema: String(row.schema), name: String(row.table) }),
          keyOf({ schema: String(row.parent_schema), name: String(row.parent) }),
        ].join(),
        String(row.name),
      ]),
    );
    const renames = wanted.flatMap(({ table, index, parent }, position) => {
      const name = names.get([keyOf(table), keyOf(parent)].join());
      return name === undefined || name === index.name
        ? []
        : [{ schema: index.schema, name, way: `pgopt renaming ${position}`, to: index.name }];
    });
    // One may have the name that another wants.
    const rename = (schema: string, from: string, to: string) =>
      `ALTER INDEX ${identifier(schema)}.${identifier(from)} RENAME TO ${identifier(to)}`;
    await link.batch(renames.map(({ schema, name, way }) => rename(schema, name, way)));
    await link.batch(renames.map(({ schema, way, to }) => rename(schema, way, to)));
  }
}
