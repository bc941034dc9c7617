-- The lines of orders first_order … last_order. Five orders in a row have 3, 1, 5, 2 and 4 items, so that the average
-- is exactly three and an item's order is known from its id alone.

INSERT INTO order_items (item_id, order_id, product_id, quantity, unit_price, discount)
SELECT item_id, order_id, product_id, quantity, demo.money(price),
       -- five in six; a numeric is expensive to compute
       CASE discount WHEN 0 THEN 0 ELSE demo.money(discount) END
FROM demo.lines(:first_order, :last_order);
