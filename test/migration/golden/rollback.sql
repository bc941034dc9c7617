-- E-commerce analytics: the way back from migration.sql, in reverse order
--
-- Made 2026-11-23T10:00:00Z by pgopt-explore 0.0.0, from measurements on PostgreSQL 15.18, shop at db.example:5432.
--
-- Apply it:
--   psql -X -f rollback.sql 'postgresql://…'
-- Never with --single-transaction. Missing objects are skipped, so it can also run after a migration that failed
-- halfway. It drops by name: where migration.sql said `there already`, check first whose they are.
-- ANALYZE is not undone: it only refreshed statistics.

\set ON_ERROR_STOP on

SET client_encoding = 'UTF8';

-- A timeout in the middle of a build would leave an invalid index.
SET statement_timeout = 0;

-- Unqualified names resolve as they did when this was measured.
SELECT pg_catalog.set_config('search_path', '"$user", public', false);

SET lock_timeout = '5s';

-- First restore the queries that these files replaced:
--   queries/05-customer-lifetime-value@customer_lifetime_stats.sql
-- Lock: ACCESS EXCLUSIVE on the view, for a moment. It gives up after lock_timeout so that others do not queue behind it.
-- Its indexes go with it. If other objects depend on it, PostgreSQL names them and drops nothing.
DROP MATERIALIZED VIEW IF EXISTS "public"."customer_lifetime_stats";

SET lock_timeout = 0;

-- Lock: SHARE UPDATE EXCLUSIVE on the table. It waits until no older transaction can use the index; other sessions do not wait.
DROP INDEX CONCURRENTLY IF EXISTS "public"."idx_inventory_product";

-- Lock: SHARE UPDATE EXCLUSIVE on the table. It waits until no older transaction can use the index; other sessions do not wait.
DROP INDEX CONCURRENTLY IF EXISTS "public"."idx_order_items_product";

-- Lock: SHARE UPDATE EXCLUSIVE on the table. It waits until no older transaction can use the index; other sessions do not wait.
DROP INDEX CONCURRENTLY IF EXISTS "public"."idx_orders_customer_status";

-- Lock: SHARE UPDATE EXCLUSIVE on the table. It waits until no older transaction can use the index; other sessions do not wait.
DROP INDEX CONCURRENTLY IF EXISTS "public"."idx_orders_date_status_amount";
