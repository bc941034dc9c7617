-- title: Orders by date and status, with their amounts
--
-- Covering index for the daily revenue: a range of days is read from the index alone. Cancelled orders are left out of
-- it, so only queries that leave them out, too, can use it.

CREATE INDEX idx_orders_date_status_amount
ON orders(order_date, status)
INCLUDE (total_amount, order_id) WHERE status != 'cancelled';
