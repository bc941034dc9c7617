-- title: Order items by product
--
-- From a product to its sales without visiting the largest table, for the joins of the product and category reports.

CREATE INDEX idx_order_items_product
ON order_items(product_id)
INCLUDE (order_id, quantity, unit_price);
