/** Extended statistics into the catalog. As a superuser, with search_path = pg_catalog. */
import type { Link } from '../../database/link.ts';
import type { Hidden, LensDocument } from '../document.ts';
import { plainName } from '../named.ts';
import { dependenciesBytes, distinctBytes } from './extendedStatistics.ts';

/** There is no way in for these types: for the time of it, bytes are made to pass for them. */
const TYPES = ['pg_ndistinct', 'pg_dependencies'] as const;

export async function fillExtended(
  link: Link,
  document: LensDocument,
  major: number,
): Promise<readonly Hidden[]> {
  const hidden: Hidden[] = [];
  const withData = document.statistics.filter(
    ({ distinct, dependencies }) => distinct !== undefined || dependencies !== undefined,
  );
  if (withData.length === 0) return hidden;
  await link.batch(TYPES.map(type => `CREATE CAST (bytea AS pg_catalog.${type}) WITHOUT FUNCTION`));
  for (const one of withData) {
    const { schema, name, distinct, dependencies, inherited } = one;
    const what = `statistics ${plainName(one)}`;
    const [made] = await link.query(keysOf(major), [schema, name]);
    // Why it is not there has been said.
    if (made === undefined) continue;
    const keys = (made.keys as readonly unknown[]).map(Number);
    const bytes = [
      distinct === undefined ? null : (distinctBytes(distinct, keys) ?? null),
      dependencies === undefined ? null : (dependenciesBytes(dependencies, keys) ?? null),
    ];
    if ((distinct !== undefined && bytes[0] === null) || (dependencies !== undefined && bytes[1] === null))
      hidden.push({ what, why: 'what does not fit their columns is left out' });
    const inherit = major >= 15;
    try {
      await link.query(
        `DELETE FROM pg_statistic_ext_data WHERE stxoid = $1::oid${inherit ? ' AND stxdinherit = $2' : ' AND $2::bool IS NOT NULL'}`,
        [made.oid, inherited],
      );
      await link.query(
        `INSERT INTO pg_statistic_ext_data (stxoid, stxdndistinct, stxddependencies${inherit ? ', stxdinherit' : ''})
         SELECT $1::oid, $2::bytea::pg_ndistinct, $3::bytea::pg_dependencies${inherit ? ', $4::bool' : ''} WHERE $4::bool IS NOT NULL`,
        [made.oid, ...bytes, inherited],
      );
    } catch (error) {
      hidden.push({
        what,
        why: `they were refused: ${error instanceof Error ? error.message : String(error)}`,
      });
    }
  }
  await link.batch(TYPES.map(type => `DROP CAST (bytea AS pg_catalog.${type})`));
  return hidden;
}

/** What the server made of the definition: numbers of columns, of expressions from -1 down. */
const keysOf = (major: number): string => {
  const expressions =
    major < 14 ? '0' : 'coalesce(array_length(pg_get_statisticsobjdef_expressions(s.oid), 1), 0)';
  return `SELECT s.oid::text AS oid,
    s.stxkeys::int2[] || ARRAY(SELECT (-n)::int2 FROM generate_series(1, ${expressions}) AS n) AS keys
    FROM pg_statistic_ext s JOIN pg_namespace n ON n.oid = s.stxnamespace
    WHERE n.nspname = $1 AND s.stxname = $2`;
};
