-- title: Stock by product
--
-- A product's stock from the index alone.

CREATE INDEX idx_inventory_product
ON inventory(product_id) INCLUDE (quantity);
