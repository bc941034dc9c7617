/** The collation of a lens: with C an index serves LIKE 'x%', with any other it does not, so that much must be right. */
import { type Link, literal } from '../../database/link.ts';
import type { Hidden } from '../document.ts';

const isC = (collation: string): boolean => /^(C|POSIX|C\.UTF-?8)$/i.test(collation);

export async function chooseCollation(
  link: Link,
  wanted: string,
): Promise<{ readonly clause: string; readonly hidden: readonly Hidden[] }> {
  if (isC(wanted)) return { clause: "LC_COLLATE 'C' LC_CTYPE 'C'", hidden: [] };
  const rows = await link.query(
    `SELECT DISTINCT collcollate AS name FROM pg_collation
     WHERE collprovider = 'c' AND collcollate IS NOT NULL AND collencoding IN (6, -1)`,
  );
  const there = rows.map(({ name }) => String(name));
  const same = (a: string, b: string) => spelled(a) === spelled(b);
  const found = there.find(name => same(name, wanted));
  if (found !== undefined) return { clause: clause(found), hidden: [] };
  const [another] = there.filter(name => !isC(name) && /utf-?8$/i.test(name));
  const what = `collation ${wanted}`;
  if (another !== undefined)
    return {
      clause: clause(another),
      hidden: [{ what, why: `this machine does not have it: ${another} stands in for it` }],
    };
  return {
    clause: "LC_COLLATE 'C' LC_CTYPE 'C'",
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
