/** The six answers, worked out from raw rows in plain loops: nothing in common with the queries but what they mean. */
import type { Link } from '../../../src/database/link.ts';

/** Money in cents everywhere. */
interface Raw {
  readonly today: string;
  readonly customers: readonly { id: number; firstPurchase: string }[];
  readonly categories: readonly { id: number; name: string }[];
  readonly products: readonly { id: number; sku: string; name: string; category: number; stock: number }[];
  readonly orders: readonly { id: number; customer: number; day: string; amount: number }[];
  readonly items: readonly { order: number; product: number; quantity: number; price: number }[];
}

/** Cancelled orders are left out here already; categories come sorted by name, as the database sorts. */
export async function readRaw(link: Link): Promise<Raw> {
  const read = async <T>(sql: string): Promise<T[]> => (await link.query(sql)) as unknown as T[];
  const [today] = await read<{ today: string }>('SELECT CURRENT_DATE::text AS today');
  return {
    today: today?.today ?? '',
    customers: await read(
      `SELECT customer_id AS id, first_purchase_date::text AS "firstPurchase" FROM customers`,
    ),
    categories: await read('SELECT category_id AS id, name FROM categories ORDER BY name'),
    products: await read(`SELECT p.product_id AS id, sku, name, category_id AS category, i.quantity AS stock
                          FROM products p, inventory i WHERE i.product_id = p.product_id`),
    orders: await read(`SELECT order_id::int AS id, customer_id AS customer, order_date::date::text AS day,
                               (total_amount * 100)::int AS amount FROM orders WHERE status IN ('pending', 'shipped', 'delivered')`),
    items: await read(
      `SELECT order_id::int AS order, product_id AS product, quantity, (unit_price * 100)::int AS price FROM order_items`,
    ),
  };
}

const DAY_MS = 86_400_000;
const daysBefore = (day: string, days: number): string =>
  new Date(Date.parse(day) - days * DAY_MS).toISOString().slice(0, 10);
/** Months since year 0. */
const monthOf = (day: string): number => Number(day.slice(0, 4)) * 12 + Number(day.slice(5, 7)) - 1;
const firstOf = (month: number): string =>
  `${Math.floor(month / 12)}-${String((month % 12) + 1).padStart(2, '0')}-01`;

export function dailyRevenue({ today, orders }: Raw) {
  const days = new Map<string, { revenue: number; count: number }>();
  for (const { day, amount } of orders) {
    if (day < daysBefore(today, 90)) continue;
    const sum = days.get(day) ?? { revenue: 0, count: 0 };
    days.set(day, { revenue: sum.revenue + amount, count: sum.count + 1 });
  }
  return [...days]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([day, { revenue, count }]) => [day, revenue, count]);
}

/** Units and revenue of each product in orders since `from`. */
function sales({ orders, items }: Raw, from: string): Map<number, { units: number; revenue: number }> {
  const recent = new Set(orders.filter(({ day }) => day >= from).map(({ id }) => id));
  const sold = new Map<number, { units: number; revenue: number }>();
  for (const { order, product, quantity, price } of items) {
    if (!recent.has(order)) continue;
    const sum = sold.get(product) ?? { units: 0, revenue: 0 };
    sold.set(product, { units: sum.units + quantity, revenue: sum.revenue + quantity * price });
  }
  return sold;
}

export function topProducts(raw: Raw) {
  const sold = sales(raw, daysBefore(raw.today, 30));
  return raw.categories.flatMap(category =>
    raw.products
      .flatMap(product => {
        const sum = sold.get(product.id);
        return product.category === category.id && sum !== undefined ? [{ ...product, ...sum }] : [];
      })
      .sort((a, b) => b.revenue - a.revenue || a.id - b.id)
      .slice(0, 10)
      .map(({ id, name, units, revenue }) => [category.name, id, name, units, revenue]),
  );
}

export function cohorts({ today, customers, orders }: Raw) {
  const first = new Map(customers.map(({ id, firstPurchase }) => [id, monthOf(firstPurchase)]));
  const seen = new Map<string, Set<number>>();
  for (const { customer, day } of orders) {
    const cohort = first.get(customer) ?? 0;
    if (cohort < monthOf(today) - 13) continue;
    const key = JSON.stringify([firstOf(cohort), monthOf(day) - cohort]);
    seen.set(key, (seen.get(key) ?? new Set()).add(customer));
  }
  return [...seen]
    .map(([key, who]): [string, number, number] => {
      const [cohort, months] = JSON.parse(key) as [string, number];
      return [cohort, months, who.size];
    })
    .sort(([a, m], [b, n]) => (a === b ? m - n : a < b ? -1 : 1));
}

/** Turnover in ten-thousandths; null where nothing is in stock. */
export function turnover(raw: Raw) {
  const sold = sales(raw, daysBefore(raw.today, 90));
  return raw.products
    .map(({ id, sku, name, stock }) => {
      const units = sold.get(id)?.units ?? 0;
      return {
        id,
        sku,
        name,
        stock,
        units,
        turnover: stock === 0 ? null : roundedRatio(units * 10_000, stock),
      };
    })
    .sort((a, b) => (b.turnover ?? -1) - (a.turnover ?? -1) || a.id - b.id)
    .slice(0, 100)
    .map(row => [row.id, row.sku, row.name, row.stock, row.units, row.turnover]);
}

/** [customer, spent, orders], highest first. */
export function lifetimeValues({ customers, orders }: Raw): [number, number, number][] {
  const spent = new Map<number, [number, number]>(customers.map(({ id }) => [id, [0, 0]]));
  for (const { customer, amount } of orders) {
    const [sum = 0, count = 0] = spent.get(customer) ?? [];
    spent.set(customer, [sum + amount, count + 1]);
  }
  return [...spent]
    .map(([customer, [sum, count]]): [number, number, number] => [customer, sum, count])
    .sort((a, b) => b[1] - a[1] || a[0] - b[0]);
}

/** Growth in hundredths of a percent. */
export function categoryPerformance(raw: Raw) {
  const months = new Map(raw.orders.map(({ id, day }) => [id, monthOf(day)]));
  const categoryOf = new Map(raw.products.map(({ id, category }) => [id, category]));
  const revenue = new Map<string, number>();
  for (const { order, product, quantity, price } of raw.items) {
    const month = months.get(order);
    if (month === undefined) continue;
    const key = `${categoryOf.get(product)} ${month}`;
    revenue.set(key, (revenue.get(key) ?? 0) + quantity * price);
  }
  const now = monthOf(raw.today);
  return raw.categories.flatMap(({ id, name }) =>
    Array.from({ length: 12 }, (_, n) => now - 12 + n).flatMap(month => {
      const here = revenue.get(`${id} ${month}`);
      if (here === undefined) return [];
      const before = revenue.get(`${id} ${month - 1}`) ?? null;
      return [
        [
          name,
          firstOf(month),
          here,
          before,
          before === null ? null : roundedRatio(10_000 * (here - before), before),
        ],
      ];
    }),
  );
}

/** The nearest whole number, halves away from zero, as numeric rounds. */
function roundedRatio(dividend: number, divisor: number): number {
  const doubled = (BigInt(Math.abs(dividend)) * 2n + BigInt(divisor)) / (2n * BigInt(divisor));
  return Math.sign(dividend) * Number(doubled);
}
