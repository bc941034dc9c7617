-- title: Category performance
-- target: 2 s
--
-- Revenue (quantity × unit price) by category and month over the last twelve whole months, next to the month before, and
-- the growth in percent. Cancelled orders are left out. No growth is told where there was no revenue the month before.

WITH monthly AS (
  SELECT p.category_id,
         DATE_TRUNC('month', o.order_date) AS month,
         SUM(oi.quantity * oi.unit_price) AS revenue
  FROM orders o
  JOIN order_items oi ON oi.order_id = o.order_id
  JOIN products p ON p.product_id = oi.product_id
  WHERE o.order_date >= DATE_TRUNC('month', CURRENT_DATE::timestamp) - INTERVAL '13 months'
    AND o.order_date < DATE_TRUNC('month', CURRENT_DATE::timestamp)
    AND o.status != 'cancelled'
  GROUP BY p.category_id, DATE_TRUNC('month', o.order_date)
)
SELECT c.name AS category,
       this.month::date AS month,
       this.revenue,
       before.revenue AS revenue_before,
       ROUND(100 * (this.revenue - before.revenue) / NULLIF(before.revenue, 0), 2) AS growth_percent
FROM monthly this
JOIN categories c ON c.category_id = this.category_id
LEFT JOIN monthly before ON before.category_id = this.category_id AND before.month = this.month - INTERVAL '1 month'
WHERE this.month >= DATE_TRUNC('month', CURRENT_DATE::timestamp) - INTERVAL '12 months'
ORDER BY category, month;
