-- title: Customer lifetime value
-- target: 2 s
--
-- The same, read from the proposed view. Only NTILE's choice between customers who spent the same can differ.

SELECT s.customer_id,
       s.total_spent,
       s.order_count,
       s.percentile
FROM customer_lifetime_stats s
ORDER BY s.percentile DESC, s.total_spent DESC, s.customer_id;
