/** Finds the extension HypoPG, which estimates hypothetical indexes, in whatever schema it is installed. */
import type { Link } from '../../database/link.ts';
import { engineAmong, STORING } from '../engines/engines.ts';

export interface Hypopg {
  readonly version: string;
  readonly schema: string;
  /** Why it cannot be used here, a clause; undefined where it can. */
  readonly refusal: string | undefined;
}

/** @returns undefined where it would help but is not installed. */
export async function findHypopg(link: Link): Promise<Hypopg | undefined> {
  const [row] = await link.query(
    `SELECT ${STORING} AS storing, found.* FROM (VALUES (1)) one LEFT JOIN (
       SELECT e.extversion AS version, n.nspname AS schema,
              pg_catalog.has_schema_privilege(n.oid, 'USAGE') AS schema_usable,
              (SELECT bool_and(pg_catalog.has_function_privilege(p.oid, 'EXECUTE')) FROM pg_catalog.pg_proc p
               WHERE p.pronamespace = n.oid
                 AND p.proname IN ('hypopg', 'hypopg_create_index', 'hypopg_relation_size', 'hypopg_reset')) AS executable
       FROM pg_catalog.pg_extension e JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace
       WHERE e.extname = 'hypopg') found ON true`,
  );
  const { version = null, schema = null, storing } = row ?? {};
  const engine = engineAmong(storing);
  if (engine !== undefined)
    return {
      version: '',
      schema: '',
      refusal: `the extension hypopg would not reach the parts of a table in ${engine.name}`,
    };
  if (version === null) return undefined;
  const refusal =
    row?.schema_usable !== true
      ? `the extension hypopg is installed, but the role may not use its schema "${String(schema)}"`
      : row.executable !== true
        ? 'the extension hypopg is installed, but the role may not execute its functions'
        : undefined;
  return { version: String(version), schema: String(schema), refusal };
}

/** What HypoPG offers for an index that cannot be built; a clause. */
export const insteadOfBuilding = (hypopg: Hypopg | undefined): string =>
  hypopg === undefined
    ? 'the extension hypopg would allow an estimate'
    : (hypopg.refusal ?? 'it cannot be used');

/** What the session can show where nothing can be built; a clause. */
export function whatCanBeSeen(hypopg: Hypopg | undefined): string {
  const asItIs = 'only plans and run times of the database as it is are available';
  if (hypopg === undefined) return `${asItIs}; the extension hypopg would allow estimates of indexes`;
  if (hypopg.refusal !== undefined) return `${asItIs}; ${hypopg.refusal}`;
  return 'plans and run times of the database as it is are available; HypoPG estimates plans with hypothetical indexes';
}
