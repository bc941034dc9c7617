/** Collations of one's own, and those of PostgreSQL's that this machine does not have: no table is lost for want of its collation. */
import { literal } from '../../base/sql.ts';
import type { Link } from '../../database/link.ts';
import type { Hidden, LensCollation, LensDocument } from '../document.ts';
import { plainName } from '../named.ts';
import { qualified } from './ddl.ts';

/** One that sorts otherwise than C, where there is one: with C an index serves LIKE. */
const STAND_IN = `
  SELECT quote_ident(collname) AS name FROM pg_collation
  WHERE collnamespace = 'pg_catalog'::regnamespace AND collprovider IN ('c', 'i') AND collencoding IN (6, -1)
    AND collname NOT IN ('ucs_basic', 'pg_unicode_fast')
  ORDER BY collname IN ('C', 'POSIX'), collprovider, collname ~ '^C[.]', collname LIMIT 1`;

/** @param superuser Of the base: some of them belong into pg_catalog. @returns What stands in for what. */
export async function makeCollations(superuser: Link, document: LensDocument): Promise<readonly Hidden[]> {
  const hidden: Hidden[] = [];
  let standIn: string | undefined;
  const standInFor = async (name: string, why: string): Promise<void> => {
    standIn ??= String((await superuser.query(STAND_IN))[0]?.name ?? '"C"');
    await superuser.query(`CREATE COLLATION ${name} FROM pg_catalog.${standIn}`);
    hidden.push({ what: `collation ${name}`, why: `${why}: ${standIn} stands in for it` });
  };
  for (const made of document.collations ?? []) {
    const [answer] = await superuser.batch([collationSql(made)]);
    if (answer !== undefined && 'error' in answer)
      await standInFor(qualified(made), `this server cannot have it (${answer.error.message})`);
  }
  const own = new Set((document.collations ?? []).map(plainName));
  for (const name of collationsOf(document)) {
    if (own.has(name)) continue;
    const [found] = await superuser.query('SELECT to_regcollation($1) IS NOT NULL AS there', [name]);
    if (found?.there !== true && name.startsWith('pg_catalog.'))
      await standInFor(name, 'this machine does not have it');
  }
  return hidden;
}

function collationSql({ provider, locale, deterministic, ...name }: LensCollation): string {
  const parts = [`PROVIDER = ${provider}`, `LOCALE = ${literal(locale)}`];
  if (!deterministic) parts.push('DETERMINISTIC = false');
  return `CREATE COLLATION ${qualified(name)} (${parts.join(', ')})`;
}

/** Of columns, as they are written there: `pg_catalog."de_DE"`. */
function collationsOf({ tables }: LensDocument): ReadonlySet<string> {
  return new Set(
    tables.flatMap(({ columns }) =>
      columns.flatMap(column =>
        column.dropped === true || column.collation === undefined ? [] : [column.collation],
      ),
    ),
  );
}
