/** Plans of several tables one after the other: partitions, unions, and set operations. */
import { type Case, LOOP, more, PARALLEL, SERIAL } from '../case.ts';

const cases: readonly Case[] = [
  {
    name: 'append-subplans-removed',
    // A stable function is known when execution starts, not when the plan is made.
    sql: `SELECT count(*) FROM events WHERE at >= to_date('2024-06-01', 'YYYY-MM-DD')`,
    set: SERIAL,
    shows: [{ 'Node Type': 'Append', 'Subplans Removed': 1 }],
  },
  {
    name: 'append-never-executed',
    sql: `SELECT count(*) FROM (VALUES (date '2024-03-01'), (date '2024-04-01')) v(day) JOIN events ON events.at = v.day`,
    set: LOOP,
    analyze: 'BUFFERS',
    only: [13, 16, 18],
    shows: [
      { 'Relation Name': 'events_2023', 'Actual Loops': 0 },
      { 'Relation Name': 'events_2024', 'Actual Loops': 2 },
    ],
  },
  {
    name: 'merge-append',
    sql: 'SELECT item_id, warehouse FROM stock ORDER BY item_id, warehouse LIMIT 30',
    set: { ...SERIAL, enable_sort: 'off' },
    only: [13, 16, 18],
    shows: [{ 'Node Type': 'Merge Append' }],
  },
  {
    name: 'union',
    sql: 'SELECT parent_id FROM parents UNION SELECT child_id FROM children UNION ALL SELECT 1',
    set: { ...SERIAL, enable_hashagg: 'off' },
    only: [13, 17, 18],
    shows: [{ 'Node Type': 'Unique' }, { 'Node Type': /Append/ }],
  },
  {
    name: 'set-operation-sorted',
    sql: 'SELECT parent_id FROM parents INTERSECT ALL SELECT child_id FROM children',
    set: { ...SERIAL, enable_hashagg: 'off' },
    only: [13, 17, 18],
    shows: [{ 'Node Type': 'SetOp', Strategy: 'Sorted', Command: 'Intersect All' }],
  },
  {
    name: 'parallel-append-pruned',
    sql: `SELECT count(*) FROM events WHERE at >= to_date('2024-06-01', 'YYYY-MM-DD')`,
    set: { ...PARALLEL, enable_indexonlyscan: 'off', enable_bitmapscan: 'off', enable_indexscan: 'off' },
    analyze: 'VERBOSE, BUFFERS',
    only: [13, 18],
    shows: [{ 'Node Type': 'Append', 'Parallel Aware': true, 'Subplans Removed': more(0) }],
  },
];

export default cases;
