-- title: Customer lifetime value
-- target: 2 s
--
-- What every customer has spent, in how many orders, and the percentile (100 are those who spent most). Cancelled
-- orders are left out. Highest first.

SELECT c.customer_id,
       SUM(o.total_amount) AS total_spent,
       COUNT(o.order_id) AS order_count,
       NTILE(100) OVER (ORDER BY SUM(o.total_amount)) AS percentile
FROM customers c
JOIN orders o ON o.customer_id = c.customer_id
WHERE o.status != 'cancelled'
GROUP BY c.customer_id
ORDER BY percentile DESC, total_spent DESC, c.customer_id;
