-- The demo shop's six tables. Keys come after the rows: see constraints.sql.
-- Autovacuum stays away while the rows come in; data/finish.sql lets it back.

CREATE TABLE customers (
  customer_id         integer       NOT NULL,
  email               varchar(100)  NOT NULL,
  created_at          timestamp     NOT NULL,
  first_purchase_date date          NOT NULL,
  country             char(2)       NOT NULL,
  segment             varchar(20)   NOT NULL
) WITH (autovacuum_enabled = false);

CREATE TABLE categories (
  category_id         integer       NOT NULL,
  name                varchar(60)   NOT NULL,
  parent_category_id  integer
) WITH (autovacuum_enabled = false);

CREATE TABLE products (
  product_id          integer       NOT NULL,
  sku                 varchar(20)   NOT NULL,
  name                varchar(100)  NOT NULL,
  category_id         integer       NOT NULL,
  price               numeric(10,2) NOT NULL,
  cost                numeric(10,2) NOT NULL,
  created_at          timestamp     NOT NULL
) WITH (autovacuum_enabled = false);

CREATE TABLE inventory (
  inventory_id        integer       NOT NULL,
  product_id          integer       NOT NULL,
  warehouse_id        integer       NOT NULL,
  quantity            integer       NOT NULL,
  last_restock_date   date          NOT NULL,
  reorder_point       integer       NOT NULL
) WITH (autovacuum_enabled = false);

CREATE TABLE orders (
  order_id            bigint        NOT NULL,
  customer_id         integer       NOT NULL,
  order_date          timestamp     NOT NULL,
  status              varchar(20)   NOT NULL,
  total_amount        numeric(12,2) NOT NULL,
  discount_amount     numeric(10,2) NOT NULL,
  shipping_cost       numeric(10,2) NOT NULL,
  payment_method      varchar(20)   NOT NULL,
  shipping_address_id integer       NOT NULL
) WITH (autovacuum_enabled = false);

CREATE TABLE order_items (
  item_id             bigint        NOT NULL,
  order_id            bigint        NOT NULL,
  product_id          integer       NOT NULL,
  quantity            integer       NOT NULL,
  unit_price          numeric(10,2) NOT NULL,
  discount            numeric(10,2) NOT NULL
) WITH (autovacuum_enabled = false);
