-- What the generator is made of. Every value is a function of (seed, entity, id): nothing is random, so rows do not
-- depend on how the work is cut up or who does which piece. These are one-expression functions that PostgreSQL
-- inlines; the whole schema is dropped when the load is complete (finish.sql).
--
-- psql variables: seed (0 or more), customers, products, orders (numbers of rows), loaded_on (a date: the day of
-- loading). Five years are 1,826 days here whatever the leap years, so that the rows do not depend on the day but for
-- being moved by it.

CREATE SCHEMA demo;

-- 64 well mixed bits. A stream is a small number naming what is drawn, so that draws are independent.
CREATE FUNCTION demo.bits(id bigint, stream bigint) RETURNS bigint IMMUTABLE LANGUAGE sql RETURN
  hashint8extended(id, :seed * 1000::bigint + stream);

-- Uniform in [0, 1), from 24 of the 64 bits starting at bit `skip`.
CREATE FUNCTION demo.uniform(bits bigint, skip integer) RETURNS double precision IMMUTABLE LANGUAGE sql RETURN
  (bits >> skip & 16777215) / 16777216.0::double precision;

-- Orders come in one after the other, over the five years that end at the midnight that began the day of loading. Three
-- bends, each a monotone function, make it look like a shop: twice as many orders a day at the end as at the start
-- (√(1+3u) − 1), a high season half a year away from the day of loading, and busy days with quiet nights.
CREATE FUNCTION demo.trend(order_id bigint) RETURNS double precision IMMUTABLE LANGUAGE sql RETURN
  sqrt(1 + 3 * (order_id - 0.5::double precision) / :orders) - 1;

CREATE FUNCTION demo.season(trend double precision) RETURNS double precision IMMUTABLE LANGUAGE sql RETURN
  (trend + 0.008 * sin(10 * pi() * trend))
  * 1826;

-- Days since the first day → timestamp, whole seconds.
CREATE FUNCTION demo.moment(days double precision) RETURNS timestamp IMMUTABLE LANGUAGE sql RETURN
  (:'loaded_on'::date - 1826)
  + floor(86400 * (days + 0.08 * sin(2 * pi() * days))) * interval '1 second';

-- New customers keep coming, ever more slowly against the orders of those who return. `arrived(n)` is how many there
-- are once order n is in; where it grows by one, order n is the first order of customer `arrived(n)`.
-- (The positive root of k + q·k² = n + 1, with q such that the last customer comes with the last order.)
CREATE FUNCTION demo.arrived(order_id bigint) RETURNS bigint IMMUTABLE LANGUAGE sql RETURN
  ceil((sqrt(1 + 4 * ((:orders - :customers) / (:customers::double precision * :customers)) * (order_id + 1)) - 1)
       / (2 * ((:orders - :customers) / (:customers::double precision * :customers))))::bigint - 1;

-- The inverse, give or take one: the caller settles it with `arrived`.
CREATE FUNCTION demo.about_first_order(customer_id bigint) RETURNS bigint IMMUTABLE LANGUAGE sql RETURN
  floor(customer_id + ((:orders - :customers) / (:customers::double precision * :customers))
        * customer_id * customer_id)::bigint;

-- A product's place among the best sellers (0 … products − 1) → its id, one to one because 7919 is prime and the
-- loader never makes a multiple of 7919 products.
CREATE FUNCTION demo.product_at(place bigint) RETURNS integer IMMUTABLE LANGUAGE sql RETURN
  (1 + (place * 7919 + :seed * 31) % :products)::integer;

-- Prices in cents: 5.99 … 499.99, most of them low.
CREATE FUNCTION demo.price(product_id bigint) RETURNS integer IMMUTABLE LANGUAGE sql RETURN
  599 + 100 * floor(495 * power(demo.uniform(demo.bits(product_id, 1), 0), 3))::integer;

CREATE FUNCTION demo.money(cents bigint) RETURNS numeric IMMUTABLE LANGUAGE sql RETURN
  cents * 0.01;

-- The items of orders first_order … last_order, prices in cents. Five orders in a row (1–5, 6–10, …) have 3, 1, 5, 2
-- and 4 items: three on average, exactly, and an item's order is known from its id alone. Both orders.sql and
-- order_items.sql read this, so an order's amount agrees with its items without either waiting for the other.
-- OFFSET 0 keeps the planner from drawing the same bits again for every column.
CREATE FUNCTION demo.lines(first_order bigint, last_order bigint)
RETURNS TABLE (item_id bigint, order_id bigint, product_id integer, quantity integer, price integer, discount integer)
IMMUTABLE ROWS 30000 LANGUAGE sql BEGIN ATOMIC
  SELECT item_id, order_id, product_id, quantity, price, quantity * price * percent / 100
  FROM (
    SELECT item_id, order_id, product_id, quantity, percent, demo.price(product_id) AS price
    FROM (
      SELECT item_id,
             (item_id - 1) / 15 * 5 + ('{1,1,1,2,3,3,3,3,3,4,4,5,5,5,5}'::integer[])[(item_id - 1) % 15 + 1] AS order_id,
             demo.product_at(floor(:products * power(demo.uniform(bits, 0), 2.5))::bigint) AS product_id,
             ('{1,1,1,1,1,1,1,1,1,2,2,2,2,3,3,5}'::integer[])[(bits >> 24 & 15) + 1] AS quantity,
             -- one line in six was sold at a discount
             CASE WHEN (bits >> 28 & 63) < 10 THEN (bits >> 28 & 63)::integer / 2 * 5 + 5 ELSE 0 END AS percent
      FROM (
        SELECT item_id, demo.bits(item_id, 2) AS bits
        -- Not in FROM, where the numbers would be stored first.
        FROM (SELECT generate_series(first_order * 3 - 2, last_order * 3) AS item_id) AS counted
        OFFSET 0
      ) AS drawn
      OFFSET 0
    ) AS chosen
    OFFSET 0
  ) AS priced;
END;
