-- title: Top products by category
-- target: 2 s
--
-- For each category the ten products with the highest revenue (quantity × unit price) of the last 30 days, cancelled
-- orders left out, by category name, then revenue. The dashboard asks category by category: ten or fewer of each, all
-- 50 categories.

SELECT c.name AS category, best.product_id, best.product, best.units_sold, best.revenue
FROM categories c
CROSS JOIN LATERAL (
  SELECT p.product_id, p.name AS product,
         SUM(oi.quantity) AS units_sold,
         SUM(oi.quantity * oi.unit_price) AS revenue
  FROM products p
  JOIN order_items oi ON oi.product_id = p.product_id
  JOIN orders o ON o.order_id = oi.order_id
  WHERE p.category_id = c.category_id
    AND o.order_date >= CURRENT_DATE - INTERVAL '30 days'
    AND o.status != 'cancelled'
  GROUP BY p.product_id, p.name
  ORDER BY revenue DESC, p.product_id
  LIMIT 10
) best
ORDER BY c.name, best.revenue DESC, best.product_id;
