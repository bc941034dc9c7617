-- One row a product, best sellers first.

INSERT INTO inventory (inventory_id, product_id, warehouse_id, quantity, last_restock_date, reorder_point)
SELECT inventory_id, demo.product_at(inventory_id - 1), (bits & 7) + 1,
       -- few in stock of most, a lot of some, nothing of one in thirty
       CASE WHEN (bits >> 3 & 255) < 8 THEN 0 ELSE 5 + floor(600 * power(demo.uniform(bits, 11), 2))::integer END,
       :'loaded_on'::date - 1 - (bits >> 35 & 63)::integer,
       10 * (1 + (bits >> 41 & 7)::integer)
FROM (SELECT inventory_id, demo.bits(inventory_id, 7) AS bits FROM generate_series(1::bigint, :products) AS inventory_id OFFSET 0) AS drawn;
