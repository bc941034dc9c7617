-- title: Customer cohort analysis
-- target: 2 s
--
-- Customers by the month of their first purchase (the month 13 months ago up to the running one), and for each month
-- since then (0 is the month of the first purchase; a year counts as twelve) how many of them ordered. Cancelled
-- orders are left out.

SELECT DATE_TRUNC('month', c.first_purchase_date::timestamp)::date AS cohort_month,
       (EXTRACT(YEAR FROM AGE(DATE_TRUNC('month', o.order_date), DATE_TRUNC('month', c.first_purchase_date::timestamp))) * 12
        + EXTRACT(MONTH FROM AGE(DATE_TRUNC('month', o.order_date), DATE_TRUNC('month', c.first_purchase_date::timestamp))))::int
         AS months_since,
       COUNT(DISTINCT o.customer_id) AS customers
FROM customers c
JOIN orders o ON o.customer_id = c.customer_id
WHERE c.first_purchase_date >= DATE_TRUNC('month', CURRENT_DATE::timestamp) - INTERVAL '13 months'
  AND o.status != 'cancelled'
GROUP BY cohort_month, months_since
ORDER BY cohort_month, months_since;
