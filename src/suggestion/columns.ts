/**
 * Catalog facts for candidates: the columns of every table under each name that a query may use, row security, aggregates,
 * operator classes.
 */
import { asUser } from '../database/guard.ts';
import type { ExplorerSession } from '../session/events.ts';
import type { ServerFacts } from './blockShape.ts';
import type { Columns } from './queryBlocks.ts';

/** Operator classes of extensions that candidates use → the extension. */
const EXTENSION_OF: Readonly<Record<string, string>> = { gin_trgm_ops: 'pg_trgm' };

/** @returns The extension that the keys of an index need and that is not installed. */
export function missingExtension(keys: readonly string[], there: ReadonlySet<string>): string | undefined {
  for (const [name, extension] of Object.entries(EXTENSION_OF))
    if (!there.has(name) && keys.some(key => key.endsWith(` ${name}`))) return extension;
  return undefined;
}

const CLASSES = `
  SELECT opcname::text AS name FROM pg_catalog.pg_opclass
  WHERE opcname::text = ANY ('{${Object.keys(EXTENSION_OF).join(',')}}')`;

const PATH = asUser('SELECT pg_catalog.current_schemas(true) AS path');

/** Partitions are read through their parents; catalogs get no index. */
const COLUMNS = `
  SELECT n.nspname AS schema, c.relname AS name, c.relrowsecurity AS guarded,
         (SELECT pg_catalog.array_agg(a.attname::text ORDER BY a.attnum) FROM pg_catalog.pg_attribute a
          WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped) AS columns,
         ARRAY(SELECT a.attname::text FROM pg_catalog.pg_attribute a
               WHERE a.attrelid = c.oid AND a.attnum > 0 AND a.atttypid = 1114) AS timestamps
  FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'm', 'p') AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'
  ORDER BY c.relpages DESC LIMIT 20000`;

const AGGREGATES = `
  SELECT p.proname::text AS name, pg_catalog.bool_or(p.pronamespace <> 'pg_catalog'::regnamespace) AS own
  FROM pg_catalog.pg_proc p WHERE p.prokind = 'a' GROUP BY p.proname`;

interface TablesRead extends ServerFacts {
  /** Names of tables with row security. */
  readonly guarded: ReadonlySet<string>;
  /** Installed operator classes of extensions. */
  readonly operatorClasses: ReadonlySet<string>;
}

/** @returns Empty sets if the session has ended or may not read the catalog. */
export async function readColumns(
  session: Pick<ExplorerSession, 'background'>,
  signal: AbortSignal,
): Promise<TablesRead> {
  const answer = await session.background(
    { kind: 'read', statements: [PATH, COLUMNS, CLASSES, AGGREGATES] },
    signal,
  );
  // A table may be called `constructor` or `__proto__`.
  const columns: Record<string, Columns[string]> = Object.create(null);
  const guarded = new Set<string>();
  const timestamps = new Set<string>();
  const none = {
    operatorClasses: new Set<string>(),
    aggregates: new Set<string>(),
    ownAggregates: new Set<string>(),
  };
  if (answer.kind !== 'read') return { columns, guarded, timestamps, ...none };
  const [[found] = [], tables = [], classes = [], aggregates = []] = answer.answers;
  const path = (found?.path ?? []) as readonly string[];
  const rankOf = (schema: unknown) => {
    const at = path.indexOf(String(schema));
    return at === -1 ? path.length : at;
  };
  // The first schema of the path is written last, and so wins.
  for (const { schema, name, guarded: isGuarded, columns: own, timestamps: times } of [...tables].sort(
    (a, b) => rankOf(b.schema) - rankOf(a.schema),
  )) {
    const list = own as readonly string[];
    if (isGuarded === true) guarded.add(String(name));
    for (const called of [
      `${String(schema)}.${String(name)}`,
      ...(path.includes(String(schema)) ? [String(name)] : []),
    ]) {
      columns[called] = list;
      // Removes the columns of a hidden table of the same name.
      for (const column of list) timestamps.delete(`${called}.${column}`);
      for (const column of times as readonly string[]) timestamps.add(`${called}.${column}`);
    }
  }
  return {
    columns,
    guarded,
    timestamps,
    operatorClasses: new Set(classes.map(({ name }) => String(name))),
    aggregates: new Set(aggregates.map(({ name }) => String(name))),
    ownAggregates: new Set(aggregates.flatMap(({ name, own }) => (own === true ? [String(name)] : []))),
  };
}
