/** Runs the statements that create a lens's schema, extensions and settings. Failures are reported and do not stop the rest. */
import { asWritten, identifier, literal, writtenKey } from '../../base/sql.ts';
import type { Link } from '../../database/link.ts';
import type { LensDocument, Omission } from '../document.ts';
import type { Step } from './ddl.ts';

/** undefined_table, undefined_function, undefined_object, undefined_column, invalid_schema_name */
const LACKING = new Set(['42P01', '42883', '42704', '42703', '3F000']);

/** Documents are in order, so only views and materialized views need retries, and few. */
const MOST_ROUNDS = 100;

/**
 * Retries steps that lack an object until no step succeeds.
 * @param searchPath For a last try: an index may need a function whose body names no schemas. All other steps use the
 *   connection's search_path.
 * @returns What could not be created, and why.
 */
export async function runSteps(
  link: Link,
  steps: readonly Step[],
  searchPath: readonly string[] = [],
): Promise<readonly Omission[]> {
  const failed: Omission[] = [];
  for (let left = steps, round = 1; left.length > 0; round++) {
    const answers = await link.batch(left.map(({ sql }) => sql));
    const again: Step[] = [];
    const reasons: Omission[] = [];
    for (const [position, answer] of answers.entries()) {
      const step = left[position];
      if (step === undefined || !('error' in answer)) continue;
      const hidden = { what: step.what, why: `could not be made in the lens: ${answer.error.message}` };
      if (LACKING.has(answer.error.code)) {
        again.push(step);
        reasons.push(hidden);
      } else failed.push(hidden);
    }
    // No step succeeded in this round, so the missing objects stay missing.
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

// Settings of a lens's database: the planner's, and search_path.

/** cant_change_runtime_param: max_worker_processes, which a plan hardly depends on. */
const ONLY_AT_START = '55P02';

/** @returns Settings that the server refused: another major has other settings. */
export async function setSettings(
  link: Link,
  lens: string,
  { searchPath, settings }: LensDocument,
  ownSchema: string,
): Promise<readonly Omission[]> {
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

// Extensions are created by a superuser, and every role may call their functions: dblink would let a file from outside
// open connections. So a lens only has extensions that are marked as trusted, and the ones listed here.

/** Not marked as trusted, but only types, operators, index methods and statistics. */
const ALSO: ReadonlySet<string> = new Set(['bloom', 'earthdistance', 'pg_stat_statements', 'postgis']);

/** A lens has no functions in other languages, but PL/pgSQL code could create some. */
const LANGUAGE = /(^|_)pl[a-z0-9]+$/;

/** @param superuser In the base, with search_path = pg_catalog, before any object of the document exists. */
export async function makeExtensions(
  superuser: Link,
  { extensions }: LensDocument,
): Promise<readonly Omission[]> {
  const wanted = extensions.filter(({ name }) => name !== 'plpgsql');
  if (wanted.length === 0) return [];
  const rows = await superuser.query(
    `SELECT e.name, v.trusted FROM pg_available_extensions e
     JOIN pg_available_extension_versions v ON v.name = e.name AND v.version = e.default_version`,
  );
  const trusted = new Map(rows.map(({ name, trusted }) => [String(name), trusted === true]));
  // The server itself reports unknown extensions.
  const isFine = (name: string): boolean =>
    !LANGUAGE.test(name) && (ALSO.has(name) || trusted.get(name) !== false);
  const refused = wanted
    .filter(({ name }) => !isFine(name))
    .map(({ name }) => ({
      what: `extension ${name}`,
      why: 'left out with the objects that need it, because its functions may do more than plan',
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

// PostgreSQL names the indexes of partitions itself: restores the document's names.

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
  // Parents first: indexes of a nested partition are found by their parents' new names.
  for (let round = 0; round < 2; round++) {
    const rows = await link.query(INHERITED);
    const names = new Map(
      rows.map(row => [
        [
          writtenKey({ schema: String(row.schema), name: String(row.table) }),
          writtenKey({ schema: String(row.parent_schema), name: String(row.parent) }),
        ].join(),
        String(row.name),
      ]),
    );
    const renames = wanted.flatMap(({ table, index, parent }, position) => {
      const name = names.get([writtenKey(table), writtenKey(parent)].join());
      return name === undefined || name === index.name
        ? []
        : [{ schema: index.schema, name, way: `pgopt renaming ${position}`, to: index.name }];
    });
    // In two steps, as names may be swapped.
    const rename = (schema: string, name: string, to: string) =>
      `ALTER INDEX ${asWritten({ schema, name })} RENAME TO ${identifier(to)}`;
    await link.batch(renames.map(({ schema, name, way }) => rename(schema, name, way)));
    await link.batch(renames.map(({ schema, way, to }) => rename(schema, way, to)));
  }
}
