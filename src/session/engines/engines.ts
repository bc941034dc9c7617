/** The table of engines. A new one is a file here and its row. */
import { PgoptError } from '../../base/errors.ts';
import type { Link } from '../../database/link.ts';
import { CITUS } from './citus.ts';
import { type Engine, type EngineKind, POSTGRESQL } from './engine.ts';
import { TIMESCALE } from './timescale.ts';

/** Citus first: with both installed, tables may be on other servers. */
const KINDS: readonly EngineKind[] = [CITUS, TIMESCALE];

/** SQL expression: extension → version, for the engines' extensions. */
export const EXTENSIONS = `(SELECT pg_catalog.json_object_agg(extname, extversion) FROM pg_catalog.pg_extension
  WHERE extname IN (${KINDS.map(({ extension }) => `'${extension}'`).join(', ')}))`;

/** SQL expression: extensions of the engines that store tables in this database. */
export const STORING = `ARRAY[${KINDS.map(
  ({ extension, catalog }) =>
    `CASE WHEN pg_catalog.pg_relation_size(pg_catalog.to_regclass('${catalog}')) > 0 THEN '${extension}' END`,
).join(', ')}]`;

/** @param storing The value of STORING. */
export const storingEngine = (storing: unknown): EngineKind | undefined =>
  KINDS.find(({ extension }) => (storing as readonly unknown[] | undefined)?.includes(extension));

/**
 * @param storing The value of STORING. @throws PgoptError 'server-unsupported' if an engine stores tables that a lens
 *   cannot hold.
 */
export function requireLensable(storing: unknown): void {
  const kind = storingEngine(storing);
  if (kind !== undefined)
    throw new PgoptError(
      'server-unsupported',
      `no lens can be made of a ${kind.name} database: ${kind.whyNoLens}`,
      { next: 'write proposals, and try them with check, advise or the explorer, which build them here' },
    );
}

/** @param extensions The value of EXTENSIONS. @throws PgoptError 'server-unsupported'; DatabaseError */
export async function engineOf(link: Link, extensions: unknown): Promise<Engine> {
  const versions = (extensions ?? {}) as Readonly<Record<string, string>>;
  const kind = KINDS.find(({ extension }) => extension in versions);
  return kind === undefined ? POSTGRESQL : kind.open(link, versions[kind.extension] ?? '');
}

/** @throws as engineOf() */
export async function findEngine(link: Link): Promise<Engine> {
  const [row] = await link.query(`SELECT ${EXTENSIONS} AS extensions`);
  return engineOf(link, row?.extensions);
}
