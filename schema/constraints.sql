-- Primary and foreign keys, and nothing else: what is slow without help must be slow.

ALTER TABLE order_items ADD PRIMARY KEY (item_id);
ALTER TABLE orders      ADD PRIMARY KEY (order_id);
ALTER TABLE customers   ADD PRIMARY KEY (customer_id);
ALTER TABLE categories  ADD PRIMARY KEY (category_id);
ALTER TABLE products    ADD PRIMARY KEY (product_id);
ALTER TABLE inventory   ADD PRIMARY KEY (inventory_id);

ALTER TABLE order_items ADD FOREIGN KEY (order_id) REFERENCES orders;
ALTER TABLE orders      ADD FOREIGN KEY (customer_id) REFERENCES customers;
ALTER TABLE order_items ADD FOREIGN KEY (product_id) REFERENCES products;
ALTER TABLE inventory   ADD FOREIGN KEY (product_id) REFERENCES products;
ALTER TABLE products    ADD FOREIGN KEY (category_id) REFERENCES categories;
ALTER TABLE categories  ADD FOREIGN KEY (parent_category_id) REFERENCES categories;
