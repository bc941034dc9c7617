/** How many rows a scale means. */
import { PgoptError } from '../../base/errors.ts';
import type { Rows } from './demo.ts';

/** The generator's item counts repeat every five orders: 3, 1, 5, 2, 4. */
export const ORDERS_IN_A_ROUND = 5;
export const ITEMS_PER_ORDER = 3;
const CATEGORIES = 50;
/** Below this there would be categories without products and customers without orders. */
const FEWEST = { customers: 100, products: 250, orders: 2500 };
/** The generator shuffles products by multiplying with this prime, which their number must not be a multiple of. */
const SHUFFLE = 7919;

/**
 * Linear in `scale` but for the 50 categories, down to a small floor.
 * @throws PgoptError 'usage' unless 0 < scale ≤ 100.
 */
export function rowsAt(scale: number): Rows {
  if (!(scale > 0 && scale <= 100)) {
    throw new PgoptError('usage', `the scale must be above 0 and at most 100, not ${scale}`);
  }
  const products = Math.max(FEWEST.products, Math.round(100_000 * scale));
  const bijective = products % SHUFFLE === 0 ? products + 1 : products;
  const rounds = Math.round((50_000_000 * scale) / ORDERS_IN_A_ROUND);
  const orders = Math.max(FEWEST.orders, rounds * ORDERS_IN_A_ROUND);
  return {
    customers: Math.max(FEWEST.customers, Math.round(2_000_000 * scale)),
    categories: CATEGORIES,
    products: bijective,
    inventory: bijective,
    orders,
    order_items: orders * ITEMS_PER_ORDER,
  };
}
