-- All products. Every category has them: one in two is dealt out in turn, the others favour the categories in front.

INSERT INTO products (product_id, sku, name, category_id, price, cost, created_at)
SELECT product_id, 'SKU-' || lpad(product_id::text, 7, '0'),
       ('{Compact,Classic,Urban,Alpine,Nordic,Vintage,Modern,Deluxe,Basic,Slim,Bold,Quiet,Bright,Solid,Light,Smart}'
         ::text[])[(bits & 15) + 1]
       || ' ' || c.name || ' ' || product_id,
       category_id, demo.money(price), round(price * (0.45 + 0.3 * demo.uniform(bits, 4))::numeric * 0.01, 2),
       -- on sale before the first order
       :'loaded_on'::date - 1826 - floor(86400 * 700 * demo.uniform(bits, 28)) * interval '1 second'
FROM (
  SELECT product_id, bits, demo.price(product_id) AS price,
         CASE WHEN product_id % 2 = 0
           THEN product_id / 2 % 50 + 1
           ELSE floor(50 * power(demo.uniform(bits, 28), 1.5))::integer + 1
         END AS category_id
  FROM (SELECT product_id, demo.bits(product_id, 6) AS bits FROM generate_series(1, :products) AS product_id OFFSET 0) AS drawn
  OFFSET 0
) AS p
JOIN categories AS c USING (category_id)
ORDER BY product_id;
