/**
 * Extensions of a lens. They are made by a superuser, and every role may call their functions: dblink would let a file from
 * outside open connections. So only those are made that their authors call safe for any role (`trusted`), and some more.
 */
import { identifier } from '../../base/sql.ts';
import type { Link } from '../../database/link.ts';
import type { Hidden, LensDocument } from '../document.ts';
import { runSteps } from './statementRunner.ts';

/** Not marked as trusted, and all the same no more than types, operators, index methods and figures. */
const ALSO: ReadonlySet<string> = new Set(['bloom', 'earthdistance', 'pg_stat_statements', 'postgis']);

/** Functions in them are not in a lens, but one in PL/pgSQL could make some. */
const LANGUAGE = /(^|_)pl[a-z0-9]+$/;

/** @param superuser Of the base, with search_path = pg_catalog, before anything of the document is there. */
export async function makeExtensions(
  superuser: Link,
  { extensions }: LensDocument,
): Promise<readonly Hidden[]> {
  const wanted = extensions.filter(({ name }) => name !== 'plpgsql');
  if (wanted.length === 0) return [];
  const rows = await superuser.query(
    `SELECT e.name, v.trusted FROM pg_available_extensions e
     JOIN pg_available_extension_versions v ON v.name = e.name AND v.version = e.default_version`,
  );
  const trusted = new Map(rows.map(({ name, trusted }) => [String(name), trusted === true]));
  // What is not there at all the server says itself.
  const isFine = (name: string): boolean =>
    !LANGUAGE.test(name) && (ALSO.has(name) || trusted.get(name) !== false);
  const refused = wanted
    .filter(({ name }) => !isFine(name))
    .map(({ name }) => ({
      what: `extension ${name}`,
      why: 'it may do more than a plan needs: it is left out, with what needs it',
    }));
  const made = await runSteps(
    superuser,
    wanted
      .filter(({ name }) => isFine(name))
      .map(({ name, schema }) => ({
        what: `extension ${name}`,
        sql: `CREATE EXTENSION IF NOT EXISTS ${identifier(name)} SCHEMA ${identifier(schema)}`,
      })),
  );
  return [...refused, ...made];
}
