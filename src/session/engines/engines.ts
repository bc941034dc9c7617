/** The table of engines. A new one is a file here and its row. */
import { PgoptError } from '../../base/errors.ts';
import type { Link } from '../../database/link.ts';
import { CITUS } from './citus.ts';
import { type Engine, type EngineKind, POSTGRESQL } from './engine.ts';
import { TIMESCALE } from './timescale.ts';

/** Citus first: with both installed, tables may be on other servers. */
const KINDS: readonly EngineKind[] = [CITUS, TIMESCALE];

/** SQL expression: the engines' extensions that are installed. */
export const EXTENSIONS = `ARRAY(SELECT extname::text FROM pg_catalog.pg_extension
  WHERE extname IN (${KINDS.map(({ extension }) => `'${extension}'`).join(', ')}))`;

/** SQL expression: extensions of the engines that store tables in this database. */
export const STORING = `ARRAY[${KINDS.map(
  ({ extension, catalog }) =>
    `CASE WHEN pg_catalog.pg_relation_size(pg_catalog.to_regclass('${catalog}')) > 0 THEN '${extension}' END`,
).join(', ')}]`;

/** @param extensions The value of EXTENSIONS or STORING. */
export const engineAmong = (extensions: unknown): EngineKind | undefined =>
  KINDS.find(({ extension }) => (extensions as readonly unknown[] | undefined)?.includes(extension));

/**
 * @param storing The value of STORING. @throws PgoptError 'server-unsupported' if an engine stores tables that a lens
 *   cannot hold.
 */
export function requireLensable(storing: unknown): void {
  const kind = engineAmong(storing);
  if (kind !== undefined)
    throw new PgoptError(
      'server-unsupported',
      `no lens can be made of a ${kind.name} database: ${kind.whyNoLens}`,
      { next: 'write proposals, and try them with check, advise or the explorer, which build them here' },
    );
}

/** @param extensions The value of EXTENSIONS. @throws PgoptError 'server-unsupported'; DatabaseError */
export async function engineOf(link: Link, extensions: unknown): Promise<Engine> {
  return engineAmong(extensions)?.open(link) ?? POSTGRESQL;
}

/** @throws as engineOf() */
export async function findEngine(link: Link): Promise<Engine> {
  const [row] = await link.query(`SELECT ${EXTENSIONS} AS extensions`);
  return engineOf(link, row?.extensions);
}
