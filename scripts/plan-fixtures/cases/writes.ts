/** Statements that write, with the triggers they fire; every one is rolled back. */
import { any, type Case, more } from '../case.ts';

const cases: readonly Case[] = [
  {
    name: 'insert',
    sql: 'INSERT INTO account_log SELECT account_id, balance FROM accounts WHERE account_id < 400',
    analyze: 'BUFFERS, WAL',
    shows: [{ 'Node Type': 'ModifyTable', Operation: 'Insert', 'WAL Records': more(0) }],
    vacuum: ['account_log'],
  },
  {
    name: 'insert-values',
    sql: 'INSERT INTO account_log VALUES (1, 2), (3, 4) RETURNING account_id',
    only: [13, 18],
    estimate: 'VERBOSE',
    analyze: 'VERBOSE',
    shows: [{ Operation: 'Insert' }, { 'Node Type': 'Values Scan' }],
    vacuum: ['account_log'],
  },
  {
    name: 'update',
    sql: 'UPDATE accounts SET balance = balance * 1.05 WHERE balance > 40',
    analyze: 'BUFFERS, WAL, VERBOSE',
    estimate: 'VERBOSE',
    only: [13, 14, 16, 18],
    shows: [{ Operation: 'Update' }, { 'Shared Dirtied Blocks': more(0) }],
    vacuum: ['accounts'],
  },
  {
    name: 'delete',
    sql: 'DELETE FROM accounts USING parents WHERE account_id = parent_id RETURNING owner',
    only: [13, 18],
    shows: [{ Operation: 'Delete' }],
    vacuum: ['accounts'],
  },
  {
    name: 'on-conflict-update',
    sql: `INSERT INTO accounts SELECT i, 'new ' || i FROM generate_series(1990, 2010) i
      ON CONFLICT (account_id) DO UPDATE SET balance = 0 WHERE accounts.balance > 95`,
    analyze: 'BUFFERS',
    shows: [
      {
        'Conflict Resolution': 'UPDATE',
        'Conflicting Tuples': 11,
        'Conflict Filter': any,
        'Rows Removed by Conflict Filter': more(0),
      },
    ],
    vacuum: ['accounts'],
  },
  {
    name: 'on-conflict-nothing',
    sql: `INSERT INTO parents VALUES (299), (301) ON CONFLICT DO NOTHING`,
    only: [13, 18],
    shows: [{ 'Conflict Resolution': 'NOTHING' }],
    vacuum: ['parents'],
  },
  {
    name: 'merge',
    sql: `MERGE INTO accounts a USING (SELECT i, i % 3 AS k FROM generate_series(1900, 2100) i) s ON a.account_id = s.i
      WHEN MATCHED AND s.k = 0 THEN DELETE WHEN MATCHED AND s.k = 1 THEN UPDATE SET balance = 1
      WHEN NOT MATCHED THEN INSERT VALUES (s.i, 'merged', 0)`,
    since: 15,
    analyze: 'BUFFERS, WAL',
    shows: [
      {
        Operation: 'Merge',
        'Tuples Inserted': 100,
        'Tuples Updated': more(0),
        'Tuples Deleted': more(0),
        'Tuples Skipped': more(0),
      },
    ],
    vacuum: ['accounts'],
  },
  {
    name: 'merge-by-source',
    sql: `MERGE INTO parents p USING generate_series(250, 310) s(i) ON p.parent_id = s.i
      WHEN NOT MATCHED BY SOURCE AND p.parent_id < 3 THEN UPDATE SET parent_id = -p.parent_id
      WHEN NOT MATCHED THEN INSERT VALUES (s.i) RETURNING merge_action(), p.*`,
    before: ['DELETE FROM children WHERE parent_id < 3'],
    since: 17,
    estimate: 'VERBOSE',
    analyze: 'VERBOSE',
    shows: [{ Operation: 'Merge' }, { 'Join Type': 'Full' }, { 'Trigger Name': any }],
    vacuum: ['parents', 'children'],
  },
  {
    name: 'update-partitioned',
    sql: 'UPDATE stock SET quantity = quantity - 1 WHERE item_id < 20',
    analyze: 'BUFFERS',
    shows: major => [
      major < 14 ? { Operation: 'Update', 'Target Tables': any } : { Operation: 'Update' },
      { 'Relation Name': 'stock_north' },
      { 'Relation Name': 'stock_south' },
    ],
    vacuum: ['stock'],
  },
  {
    name: 'update-moves-partition',
    sql: `UPDATE stock SET warehouse = 'south', item_id = item_id + 1000 WHERE warehouse = 'north' AND item_id < 5 RETURNING item_id`,
    only: [13, 15, 18],
    estimate: 'VERBOSE',
    analyze: 'VERBOSE',
    shows: [{ Operation: 'Update' }],
    vacuum: ['stock'],
  },
  {
    name: 'trigger-row',
    sql: `UPDATE accounts SET owner = 'nobody' WHERE account_id <= 25`,
    analyze: 'BUFFERS',
    shows: [{ 'Trigger Name': 'accounts_logged', Relation: 'accounts', Calls: 25, Time: more(0) }],
    text: /^Trigger accounts_logged: time=\S+ calls=25$/m,
    vacuum: ['accounts', 'account_log'],
  },
  {
    name: 'trigger-foreign-key',
    sql: 'INSERT INTO children SELECT 1000 + i, 1 + i % 300 FROM generate_series(1, 50) i',
    analyze: 'VERBOSE',
    only: [13, 15, 18],
    shows: [{ 'Constraint Name': 'children_of_parents', Calls: 50 }],
    vacuum: ['children', 'parents'],
  },
  {
    name: 'trigger-cascade',
    sql: 'DELETE FROM parents WHERE parent_id < 4',
    analyze: 'BUFFERS, TIMING OFF',
    only: [13, 18],
    shows: [{ 'Constraint Name': 'children_of_parents', Calls: 3 }],
    vacuum: ['children', 'parents'],
  },
  {
    name: 'rule-two-statements',
    sql: `INSERT INTO notes SELECT i, 'note ' || i FROM generate_series(1, 20) i`,
    analyze: 'BUFFERS',
    only: [13, 14, 16, 18],
    shows: [{ 'Relation Name': 'notes' }, { 'Relation Name': 'note_copies' }],
    vacuum: ['notes', 'note_copies'],
  },
  {
    name: 'rule-utility',
    sql: 'INSERT INTO signals VALUES (1)',
    only: [13, 18],
    analyze: false,
    shows: [{ 'Relation Name': 'signals' }],
    vacuum: ['signals'],
  },
  {
    name: 'create-table-as',
    sql: `CREATE TABLE copy AS SELECT * FROM parents WHERE parent_id > 10`,
    only: [13, 18],
    analyze: 'BUFFERS, WAL',
    shows: [{ 'Relation Name': 'parents' }],
  },
];

export default cases;
