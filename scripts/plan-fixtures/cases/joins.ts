/** Joins of every kind, and what stands between them. */
import { any, type Case, HASH, LOOP, MERGE, more, SERIAL } from '../case.ts';

const cases: readonly Case[] = [
  {
    name: 'many-loops',
    sql: 'SELECT count(o.amount) FROM customers c JOIN orders o ON o.customer_id = c.customer_id',
    set: major => ({
      ...LOOP,
      ...(major < 14 ? {} : { enable_memoize: 'off' }),
      enable_bitmapscan: 'off',
      enable_material: 'off',
    }),
    analyze: 'BUFFERS',
    shows: [{ 'Node Type': 'Nested Loop' }, { 'Node Type': /^Index/, 'Actual Loops': more(4999) }],
  },
  {
    name: 'materialize',
    sql: 'SELECT count(*) FROM parents p JOIN children c ON c.child_id % 300 >= p.parent_id',
    set: { ...LOOP, enable_indexscan: 'off', enable_indexonlyscan: 'off', enable_bitmapscan: 'off' },
    only: [13, 17, 18],
    shows: [
      { 'Node Type': 'Materialize', 'Actual Loops': more(1) },
      { 'Join Filter': any, 'Rows Removed by Join Filter': more(0) },
    ],
  },
  {
    name: 'memoize-evictions',
    sql: 'SELECT count(c.country) FROM orders o LEFT JOIN customers c USING (customer_id) WHERE o.amount < 200',
    set: { ...LOOP, work_mem: '128kB', hash_mem_multiplier: '1' },
    since: 14,
    only: [14, 16, 18],
    shows: [{ 'Node Type': 'Memoize', 'Cache Evictions': more(0) }],
  },
  {
    name: 'semi-join',
    sql: `SELECT count(*) FROM orders o WHERE EXISTS (SELECT 1 FROM children c WHERE c.parent_id = o.customer_id)`,
    set: {
      ...HASH,
      enable_hashagg: 'off',
      enable_sort: 'off',
      enable_indexscan: 'off',
      enable_indexonlyscan: 'off',
    },
    only: [13, 16, 17],
    estimate: 'COSTS OFF',
    shows: [{ 'Node Type': 'Hash Join', 'Join Type': /^Semi$/ }],
  },
  {
    name: 'right-semi-join',
    sql: `SELECT * FROM parents p WHERE EXISTS (SELECT 1 FROM orders o WHERE o.customer_id = p.parent_id)`,
    set: { ...HASH, enable_hashagg: 'off', enable_sort: 'off', work_mem: '256kB' },
    since: 18,
    shows: [{ 'Node Type': 'Hash Join', 'Join Type': 'Right Semi' }],
  },
  {
    name: 'anti-join',
    sql: `SELECT count(*) FROM orders o WHERE NOT EXISTS (SELECT 1 FROM parents p WHERE p.parent_id = o.customer_id)`,
    set: HASH,
    only: [13, 15, 18],
    estimate: 'COSTS OFF, VERBOSE',
    shows: [{ 'Node Type': 'Hash Join', 'Join Type': 'Anti' }],
  },
  {
    name: 'right-anti-join',
    sql: `SELECT count(*) FROM parents p WHERE NOT EXISTS (SELECT 1 FROM orders o WHERE o.customer_id = p.parent_id)`,
    set: { ...HASH, work_mem: '256kB' },
    since: 16,
    shows: [{ 'Node Type': 'Hash Join', 'Join Type': 'Right Anti' }],
  },
  {
    name: 'right-join',
    sql: `SELECT count(p.parent_id) FROM parents p RIGHT JOIN orders o ON o.customer_id = p.parent_id`,
    set: { ...MERGE, enable_sort: 'on' },
    only: [13, 18],
    shows: [{ 'Join Type': /^(Left|Right)$/ }],
  },
  {
    name: 'right-hash-join',
    sql: `SELECT count(o.amount) FROM parents p LEFT JOIN orders o ON o.customer_id = p.parent_id`,
    set: HASH,
    only: [14, 17],
    estimate: 'COSTS OFF',
    shows: [{ 'Node Type': 'Hash Join', 'Join Type': 'Right' }],
  },
  {
    name: 'full-join',
    sql: 'SELECT count(*) FROM parents p FULL JOIN children c ON c.child_id = p.parent_id WHERE p.parent_id IS NULL OR c.child_id IS NULL',
    set: SERIAL,
    only: [13, 16, 18],
    shows: [{ 'Join Type': 'Full' }],
  },
  {
    name: 'never-executed-hash',
    sql: `SELECT * FROM (SELECT 1 AS k WHERE current_setting('port')::int < 0) s JOIN parents p ON p.parent_id = s.k
      JOIN LATERAL (SELECT count(*) FROM orders o WHERE o.customer_id = p.parent_id) n ON true`,
    set: SERIAL,
    analyze: 'BUFFERS, VERBOSE',
    only: [13, 15, 17, 18],
    shows: [{ 'Node Type': 'Result', 'One-Time Filter': any }, { 'Actual Loops': 0 }],
  },
];

export default cases;
