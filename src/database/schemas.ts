/** Which schemas are people's own. */

/** Condition on pg_namespace `n`: neither PostgreSQL's nor TimescaleDB's, nor for TOAST or temporary tables. */
export const OF_USERS = `n.nspname NOT IN ('pg_catalog', 'information_schema')
  AND n.nspname NOT LIKE 'pg\\_toast%' AND n.nspname NOT LIKE 'pg\\_temp%'
  AND n.nspname NOT LIKE '\\_timescaledb\\_%'`;
