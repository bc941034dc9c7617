/** A preflight and a ledger for the screens, as a shop's database would give them. */
import type { SessionEvent } from '../../src/session/events.ts';
import type { Preflight, PreflightTable } from '../../src/session/preflight/facts.ts';
import { OPENED_AT } from './shop.ts';

const table = (
  name: string,
  rows: number,
  bytes: number,
  more: Partial<PreflightTable> = {},
): PreflightTable => ({
  schema: 'public',
  name,
  rows,
  bytes,
  allVisible: 0.98,
  changedSinceAnalyze: 0.01,
  everAnalyzed: true,
  owned: true,
  writersNow: 0,
  rowsWritten: rows / 10,
  partitions: [],
  ...more,
});

export const PREFLIGHT: Preflight = {
  server: {
    version: '15.18',
    database: 'shop',
    user: 'analyst',
    startedAt: '1764000000.000001',
    superuser: false,
    standby: false,
    hiding: 'drop',
    cannotBuild: undefined,
    hypopg: undefined,
    product: undefined,
  },
  tables: [
    table('order_items', 150e6, 9.8e9, { allVisible: 0.31 }),
    table('orders', 50e6, 4.4e9, { writersNow: 2, changedSinceAnalyze: 0.35 }),
    table('customers', 2e6, 170e6),
  ],
  proposals: [
    {
      id: 'customer_lifetime_stats',
      bytes: 140e6,
      buildMs: 76_000,
      locks: [{ mode: 'ACCESS SHARE', table: undefined }],
      problem: undefined,
      hypothetical: undefined,
    },
    {
      id: 'idx_orders_customer_status',
      bytes: 2.8e9,
      buildMs: 73_000,
      locks: [{ mode: 'SHARE', table: 'orders' }],
      problem: undefined,
      hypothetical: undefined,
    },
    {
      id: 'idx_order_items_product',
      bytes: undefined,
      buildMs: undefined,
      locks: [{ mode: 'SHARE', table: 'order_items' }],
      problem: 'order_items belongs to another role: only its owner may build on it',
      hypothetical: undefined,
    },
  ],
  unboundFunctions: [],
  role: undefined,
  rowSecurityBypassed: [],
  brokenQueries: [{ queryId: '03-product-sales', reason: 'column "sold" does not exist' }],
  olderTransactions: [{ processId: 4711, user: 'app', application: 'psql', ageMs: 180_000 }],
  tempLimitBytes: 10 * 1024 ** 3,
};

export const INSPECTED: Extract<SessionEvent, { type: 'session:inspected' }> = {
  type: 'session:inspected',
  total: 7,
  entries: [
    entry(1, 'BEGIN ISOLATION LEVEL REPEATABLE READ', 0.4),
    entry(2, 'CREATE INDEX "idx_orders_customer_status~1f" ON orders(customer_id, status)', 4200),
    {
      ...entry(3, 'SELECT phase FROM pg_catalog.pg_stat_progress_create_index', 0.9),
      connection: 'control',
      times: 3,
    },
    { ...entry(6, 'CREATE INDEX bad ON orders (1/0)', 3), outcome: 'failed', code: '22012' },
    {
      ...entry(7, 'EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) SELECT \u001b[31m1', 0),
      ms: undefined,
      outcome: 'running',
    },
  ],
  lockStatus: {
    locks: [
      { relation: 'public.orders', mode: 'Share', granted: true },
      { relation: 'public.customers', mode: 'AccessShare', granted: true },
    ],
    waiting: [
      {
        processId: 4711,
        user: 'till',
        application: 'checkout',
        statement: 'INSERT INTO orders (customer_id, status) VALUES ($1, $2)',
        waitingMs: 12_400,
      },
    ],
    waitingFor: [],
  },
};

function entry(number: number, text: string, ms: number) {
  return {
    connection: 'work' as const,
    text,
    at: OPENED_AT + number * 1000,
    ms,
    outcome: 'done' as const,
    code: undefined,
    times: 1,
  };
}
