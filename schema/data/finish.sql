-- The generator leaves, autovacuum may come back.

DROP SCHEMA demo CASCADE;

ALTER TABLE customers   RESET (autovacuum_enabled);
ALTER TABLE categories  RESET (autovacuum_enabled);
ALTER TABLE products    RESET (autovacuum_enabled);
ALTER TABLE inventory   RESET (autovacuum_enabled);
ALTER TABLE orders      RESET (autovacuum_enabled);
ALTER TABLE order_items RESET (autovacuum_enabled);
