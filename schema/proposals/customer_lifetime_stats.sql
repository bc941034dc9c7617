-- title: Customer lifetime value, computed ahead
--
-- A row a customer: what was spent, how often, and the percentile. PostgreSQL never reads a view unasked: the query
-- has a rewrite that does, queries/05-customer-lifetime-value@customer_lifetime_stats.sql. Between two
-- REFRESH MATERIALIZED VIEW it shows the past.

CREATE MATERIALIZED VIEW customer_lifetime_stats AS
SELECT c.customer_id, SUM(o.total_amount) as total_spent,
       COUNT(o.order_id) as order_count,
       NTILE(100) OVER (ORDER BY SUM(o.total_amount)) as percentile
FROM customers c JOIN orders o ON o.customer_id = c.customer_id
WHERE o.status != 'cancelled' GROUP BY c.customer_id;

CREATE INDEX idx_customer_lifetime_stats_percentile
ON customer_lifetime_stats(percentile DESC, total_spent DESC)
INCLUDE (customer_id, order_count);
