/** The work of one load, cut into tasks: rows in chunks, then statistics and keys. */

import { type Rows, TABLES, type Table } from './demo.ts';
import { ITEMS_PER_ORDER, ORDERS_IN_A_ROUND, readScript, type Variables } from './script.ts';

export interface Task {
  readonly sql: string;
  /** Tables it must have for itself. */
  readonly locks: readonly Table[];
  /** Rows it brings in. */
  readonly rows: number;
  /** Work, for the time left. */
  readonly units: number;
}

/** A chunk is a fraction of a second's work, so that it stops soon and reports progress, and much more than its planning. */
const LARGEST_CHUNK = 10_000;
const SMALLEST_CHUNK = 2500;
const CHUNKS = 100;

/** Measured: microseconds a row on one core; only the proportions matter. */
const COST = { customers: 4, orders: 5, order_items: 1.3, statement: 0.28 };

/**
 * Orders and their items in turns, chunk by chunk from the oldest, each table by one connection at a time: rows lie in
 * the order in which they came in, and no page is left unused at the end (what two connections extending one table at
 * once leave behind, which VACUUM never marks all-visible).
 */
export async function rowTasks(schemaFolder: string, rows: Rows, variables: Variables): Promise<Task[]> {
  const tasksOf = async (
    table: 'customers' | 'orders' | 'order_items',
    counted: 'customer' | 'order',
    pieces: readonly [number, number][],
    perId: number,
  ): Promise<Task[]> => {
    const script = await readScript(schemaFolder, `data/${table}.sql`);
    return pieces.flatMap(([first, last]) => {
      const count = (last - first + 1) * perId;
      const range = { [`first_${counted}`]: first, [`last_${counted}`]: last };
      return script({ ...variables, ...range }).map(sql => ({
        sql,
        locks: [table],
        rows: count,
        units: count * COST[table],
      }));
    });
  };
  const orderPieces = chunks(rows.orders, ORDERS_IN_A_ROUND);
  const [customers, orders, items] = await Promise.all([
    tasksOf('customers', 'customer', chunks(rows.customers, 1), 1),
    tasksOf('orders', 'order', orderPieces, 1),
    tasksOf('order_items', 'order', orderPieces, ITEMS_PER_ORDER),
  ]);
  return [...customers, ...items.flatMap((task, n) => [task, orders[n] ?? []].flat())];
}

/** Ids 1 … count as [first, last] pieces whose sizes are multiples of `round` (but for the last). */
export function chunks(count: number, round: number): [number, number][] {
  const wanted = Math.min(LARGEST_CHUNK, Math.max(SMALLEST_CHUNK, Math.ceil(count / CHUNKS)));
  const size = Math.ceil(wanted / round) * round;
  const pieces: [number, number][] = [];
  for (let first = 1; first <= count; first += size) pieces.push([first, Math.min(count, first + size - 1)]);
  return pieces;
}

/** Statistics and visibility of each table, then its keys: the largest first, so that the end need not wait for them. */
export async function keyTasks(schemaFolder: string, rows: Rows): Promise<Task[]> {
  const largestFirst = [...TABLES].sort((a, b) => rows[b] - rows[a]);
  const vacuums = largestFirst.map(table => vacuum(table, rows));
  const constraints = (await readScript(schemaFolder, 'constraints.sql'))({});
  return [
    ...vacuums,
    ...constraints.map(sql => {
      const locks = TABLES.filter(table => new RegExp(`\\b(TABLE|REFERENCES) ${table}\\b`).test(sql));
      return { sql, locks, rows: 0, units: Math.max(0, ...locks.map(table => rows[table])) * COST.statement };
    }),
  ];
}

export function vacuum(table: Table, rows: Rows): Task {
  return { sql: `VACUUM (ANALYZE) ${table}`, locks: [table], rows: 0, units: rows[table] * COST.statement };
}
