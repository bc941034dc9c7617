/**
 * The collation of a lens: only with C does an index serve LIKE 'x%', and what lies between two texts hangs on the order. C.UTF-8
 * of the C library is not C to PostgreSQL, though it sorts like it; PostgreSQL's own C.UTF-8 (17) is.
 */
import { literal } from '../../base/sql.ts';
import type { Link } from '../../database/link.ts';
import type { Hidden, LensSource } from '../document.ts';

const isC = (collation: string): boolean => /^(C|POSIX)$/i.test(collation);

export interface Collation {
  /** Of CREATE DATABASE … TEMPLATE template0. */
  readonly clause: string;
  readonly hidden: readonly Hidden[];
}

const C = "LC_COLLATE 'C' LC_CTYPE 'C'";
const PROVIDED = { builtin: 'BUILTIN_LOCALE', icu: 'ICU_LOCALE' } as const;

/** @returns The collation itself where this server may have it, and what stands in for it where it turns out that it has not. */
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
  const found = (await collationsOf(link)).find(name => spelled(name) === spelled(collation));
  return [found === undefined ? await standIn(link, collation) : { clause: clause(found), hidden: [] }];
}

async function collationsOf(link: Link): Promise<readonly string[]> {
  const rows = await link.query(
    `SELECT DISTINCT collcollate AS name FROM pg_collation
     WHERE collprovider = 'c' AND collcollate IS NOT NULL AND collencoding IN (6, -1) ORDER BY 1`,
  );
  return rows.map(({ name }) => String(name));
}

async function standIn(link: Link, wanted: string): Promise<Collation> {
  const there = (await collationsOf(link)).filter(name => !isC(name) && /utf-?8$/i.test(name));
  // One that sorts as a language does, where there is one.
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
        why: "this machine has none but C: an index on text may serve LIKE 'x%' and ranges here, and not in production",
      },
    ],
  };
}

const spelled = (name: string): string => name.toLowerCase().replace(/utf-8$/, 'utf8');
const clause = (name: string): string => `LC_COLLATE ${literal(name)} LC_CTYPE ${literal(name)}`;
