-- title: Daily revenue trend
-- target: 2 s
--
-- Revenue and number of orders a day over the last 90 days, cancelled orders left out. Today counts as far as it has got.

SELECT o.order_date::date AS day,
       SUM(o.total_amount) AS revenue,
       COUNT(o.order_id) AS order_count
FROM orders o
WHERE o.order_date >= CURRENT_DATE - INTERVAL '90 days'
  AND o.status != 'cancelled'
GROUP BY o.order_date::date
ORDER BY day;
