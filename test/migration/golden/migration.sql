-- E-commerce analytics: 5 of 5 proposals
--
-- Made 2026-11-23T10:00:00Z by pgopt-explore 0.0.0, from measurements on PostgreSQL 15.18, shop at db.example:5432.
-- Why: report.md. The way back: rollback.sql.
--
-- Apply it:
--   psql -X -f migration.sql 'postgresql://…'
-- Never with --single-transaction: CREATE INDEX CONCURRENTLY cannot run in one. After a failure the statements before
-- it stay done: run rollback.sql, which skips missing objects, then this file again.
--
-- Who: the owner of the tables, or a superuser; for views and statistics with CREATE on their schema.
-- Locks: above each statement. A statement that others would queue behind gives up after 5s (lock_timeout).
-- Long transactions hold up CONCURRENTLY: check pg_stat_activity first (xact_start).
--
-- Disk: 20 MB on the data measured here, 1.46 GB projected at production size.
-- While it sorts, a build needs about as much again for temporary files.
-- Time: 5.01 s here, one after the other and not CONCURRENTLY, which takes longer.
-- A larger maintenance_work_mem makes it shorter.

\set ON_ERROR_STOP on

SET client_encoding = 'UTF8';

-- A timeout in the middle of a build would leave an invalid index.
SET statement_timeout = 0;

-- Unqualified names resolve as they did when this was measured.
SELECT pg_catalog.set_config('search_path', '"$user", public', false);

-- These names must be free, also of invalid indexes that a failed build left.
DO $before$
DECLARE
  taken text;
BEGIN
  SELECT string_agg(format('%s %I.%I%s', made.kind, made.schema, made.name,
                           CASE WHEN object.valid THEN '' ELSE ' (invalid: its build failed)' END), ', ')
    INTO taken
    FROM (VALUES
      ('index', 'public', 'idx_orders_date_status_amount'),
      ('index', 'public', 'idx_orders_customer_status'),
      ('index', 'public', 'idx_order_items_product'),
      ('index', 'public', 'idx_inventory_product'),
      ('materialized view', 'public', 'customer_lifetime_stats'),
      ('index', 'public', 'idx_customer_lifetime_stats_percentile')
    ) AS made (kind, schema, name)
    LEFT JOIN LATERAL (
      SELECT c.oid, coalesce(i.indisvalid, true) AS valid,
             i.indrelid IS NULL OR pg_catalog.pg_relation_size(i.indrelid) > 0 AS stored
      FROM pg_catalog.pg_class c
      JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
      LEFT JOIN pg_catalog.pg_index i ON i.indexrelid = c.oid
      WHERE made.kind <> 'statistics' AND n.nspname = made.schema AND c.relname = made.name
      UNION ALL
      SELECT s.oid, true, false
      FROM pg_catalog.pg_statistic_ext s
      JOIN pg_catalog.pg_namespace n ON n.oid = s.stxnamespace
      WHERE made.kind = 'statistics' AND n.nspname = made.schema AND s.stxname = made.name
    ) object ON true
    WHERE object.oid IS NOT NULL;
  IF taken IS NOT NULL THEN
    RAISE EXCEPTION 'there already: %', taken
      USING HINT = 'If an earlier run of this file left them, run rollback.sql, then this file again.';
  END IF;
END
$before$;

SET lock_timeout = 0;

-- === Indexes on tables, the smallest first
--
-- idx_orders_date_status_amount: Orders by date and status, with their amounts
-- 1.0 MB here; built in 1.00 s, not CONCURRENTLY.
-- Lock: SHARE UPDATE EXCLUSIVE on the table. Reads and writes go on; VACUUM, ANALYZE and other DDL on it wait.
-- It scans the table twice and waits for every transaction that is older, so it takes longer than a plain build.
CREATE INDEX CONCURRENTLY idx_orders_date_status_amount
ON orders(order_date, status)
INCLUDE (total_amount, order_id) WHERE status != 'cancelled';

-- idx_orders_customer_status: Orders by customer and status
-- 2.0 MB here; built in 1.00 s, not CONCURRENTLY.
-- Lock: SHARE UPDATE EXCLUSIVE on the table. Reads and writes go on; VACUUM, ANALYZE and other DDL on it wait.
CREATE INDEX CONCURRENTLY idx_orders_customer_status
ON orders(customer_id, status)
INCLUDE (order_id, total_amount, order_date) WHERE status != 'cancelled';

-- idx_order_items_product: Order items by product
-- 3.0 MB here; built in 1.00 s, not CONCURRENTLY.
-- Lock: SHARE UPDATE EXCLUSIVE on the table. Reads and writes go on; VACUUM, ANALYZE and other DDL on it wait.
CREATE INDEX CONCURRENTLY idx_order_items_product
ON order_items(product_id)
INCLUDE (order_id, quantity, unit_price);

-- idx_inventory_product: Stock by product
-- 4.0 MB here; built in 1.00 s, not CONCURRENTLY.
-- Lock: SHARE UPDATE EXCLUSIVE on the table. Reads and writes go on; VACUUM, ANALYZE and other DDL on it wait.
CREATE INDEX CONCURRENTLY idx_inventory_product
ON inventory(product_id) INCLUDE (quantity);

SET lock_timeout = '5s';

-- === Materialized views
--
-- customer_lifetime_stats: Customer lifetime value, computed ahead
-- 5.0 MB here without its indexes.
-- Lock: ACCESS SHARE on the relations that it reads: other sessions do not wait. VACUUM cannot remove rows that die meanwhile.
--
-- It shows old rows until it is refreshed; its file does not say how often:
--   REFRESH MATERIALIZED VIEW "public"."customer_lifetime_stats";
-- Lock: ACCESS EXCLUSIVE on the view: readers wait; with a unique index on columns it could be CONCURRENTLY. It took 750 ms here.
-- Roles other than its owner need: GRANT SELECT ON "public"."customer_lifetime_stats" TO …
-- PostgreSQL does not read it by itself. Once it exists, deploy these texts in place of their queries:
--   queries/05-customer-lifetime-value@customer_lifetime_stats.sql
CREATE MATERIALIZED VIEW customer_lifetime_stats AS
SELECT c.customer_id, SUM(o.total_amount) as total_spent,
       COUNT(o.order_id) as order_count,
       NTILE(100) OVER (ORDER BY SUM(o.total_amount)) as percentile
FROM customers c JOIN orders o ON o.customer_id = c.customer_id
WHERE o.status != 'cancelled' GROUP BY c.customer_id;

-- Lock: SHARE on the view, which no session reads yet: hence not CONCURRENTLY.
CREATE INDEX idx_customer_lifetime_stats_percentile
ON customer_lifetime_stats(percentile DESC, total_spent DESC)
INCLUDE (customer_id, order_count);

ANALYZE "public"."customer_lifetime_stats";

-- The result. Without a size: the rows are in partitions, in chunks or on other servers, or there are none.
SELECT made.kind, made.schema, made.name,
       CASE WHEN object.oid IS NULL THEN 'MISSING' WHEN object.valid THEN 'valid' ELSE 'INVALID' END AS state,
       CASE WHEN object.stored THEN pg_catalog.pg_size_pretty(pg_catalog.pg_table_size(object.oid)) END AS size
    FROM (VALUES
      ('index', 'public', 'idx_orders_date_status_amount'),
      ('index', 'public', 'idx_orders_customer_status'),
      ('index', 'public', 'idx_order_items_product'),
      ('index', 'public', 'idx_inventory_product'),
      ('materialized view', 'public', 'customer_lifetime_stats'),
      ('index', 'public', 'idx_customer_lifetime_stats_percentile')
    ) AS made (kind, schema, name)
    LEFT JOIN LATERAL (
      SELECT c.oid, coalesce(i.indisvalid, true) AS valid,
             i.indrelid IS NULL OR pg_catalog.pg_relation_size(i.indrelid) > 0 AS stored
      FROM pg_catalog.pg_class c
      JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
      LEFT JOIN pg_catalog.pg_index i ON i.indexrelid = c.oid
      WHERE made.kind <> 'statistics' AND n.nspname = made.schema AND c.relname = made.name
      UNION ALL
      SELECT s.oid, true, false
      FROM pg_catalog.pg_statistic_ext s
      JOIN pg_catalog.pg_namespace n ON n.oid = s.stxnamespace
      WHERE made.kind = 'statistics' AND n.nspname = made.schema AND s.stxname = made.name
    ) object ON true
    ORDER BY 1, 2, 3;

DO $after$
DECLARE
  wrong text;
BEGIN
  SELECT string_agg(format('%s %I.%I', made.kind, made.schema, made.name), ', ')
    INTO wrong
    FROM (VALUES
      ('index', 'public', 'idx_orders_date_status_amount'),
      ('index', 'public', 'idx_orders_customer_status'),
      ('index', 'public', 'idx_order_items_product'),
      ('index', 'public', 'idx_inventory_product'),
      ('materialized view', 'public', 'customer_lifetime_stats'),
      ('index', 'public', 'idx_customer_lifetime_stats_percentile')
    ) AS made (kind, schema, name)
    LEFT JOIN LATERAL (
      SELECT c.oid, coalesce(i.indisvalid, true) AS valid,
             i.indrelid IS NULL OR pg_catalog.pg_relation_size(i.indrelid) > 0 AS stored
      FROM pg_catalog.pg_class c
      JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
      LEFT JOIN pg_catalog.pg_index i ON i.indexrelid = c.oid
      WHERE made.kind <> 'statistics' AND n.nspname = made.schema AND c.relname = made.name
      UNION ALL
      SELECT s.oid, true, false
      FROM pg_catalog.pg_statistic_ext s
      JOIN pg_catalog.pg_namespace n ON n.oid = s.stxnamespace
      WHERE made.kind = 'statistics' AND n.nspname = made.schema AND s.stxname = made.name
    ) object ON true
    WHERE object.oid IS NULL OR NOT object.valid;
  IF wrong IS NOT NULL THEN
    RAISE EXCEPTION 'missing or invalid: %', wrong
      USING HINT = 'Drop what is invalid with DROP INDEX CONCURRENTLY, and build it again.';
  END IF;
END
$after$;
