/** Runs the steps that make a schema: what fails is reported and the rest goes on; what failed for want of another is tried again. */
import { identifier, literal } from '../../base/sql.ts';
import type { Link } from '../../database/link.ts';
import type { Hidden, LensDocument } from '../document.ts';
import type { Step } from './ddl.ts';

/** undefined_table, undefined_function, undefined_object, undefined_column, invalid_schema_name */
const LACKING = new Set(['42P01', '42883', '42704', '42703', '3F000']);

/** A document's lists are in order: only views and materialized views wait for each other, and not that often. */
const MOST_ROUNDS = 100;

/**
 * @param searchPath For what lacks something even in the end: an index on a function whose body is written without schemas. Everything
 *   else is made with what the connection has.
 * @returns What could not be made, and why.
 */
export async function runSteps(
  link: Link,
  steps: readonly Step[],
  searchPath: readonly string[] = [],
): Promise<readonly Hidden[]> {
  const failed: Hidden[] = [];
  for (let left = steps, round = 1; left.length > 0; round++) {
    const answers = await link.batch(left.map(({ sql }) => sql));
    const again: Step[] = [];
    const reasons: Hidden[] = [];
    for (const [position, answer] of answers.entries()) {
      const step = left[position];
      if (step === undefined || !('error' in answer)) continue;
      const hidden = { what: step.what, why: `could not be made in the lens: ${answer.error.message}` };
      if (LACKING.has(answer.error.code)) {
        again.push(step);
        reasons.push(hidden);
      } else failed.push(hidden);
    }
    // Nothing got any further: what lacks something lacks it for good.
    if (again.length === left.length || round === MOST_ROUNDS) {
      if (searchPath.length === 0) return [...failed, ...reasons];
      await link.query(`SET search_path = ${searchPath.map(identifier).join(', ')}`);
      try {
        return [...failed, ...(await runSteps(link, left))];
      } finally {
        await link.query('SET search_path = pg_catalog');
      }
    }
    left = again;
  }
  return failed;
}

/** What a connection to a lens finds set: the planner's settings of its database, and its search_path. */

/** cant_change_runtime_param: max_worker_processes, which says no more than what EXECUTE would get. */
const ONLY_AT_START = '55P02';

/** @returns What the server did not take: another major has other settings. */
export async function setSettings(
  link: Link,
  lens: string,
  { searchPath, settings }: LensDocument,
  ownSchema: string,
): Promise<readonly Hidden[]> {
  const path = [ownSchema, ...searchPath].map(identifier).join(', ');
  const all = Object.entries(settings);
  const set = (name: string, value: string) => `ALTER DATABASE ${identifier(lens)} SET ${name} = ${value}`;
  const [, ...answers] = await link.batch([
    set('search_path', path),
    ...all.map(([name, value]) => set(identifier(name), literal(value))),
  ]);
  return answers.flatMap((answer, position) =>
    'error' in answer && answer.error.code !== ONLY_AT_START
      ? [{ what: `setting ${all[position]?.[0]}`, why: `it could not be set: ${answer.error.message}` }]
      : [],
  );
}

/**
 * Extensions of a lens. They are made by a superuser, and every role may call their functions: dblink would let a file from
 * outside open connections. So only those are made that their authors call safe for any role (`trusted`), and some more.
 */

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
