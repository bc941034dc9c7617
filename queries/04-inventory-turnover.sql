-- title: Inventory turnover
-- target: 2 s
--
-- The units of every product sold in the last 90 days (cancelled orders left out; 0 where none was sold) against what
-- is in stock now: the 100 products with the highest turnover. Where nothing is in stock there is no turnover to
-- speak of, and the product comes last.

SELECT p.product_id, p.sku, p.name, i.quantity AS stock,
       COALESCE(sold.units, 0) AS units_sold,
       ROUND(COALESCE(sold.units, 0)::numeric / NULLIF(i.quantity, 0), 4) AS turnover
FROM products p
JOIN inventory i ON i.product_id = p.product_id
LEFT JOIN (
  SELECT oi.product_id, SUM(oi.quantity) AS units
  FROM order_items oi
  JOIN orders o ON o.order_id = oi.order_id
  WHERE o.order_date >= CURRENT_DATE - INTERVAL '90 days'
    AND o.status != 'cancelled'
  GROUP BY oi.product_id
) sold ON sold.product_id = p.product_id
ORDER BY turnover DESC NULLS LAST, p.product_id
LIMIT 100;
