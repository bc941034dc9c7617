-- title: Orders by customer and status
--
-- From a customer to all orders that were not cancelled, with what the cohort and lifetime reports read of them.

CREATE INDEX idx_orders_customer_status
ON orders(customer_id, status)
INCLUDE (order_id, total_amount, order_date) WHERE status != 'cancelled';
