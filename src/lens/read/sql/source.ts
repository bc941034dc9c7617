/** What is asked first, while the session still has its own settings. */
import { asUser } from '../../../database/guard.ts';
import { LENS_SETTINGS } from '../../settings.ts';

/** Whether the role may read pg_statistic itself (`exact`) decides about the statements that follow. */
export const SOURCE = `
  SELECT pg_catalog.current_setting('server_version') AS version,
         pg_catalog.current_setting('server_version_num')::int AS number,
         d.datname AS database, pg_catalog.current_setting('block_size')::int AS "blockBytes",
         pg_catalog.to_char(pg_catalog.now() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS "takenAt",
         pg_catalog.pg_encoding_to_char(d.encoding) AS encoding,
         coalesce(pg_catalog.to_jsonb(d) ->> 'datlocale', pg_catalog.to_jsonb(d) ->> 'daticulocale', d.datcollate) AS collation,
         CASE pg_catalog.to_jsonb(d) ->> 'datlocprovider' WHEN 'i' THEN 'icu' WHEN 'b' THEN 'builtin' END AS "collationProvider",
         pg_catalog.has_table_privilege('pg_catalog.pg_statistic', 'SELECT')
           AND pg_catalog.has_table_privilege('pg_catalog.pg_statistic_ext_data', 'SELECT') AS exact
  FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database()`;

export const SEARCH_PATH = asUser(
  `SELECT pg_catalog.to_json(pg_catalog.current_schemas(false)) AS "searchPath"`,
);

export const SETTINGS = `
  SELECT pg_catalog.lower(name) AS name, pg_catalog.current_setting(name) AS value FROM pg_catalog.pg_settings
  WHERE pg_catalog.lower(name) IN (${LENS_SETTINGS.map(name => `'${name}'`).join(', ')}) ORDER BY 1`;

/** Then: values come out as every server reads them. */
export const PREPARATION: readonly string[] = [
  "SET LOCAL datestyle = 'ISO, YMD'",
  "SET LOCAL intervalstyle = 'postgres'",
  "SET LOCAL timezone = 'UTC'",
  "SET LOCAL bytea_output = 'hex'",
  'SET LOCAL extra_float_digits = 1',
  "SET LOCAL lc_monetary = 'C'",
  'SET LOCAL quote_all_identifiers = off',
  'SET LOCAL standard_conforming_strings = on',
];
