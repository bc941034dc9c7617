-- Orders first_order … last_order, as they came in: order_date grows with order_id.
--   total_amount    = Σ (quantity × unit_price − discount) over the order's items, to the cent
--   discount_amount = Σ discount over its items (taken off already); shipping_cost is not part of total_amount

INSERT INTO orders (order_id, customer_id, order_date, status, total_amount, discount_amount, shipping_cost,
                    payment_method, shipping_address_id)
SELECT order_id, customer_id, demo.moment(days),
       CASE
         -- A quarter in all; a customer's first order, the one that makes a customer, always goes through.
         WHEN NOT first AND demo.uniform(fate, 0) < 0.25::double precision * :orders / (:orders - :customers)
           THEN 'cancelled'
         -- It takes a day or two to ship and up to two weeks to arrive; a few orders hang.
         WHEN age < 0.5 + 2 * demo.uniform(fate, 24) OR (fate >> 48 & 255) < 2 THEN 'pending'
         WHEN age < 4 + 10 * demo.uniform(fate, 24) OR (fate >> 48 & 255) < 5 THEN 'shipped'
         ELSE 'delivered'
       END,
       demo.money(amount), demo.money(discount), demo.money(shipping),
       ('{card,card,card,card,card,card,card,paypal,paypal,paypal,paypal,invoice,invoice,apple_pay,google_pay,gift_card}'
         ::varchar[])[(bits >> 56 & 15) + 1],
       -- three addresses a customer, the first one far ahead
       customer_id * 3 - ('{2,2,2,2,2,2,1,0}'::integer[])[(bits >> 40 & 7) + 1]
FROM (
  SELECT order_id, amount, discount, bits, fate, days, first,
         1826 - days AS age,
         CASE WHEN amount >= 10000 THEN 0 WHEN amount >= 5000 THEN 495 ELSE 895 END AS shipping,
         -- Loyalty: a customer whose number is divisible by 2, 4, … 64 (shifted by the seed) stands in for those after it,
         -- so that half of the customers buy once in a while and one in a hundred buys all the time.
         CASE
           WHEN first THEN arrived
           WHEN someone > (someone + :seed) % (1 << (bits >> 24 & 65535)::integer % 7)
             THEN someone - (someone + :seed) % (1 << (bits >> 24 & 65535)::integer % 7)
           ELSE someone
         END::integer AS customer_id
  FROM (
    SELECT order_id, amount, discount, bits, demo.bits(order_id, 4) AS fate, arrived,
           arrived > demo.arrived(order_id - 1) AS first,
           demo.season(trend) AS days,
           -- somebody who has been here before, rather lately than long ago
           arrived - floor(arrived * power(demo.uniform(bits, 0), 2))::bigint AS someone
    FROM (
      SELECT order_id, amount, discount,
             demo.bits(order_id, 3) AS bits, demo.arrived(order_id) AS arrived, demo.trend(order_id) AS trend
      FROM (
        SELECT order_id, sum(quantity * price - discount) AS amount, sum(discount) AS discount
        FROM demo.lines(:first_order, :last_order)
        GROUP BY order_id
        ORDER BY order_id
      ) AS totals
      OFFSET 0
    ) AS drawn
    OFFSET 0
  ) AS placed
  OFFSET 0
) AS told;
