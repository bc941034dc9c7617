/** Whether estimates with hypothetical indexes can be had: the extension HypoPG, in whatever schema it is. Reads the catalog. */
import type { Link } from '../../database/link.ts';

export interface Hypopg {
  readonly version: string;
  readonly schema: string;
  /** Why the role may not use it; undefined where it may. */
  readonly refusal: string | undefined;
}

/** @returns undefined where it is not installed in this database. */
export async function findHypopg(link: Link): Promise<Hypopg | undefined> {
  const [row] = await link.query(
    `SELECT e.extversion AS version, n.nspname AS schema,
            pg_catalog.has_schema_privilege(n.oid, 'USAGE') AS schema_usable,
            (SELECT bool_and(pg_catalog.has_function_privilege(p.oid, 'EXECUTE')) FROM pg_catalog.pg_proc p
             WHERE p.pronamespace = n.oid
               AND p.proname IN ('hypopg', 'hypopg_create_index', 'hypopg_relation_size', 'hypopg_reset')) AS executable
     FROM pg_catalog.pg_extension e JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace
     WHERE e.extname = 'hypopg'`,
  );
  if (row === undefined) return undefined;
  const schema = String(row.schema);
  const refusal =
    row.schema_usable !== true
      ? `the role may not use its schema "${schema}"`
      : row.executable !== true
        ? 'the role may not execute its functions'
        : undefined;
  return { version: String(row.version), schema, refusal };
}

/** What can still be seen of an index that cannot be built; a clause. */
export function insteadOfBuilding(hypopg: Hypopg | undefined): string {
  if (hypopg === undefined) return 'the extension hypopg would allow an estimate';
  return `the extension hypopg is installed, but ${hypopg.refusal ?? 'it cannot be used'}`;
}

/** The same where nothing at all can be built. */
export function whatCanBeSeen(hypopg: Hypopg | undefined): string {
  const asItIs = 'only plans and run times as it is now can be seen';
  if (hypopg === undefined) return `${asItIs}; the extension hypopg would allow estimates of indexes`;
  if (hypopg.refusal !== undefined)
    return `${asItIs}; the extension hypopg is installed, but ${hypopg.refusal}`;
  return 'plans and run times as it is now can be seen, and plans with indexes as estimates through HypoPG, which are hypothetical';
}
