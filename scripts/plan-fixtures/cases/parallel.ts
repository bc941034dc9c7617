/** Gathers: workers that come, that don't, that have nothing to do; nodes that know of each other. */
import { any, type Case, more, PARALLEL, withSelfJoin } from '../case.ts';

const FOUR = { ...PARALLEL, max_parallel_workers_per_gather: '4' };

const cases: readonly Case[] = [
  {
    name: 'worker-shortfall',
    sql: 'SELECT count(*), max(amount) FROM orders',
    set: { ...FOUR, max_parallel_workers: '1', enable_indexscan: 'off', enable_indexonlyscan: 'off' },
    analyze: 'VERBOSE',
    shows: [{ 'Node Type': 'Gather', 'Workers Planned': 4, 'Workers Launched': 1 }],
    text: /Workers Launched: 1\n/,
  },
  {
    name: 'no-worker-came',
    sql: `SELECT status, count(*) FROM orders GROUP BY status`,
    set: { ...PARALLEL, max_parallel_workers: '0' },
    only: [13, 16, 18],
    analyze: 'TIMING OFF',
    shows: [{ 'Workers Planned': 2, 'Workers Launched': 0 }],
  },
  {
    name: 'idle-worker',
    sql: 'SELECT count(id) FROM tiny',
    set: FOUR,
    analyze: 'VERBOSE, BUFFERS',
    shows: [{ 'Worker Number': any, 'Actual Rows': 0 }],
  },
  {
    name: 'fewer-processes-than-launched',
    sql: 'SELECT sum(a) FROM (SELECT order_id a FROM orders UNION ALL SELECT customer_id FROM customers) s',
    set: { ...FOUR, min_parallel_table_scan_size: '1GB', min_parallel_index_scan_size: '1GB' },
    analyze: 'VERBOSE, BUFFERS',
    only: [13, 14, 17, 18],
    shows: [
      { 'Node Type': 'Append', 'Parallel Aware': true },
      { 'Parent Relationship': 'Member', 'Actual Loops': 1 },
    ],
  },
  {
    name: 'leader-takes-no-part',
    sql: 'SELECT count(*) FROM customers WHERE length(email) > 3',
    set: { ...PARALLEL, parallel_leader_participation: 'off' },
    only: [13, 15, 17],
    analyze: 'VERBOSE, SETTINGS, BUFFERS',
    shows: [{ parallel_leader_participation: 'off' }, { 'Workers Launched': 2 }],
  },
  {
    name: 'single-copy',
    sql: `SELECT * FROM customers WHERE customer_id = 17`,
    set: major => ({ [major < 16 ? 'force_parallel_mode' : 'debug_parallel_query']: 'on' }),
    only: [14, 16, 18],
    shows: [{ 'Node Type': 'Gather', 'Single Copy': true }],
  },
  {
    name: 'parallel-sort',
    sql: 'SELECT order_id, status FROM orders WHERE amount > 300 ORDER BY status, order_id',
    set: { ...PARALLEL, work_mem: '256kB', enable_incremental_sort: 'off', enable_indexscan: 'off' },
    analyze: 'BUFFERS',
    shows: [{ 'Node Type': 'Gather Merge' }, { 'Worker Number': any, 'Sort Method': any }],
    text: /Worker 0: {2}Sort Method/,
  },
  {
    name: 'parallel-incremental-sort',
    sql: 'SELECT customer_id, amount FROM orders ORDER BY customer_id, amount LIMIT 3000',
    set: { ...PARALLEL, enable_seqscan: 'off', enable_bitmapscan: 'off' },
    only: [13, 16, 18],
    shows: [{ 'Node Type': 'Incremental Sort' }, { 'Worker Number': any, 'Full-sort Groups': any }],
    text: /Worker 0: {2}Full-sort Groups/,
  },
  {
    name: 'parallel-append',
    sql: 'SELECT kind, count(*) FROM events GROUP BY kind',
    set: PARALLEL,
    analyze: 'BUFFERS, SUMMARY OFF',
    only: [13, 16, 18],
    shows: [{ 'Node Type': 'Append', 'Parallel Aware': true }, { 'Workers Launched': 2 }],
  },
  {
    name: 'parallel-bitmap',
    sql: 'SELECT sum(order_id) FROM orders WHERE amount BETWEEN 100 AND 120',
    set: { ...PARALLEL, enable_seqscan: 'off', enable_indexscan: 'off' },
    analyze: 'VERBOSE',
    only: [13, 17, 18],
    shows: [{ 'Node Type': 'Bitmap Heap Scan', 'Parallel Aware': true }, { 'Worker Number': any }],
  },
  {
    name: 'parallel-hash-aggregate',
    sql: 'SELECT customer_id, count(*) FROM orders GROUP BY 1',
    set: {
      ...PARALLEL,
      parallel_tuple_cost: '0.1',
      enable_sort: 'off',
      enable_indexonlyscan: 'off',
      enable_indexscan: 'off',
      work_mem: '64kB',
    },
    only: [13, 15, 18],
    shows: [
      { 'Partial Mode': 'Partial', Strategy: 'Hashed' },
      { 'Worker Number': any, 'HashAgg Batches': any },
    ],
    text: /Worker 0: {2}Batches/,
  },
  {
    name: 'parallel-hash-batches',
    sql: 'SELECT count(*) FROM orders a JOIN orders b USING (order_id)',
    set: major => ({
      ...PARALLEL,
      work_mem: '128kB',
      enable_nestloop: 'off',
      enable_mergejoin: 'off',
      ...withSelfJoin(major),
    }),
    only: [13, 16, 18],
    analyze: 'BUFFERS',
    shows: [{ 'Node Type': 'Hash', 'Parallel Aware': true, 'Hash Batches': more(1) }],
  },
  {
    name: 'gather-in-sub-plan',
    sql: `SELECT country, (SELECT count(*) FROM orders WHERE status = 'pending') FROM customers WHERE customer_id < 4`,
    set: PARALLEL,
    only: [13, 17],
    shows: [{ 'Subplan Name': /InitPlan 1/ }, { 'Node Type': 'Gather', 'Workers Launched': 2 }],
  },
  {
    name: 'init-plan-below-gather',
    sql: `SELECT sum(n) FROM (
        SELECT country, count(*) AS n FROM customers WHERE length(email) >= (SELECT min(child_id) FROM children) GROUP BY 1
        UNION ALL SELECT status, count(*) FROM orders GROUP BY 1) s`,
    set: { ...PARALLEL, min_parallel_table_scan_size: '1GB', min_parallel_index_scan_size: '1GB' },
    since: 17,
    analyze: 'VERBOSE, BUFFERS',
    shows: [{ 'Parent Relationship': 'InitPlan' }, { 'Workers Launched': more(0) }],
    text: /Gather[\s\S]*InitPlan/,
  },
  {
    name: 'sub-plan-below-gather',
    // A correlated one is never left to workers; a hashed one is made by each.
    sql: `SELECT count(*) FROM orders WHERE customer_id NOT IN (SELECT parent_id FROM children WHERE child_id % 2 = 0)`,
    set: { ...PARALLEL, min_parallel_table_scan_size: '1MB', parallel_leader_participation: 'off' },
    analyze: 'VERBOSE, BUFFERS',
    only: [13, 15, 18],
    shows: [{ 'Parent Relationship': 'SubPlan', 'Actual Loops': more(1), Workers: any }],
  },
];

export default cases;
