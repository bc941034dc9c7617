/** The ways to read one table. */
import { any, type Case, more, SERIAL } from '../case.ts';

const NO_SEQ = { ...SERIAL, enable_seqscan: 'off', enable_bitmapscan: 'off' };

/** More than the server's temp_buffers. */
const DRAFTS = [
  'CREATE TEMP TABLE drafts ON COMMIT DROP AS SELECT i AS draft_id, i % 7 AS kind FROM generate_series(1, 40000) i',
  'ANALYZE drafts',
];

const cases: readonly Case[] = [
  {
    name: 'index-only-heap-fetches',
    before: ['UPDATE accounts SET balance = balance + 1 WHERE account_id < 50'],
    sql: 'SELECT count(*) FROM accounts WHERE account_id BETWEEN 20 AND 60',
    set: NO_SEQ,
    analyze: 'BUFFERS',
    shows: [{ 'Node Type': 'Index Only Scan', 'Heap Fetches': more(0) }],
    vacuum: ['accounts'],
  },
  {
    name: 'index-any-array',
    sql: 'SELECT * FROM orders WHERE order_id = ANY (ARRAY[5, 700, 90000]) AND amount > 1',
    set: NO_SEQ,
    only: [13, 17, 18],
    estimate: 'VERBOSE',
    shows: major => [{ 'Node Type': 'Index Scan', ...(major < 18 ? {} : { 'Index Searches': more(1) }) }],
  },
  {
    name: 'index-order-by',
    sql: `SELECT place_id FROM places ORDER BY location <-> point(50.2, 50.7) LIMIT 5`,
    set: NO_SEQ,
    only: [13, 18],
    shows: [{ 'Node Type': 'Index Scan', 'Order By': any }],
  },
  {
    name: 'bitmap-recheck',
    sql: `SELECT count(*) FROM places WHERE tags @> ARRAY[3] AND place_id % 2 = 0`,
    set: { ...SERIAL, enable_seqscan: 'off' },
    only: [14, 18],
    shows: [{ 'Node Type': 'Bitmap Heap Scan', 'Recheck Cond': any, 'Rows Removed by Filter': more(0) }],
  },
  {
    name: 'bitmap-lossy-blocks',
    sql: 'SELECT count(*) FROM sparse WHERE kind < 60 AND id > 100',
    set: { ...SERIAL, work_mem: '64kB', enable_seqscan: 'off', enable_indexscan: 'off' },
    analyze: 'BUFFERS',
    shows: [
      {
        'Node Type': 'Bitmap Heap Scan',
        'Lossy Heap Blocks': more(0),
        'Rows Removed by Index Recheck': more(0),
      },
    ],
    text: /lossy=\d/,
  },
  {
    name: 'tid-scan',
    sql: `SELECT * FROM customers WHERE ctid IN ('(0,1)', '(3,2)')`,
    only: [13, 18],
    shows: [{ 'Node Type': 'Tid Scan', 'TID Cond': any }],
  },
  {
    name: 'tid-range-scan',
    sql: `SELECT count(*) FROM customers WHERE ctid >= '(2,0)' AND ctid < '(5,0)'`,
    set: SERIAL,
    since: 14,
    only: [14, 18],
    shows: [{ 'Node Type': 'Tid Range Scan', 'TID Cond': any }],
  },
  {
    name: 'table-sample',
    sql: 'SELECT count(*) FROM orders TABLESAMPLE bernoulli (10) REPEATABLE (7) WHERE amount > 100',
    set: SERIAL,
    only: [13, 16, 18],
    shows: [{ 'Node Type': 'Sample Scan', 'Sampling Method': 'bernoulli', 'Repeatable Seed': any }],
  },
  {
    name: 'disabled-nodes',
    sql: `SELECT country, count(*) FROM customers WHERE email LIKE '%9@%' GROUP BY 1`,
    set: { ...SERIAL, enable_seqscan: 'off', enable_hashagg: 'off', enable_sort: 'off' },
    estimate: 'SETTINGS',
    shows: major => [
      major < 18
        ? { 'Node Type': 'Seq Scan', 'Total Cost': more(1e10) }
        : { 'Node Type': 'Seq Scan', Disabled: true },
    ],
  },
  {
    name: 'io-timing',
    sql: 'SELECT * FROM orders ORDER BY status, amount',
    set: { ...SERIAL, track_io_timing: 'on', work_mem: '256kB', enable_indexscan: 'off' },
    analyze: 'BUFFERS',
    shows: major => [
      { 'Shared Read Blocks': more(0), [major < 17 ? 'I/O Read Time' : 'Shared I/O Read Time']: more(0) },
      { 'Temp Read Blocks': more(0), ...(major < 15 ? {} : { 'Temp I/O Read Time': any }) },
    ],
  },
  {
    name: 'temp-table',
    before: DRAFTS,
    sql: 'SELECT kind, count(*) FROM drafts GROUP BY kind',
    set: { ...SERIAL, track_io_timing: 'on' },
    analyze: 'BUFFERS, VERBOSE',
    estimate: 'VERBOSE',
    shows: [{ 'Node Type': 'Seq Scan', 'Local Read Blocks': more(0) }],
  },
  {
    name: 'temp-table-update',
    before: DRAFTS,
    sql: 'UPDATE drafts SET kind = 9 WHERE kind = 3',
    set: { track_io_timing: 'on' },
    only: [13, 16, 18],
    analyze: 'BUFFERS',
    shows: [{ Operation: 'Update', 'Local Dirtied Blocks': more(0), 'Local Written Blocks': more(0) }],
  },
  {
    name: 'odd-names',
    sql: `SELECT count("Order ID"), max("it's ""quoted"""."select") FROM "Odd.Schema"."Order Items" AS "it's ""quoted"""
      WHERE "Unit Price (€)" BETWEEN 7 AND 9 AND "Line ""No""" <> 2 AND "select" || '->' > 'a  (cost=1..2 rows=3)'`,
    set: { ...NO_SEQ, enable_bitmapscan: 'off' },
    estimate: 'VERBOSE',
    analyze: 'VERBOSE',
    shows: [
      {
        'Relation Name': 'Order Items',
        Schema: 'Odd.Schema',
        Alias: `it's "quoted"`,
        'Index Name': 'Price -> Index',
      },
    ],
  },
  {
    name: 'odd-names-plain',
    sql: `SELECT * FROM "Odd.Schema"."Order Items" "Alias On" JOIN "Odd.Schema"."Order Items" b USING ("Order ID")
      WHERE b."select" = E'a\\nb: c' OR "Alias On"."Line ""No""" = 3`,
    set: SERIAL,
    only: [13, 15, 18],
    shows: [{ Alias: 'Alias On' }],
  },
  {
    name: 'long-condition',
    sql: `SELECT count(*) FROM orders WHERE (status = 'pending' AND amount > 10 OR status LIKE 'can(%:->%'
      OR order_id IN (${Array.from({ length: 120 }, (_, i) => i * 37).join(', ')}))
      AND CASE WHEN customer_id % 2 = 0 THEN amount ELSE -amount END < 100
      AND ordered_on BETWEEN date '2024-02-01' AND date '2025-11-30' AND coalesce(status, 'none: (actual time=1)') <> ''`,
    set: { ...SERIAL, enable_indexscan: 'off', enable_bitmapscan: 'off' },
    only: [13, 15, 18],
    shows: [{ 'Node Type': 'Seq Scan', Filter: value => String(value).length > 600 }],
  },
];

export default cases;
