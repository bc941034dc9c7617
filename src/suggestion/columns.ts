/** The columns of every table, as a query may name it: with its schema, and without where the search path finds it; and which have row security. */
import { asUser } from '../database/guard.ts';
import type { ExplorerSession } from '../session/events.ts';
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
          WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped) AS columns
  FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'm', 'p') AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'
  ORDER BY c.relpages DESC LIMIT 20000`;

interface TablesRead {
  readonly columns: Columns;
  /** By name alone: policies decide who sees which of their rows. */
  readonly guarded: ReadonlySet<string>;
  /** Of extensions: those that are installed. */
  readonly operatorClasses: ReadonlySet<string>;
}

/** @returns None where the session has ended, or may not read the catalog. */
export async function readColumns(
  session: Pick<ExplorerSession, 'background'>,
  signal: AbortSignal,
): Promise<TablesRead> {
  const answer = await session.background({ kind: 'read', statements: [PATH, COLUMNS, CLASSES] }, signal);
  // A table may be called `constructor` or `__proto__`.
  const columns: Record<string, readonly string[]> = Object.create(null);
  const guarded = new Set<string>();
  if (answer.kind !== 'read') return { columns, guarded, operatorClasses: new Set() };
  const [[found] = [], tables = [], classes = []] = answer.answers;
  const path = (found?.path ?? []) as readonly string[];
  const rankOf = (schema: unknown) => {
    const at = path.indexOf(String(schema));
    return at === -1 ? path.length : at;
  };
  // The first schema of the path wins: it is written last.
  for (const { schema, name, guarded: isGuarded, columns: own } of [...tables].sort(
    (a, b) => rankOf(b.schema) - rankOf(a.schema),
  )) {
    const list = own as readonly string[];
    if (isGuarded === true) guarded.add(String(name));
    columns[`${String(schema)}.${String(name)}`] = list;
    if (path.includes(String(schema))) columns[String(name)] = list;
  }
  return { columns, guarded, operatorClasses: new Set(classes.map(({ name }) => String(name))) };
}
