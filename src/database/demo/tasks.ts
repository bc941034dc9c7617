/** The work of one load, divided into tasks: rows in chunks, then statistics and keys. */

import { type Rows, TABLES, type Table } from './demo.ts';
import { ITEMS_PER_ORDER, ORDERS_IN_A_ROUND, readScript, type Variables } from './script.ts';

/** Statements that one connection sends in sequence. */
interface Task {
  readonly pieces: readonly Piece[];
  /** Tables that no other task may use meanwhile. */
  readonly locks: readonly Table[];
}

export interface Piece {
  readonly sql: string;
  readonly rows: number;
  /** Work, for the remaining time. */
  readonly units: number;
}

/** A chunk takes a fraction of a second, so that it stops soon and reports progress, and much longer than its planning. */
const LARGEST_CHUNK = 10_000;
const SMALLEST_CHUNK = 2500;
const CHUNKS = 100;

/** Measured microseconds a row on one core; only the proportions matter. */
const COST = { customers: 4, orders: 5, order_items: 1.3, statement: 0.28 };

/**
 * One connection loads a table in one transaction that truncated it, so PostgreSQL writes no WAL for it. Two
 * connections that extend a table at once would leave unused pages at its end, which VACUUM never marks all-visible.
 */
export async function rowTasks(schemaFolder: string, rows: Rows, variables: Variables): Promise<Task[]> {
  const taskOf = async (
    table: 'customers' | 'orders' | 'order_items',
    counted: 'customer' | 'order',
    pieces: readonly [number, number][],
    perId: number,
  ): Promise<Task> => {
    const script = await readScript(schemaFolder, `data/${table}.sql`);
    const chunked = pieces.flatMap(([first, last]) => {
      const count = (last - first + 1) * perId;
      const range = { [`first_${counted}`]: first, [`last_${counted}`]: last };
      return script({ ...variables, ...range }).map(sql => ({
        sql,
        rows: count,
        units: count * COST[table],
      }));
    });
    return { pieces: [own('BEGIN'), own(`TRUNCATE ${table}`), ...chunked, own('COMMIT')], locks: [table] };
  };
  const orderPieces = chunks(rows.orders, ORDERS_IN_A_ROUND);
  return await Promise.all([
    taskOf('orders', 'order', orderPieces, 1),
    taskOf('order_items', 'order', orderPieces, ITEMS_PER_ORDER),
    taskOf('customers', 'customer', chunks(rows.customers, 1), 1),
  ]);
}

const own = (sql: string): Piece => ({ sql, rows: 0, units: 0 });

/** Ids 1 … count as [first, last] pieces whose sizes are multiples of `round` (except the last). */
export function chunks(count: number, round: number): [number, number][] {
  const wanted = Math.min(LARGEST_CHUNK, Math.max(SMALLEST_CHUNK, Math.ceil(count / CHUNKS)));
  const size = Math.ceil(wanted / round) * round;
  const pieces: [number, number][] = [];
  for (let first = 1; first <= count; first += size) pieces.push([first, Math.min(count, first + size - 1)]);
  return pieces;
}

/**
 * Statistics and visibility of each table, then its keys; the largest first, so that the end need not wait for them. A
 * task needs only earlier tasks on the same tables.
 */
export async function keyTasks(schemaFolder: string, rows: Rows): Promise<Task[]> {
  const largestFirst = [...TABLES].sort((a, b) => rows[b] - rows[a]);
  const vacuums = largestFirst.map(table => ({
    pieces: [{ sql: vacuum(table), rows: 0, units: rows[table] * COST.statement }],
    locks: [table],
  }));
  const constraints = (await readScript(schemaFolder, 'constraints.sql'))({});
  return [
    ...vacuums,
    ...constraints.map(sql => {
      const locks = TABLES.filter(table => new RegExp(`\\b(TABLE|REFERENCES) ${table}\\b`).test(sql));
      const units = Math.max(0, ...locks.map(table => rows[table])) * COST.statement;
      return { pieces: [{ sql, rows: 0, units }], locks };
    }),
  ];
}

export const vacuum = (table: Table): string => `VACUUM (ANALYZE) ${table}`;
