/** Tables of another server, which is this one. */
import { any, type Case, more } from '../case.ts';

const cases: readonly Case[] = [
  {
    name: 'foreign-scan',
    sql: `SELECT customer_id FROM far_customers WHERE country = 'c4' AND random() >= 0.5 LIMIT 5`,
    estimate: 'VERBOSE',
    analyze: 'VERBOSE',
    shows: [{ 'Node Type': 'Foreign Scan', 'Remote SQL': any, Filter: any }],
  },
  {
    name: 'foreign-join',
    sql: `SELECT o.order_id, c.country FROM far_orders o JOIN far_customers c USING (customer_id) WHERE o.amount > 498`,
    analyze: 'BUFFERS',
    estimate: 'VERBOSE',
    only: [13, 16, 18],
    shows: [{ 'Node Type': 'Foreign Scan', Relations: / INNER JOIN / }],
  },
  {
    name: 'foreign-aggregate',
    sql: 'SELECT status, count(*) FROM far_orders GROUP BY status',
    only: [13, 18],
    analyze: 'VERBOSE',
    shows: [{ 'Node Type': 'Foreign Scan', Relations: /^Aggregate on/ }],
  },
  {
    name: 'foreign-insert',
    sql: `INSERT INTO far_notes SELECT i, date '2025-01-01' FROM generate_series(1, 5) i`,
    estimate: 'VERBOSE',
    analyze: 'VERBOSE',
    only: [13, 14, 18],
    shows: [{ Operation: 'Insert', 'Relation Name': 'far_notes', 'Remote SQL': any }],
    vacuum: ['note_copies'],
  },
  {
    name: 'foreign-update-direct',
    sql: 'UPDATE far_accounts SET balance = 0 WHERE account_id < 5',
    estimate: 'VERBOSE',
    analyze: 'VERBOSE',
    only: [13, 15, 18],
    shows: [{ Operation: 'Update', 'Node Type': 'Foreign Scan', 'Remote SQL': /^UPDATE/ }],
    vacuum: ['accounts'],
  },
  {
    name: 'foreign-update',
    sql: 'UPDATE far_accounts SET balance = random() WHERE account_id < 5 RETURNING *',
    estimate: 'VERBOSE',
    analyze: 'VERBOSE',
    only: [13, 18],
    shows: [{ 'Node Type': 'ModifyTable', 'Relation Name': 'far_accounts', 'Remote SQL': /^UPDATE/ }],
    vacuum: ['accounts'],
  },
  {
    name: 'foreign-async-append',
    before: [`ALTER SERVER loopback OPTIONS (ADD async_capable 'true')`],
    sql: 'SELECT at, kind FROM far_events WHERE kind = 3',
    since: 14,
    analyze: 'VERBOSE',
    shows: [{ 'Node Type': 'Foreign Scan', 'Async Capable': true, 'Actual Rows': more(0) }],
    text: /Async Foreign Scan/,
  },
];

export default cases;
