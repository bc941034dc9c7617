/** Collations of a lens, with substitutes for those that this machine lacks, so that no table is lost. */
import { asWritten, literal } from '../../base/sql.ts';
import type { Link } from '../../database/link.ts';
import {
  isLive,
  type LensCollation,
  type LensDocument,
  type LensSource,
  type Omission,
  plainName,
} from '../document.ts';

/** Preferably one that sorts differently from C: only with C can an index serve LIKE. */
const STAND_IN = `
  SELECT quote_ident(collname) AS name FROM pg_collation
  WHERE collnamespace = 'pg_catalog'::regnamespace AND collprovider IN ('c', 'i') AND collencoding IN (6, -1)
    AND collname NOT IN ('ucs_basic', 'pg_unicode_fast')
  ORDER BY collname IN ('C', 'POSIX'), collprovider, collname ~ '^C[.]', collname LIMIT 1`;

/** @param superuser In the base: some collations belong to pg_catalog. @returns The substitutions. */
export async function makeCollations(superuser: Link, document: LensDocument): Promise<readonly Omission[]> {
  const hidden: Omission[] = [];
  let standIn: string | undefined;
  const standInFor = async (name: string, why: string): Promise<void> => {
    standIn ??= String((await superuser.query(STAND_IN))[0]?.name ?? '"C"');
    await superuser.query(`CREATE COLLATION ${name} FROM pg_catalog.${standIn}`);
    hidden.push({ what: `collation ${name}`, why: `${why}: ${standIn} stands in for it` });
  };
  for (const made of document.collations ?? []) {
    const [answer] = await superuser.batch([collationSql(made)]);
    if (answer !== undefined && 'error' in answer)
      await standInFor(asWritten(made), `this server does not support it (${answer.error.message})`);
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
  return `CREATE COLLATION ${asWritten(name)} (${parts.join(', ')})`;
}

/** Collations of columns: `pg_catalog."de_DE"`. */
function collationsOf({ tables }: LensDocument): ReadonlySet<string> {
  return new Set(
    tables.flatMap(({ columns }) => columns.filter(isLive).flatMap(({ collation }) => collation ?? [])),
  );
}

// The collation of a lens's database. Only with C can an index serve LIKE 'x%', and the order decides about ranges.
// libc's C.UTF-8 sorts like C, but PostgreSQL does not treat it as C; its builtin C.UTF-8 (17) is.

const isC = (collation: string): boolean => /^(C|POSIX)$/i.test(collation);

interface Collation {
  /** For CREATE DATABASE … TEMPLATE template0. */
  readonly clause: string;
  readonly hidden: readonly Omission[];
}

const C = "LC_COLLATE 'C' LC_CTYPE 'C'";
const PROVIDED = { builtin: 'BUILTIN_LOCALE', icu: 'ICU_LOCALE' } as const;

/** @returns The collation itself if this server may have it, then a substitute in case it has not. */
export async function chooseCollation(
  link: Link,
  { collation, collationProvider }: Pick<LensSource, 'collation' | 'collationProvider'>,
): Promise<readonly Collation[]> {
  if (collationProvider !== undefined)
    return [
      {
        clause: `LOCALE_PROVIDER ${collationProvider} ${PROVIDED[collationProvider]} ${literal(collation)} ${C}`,
        hidden: [],
      },
      ...(collationProvider === 'builtin' ? [{ clause: C, hidden: [] }] : [await standIn(link, collation)]),
    ];
  if (isC(collation)) return [{ clause: C, hidden: [] }];
  const found = (await availableCollations(link)).find(name => spelled(name) === spelled(collation));
  return [found === undefined ? await standIn(link, collation) : { clause: clause(found), hidden: [] }];
}

async function availableCollations(link: Link): Promise<readonly string[]> {
  const rows = await link.query(
    `SELECT DISTINCT collcollate AS name FROM pg_collation
     WHERE collprovider = 'c' AND collcollate IS NOT NULL AND collencoding IN (6, -1) ORDER BY 1`,
  );
  return rows.map(({ name }) => String(name));
}

async function standIn(link: Link, wanted: string): Promise<Collation> {
  const there = (await availableCollations(link)).filter(name => !isC(name) && /utf-?8$/i.test(name));
  // Preferably one that sorts like a language.
  const another = there.find(name => !/^C\./i.test(name)) ?? there[0];
  const what = `collation ${wanted}`;
  if (another !== undefined)
    return {
      clause: clause(another),
      hidden: [{ what, why: `this machine does not have it: ${another} stands in for it` }],
    };
  return {
    clause: C,
    hidden: [
      {
        what,
        why: "this machine has only C: an index on text may serve LIKE 'x%' and ranges here, but not in production",
      },
    ],
  };
}

const spelled = (name: string): string => name.toLowerCase().replace(/utf-8$/, 'utf8');
const clause = (name: string): string => `LC_COLLATE ${literal(name)} LC_CTYPE ${literal(name)}`;
