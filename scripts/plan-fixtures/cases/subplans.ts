/** CTEs, InitPlans and SubPlans, in the places where it is not plain who runs them. */
import { any, type Case, more, SERIAL } from '../case.ts';

const cases: readonly Case[] = [
  {
    name: 'cte-modifying',
    sql: `WITH moved AS (DELETE FROM accounts WHERE account_id <= 40 RETURNING account_id, balance)
      INSERT INTO account_log SELECT * FROM moved WHERE balance > 5`,
    analyze: 'BUFFERS, WAL',
    shows: [
      { 'Subplan Name': 'CTE moved', Operation: 'Delete' },
      { Operation: 'Insert' },
      { 'WAL Records': more(0) },
    ],
    vacuum: ['accounts', 'account_log'],
  },
  {
    name: 'cte-unread',
    sql: `WITH logged AS (INSERT INTO account_log SELECT account_id, balance FROM accounts) SELECT count(*) FROM parents`,
    set: SERIAL,
    analyze: 'BUFFERS',
    shows: [{ 'Subplan Name': 'CTE logged', Operation: 'Insert', 'Actual Loops': 1 }],
    vacuum: ['account_log'],
  },
  {
    name: 'cte-in-sub-plan',
    sql: `SELECT p.parent_id, (WITH own AS MATERIALIZED (SELECT child_id FROM children c WHERE c.parent_id = p.parent_id)
        SELECT sum(a.child_id) FROM own a JOIN own b ON a.child_id <> b.child_id)
      FROM parents p WHERE p.parent_id <= 20`,
    set: SERIAL,
    analyze: 'BUFFERS, VERBOSE',
    estimate: 'VERBOSE',
    only: [13, 16, 17, 18],
    shows: [{ 'Subplan Name': /^SubPlan 2/ }, { 'Subplan Name': 'CTE own', 'Actual Loops': more(1) }],
  },
  {
    name: 'cte-of-cte',
    sql: `WITH a AS MATERIALIZED (SELECT * FROM children), b AS MATERIALIZED (SELECT parent_id, count(*) AS n FROM a GROUP BY 1)
      SELECT (SELECT max(n) FROM b), count(*) FROM a JOIN b USING (parent_id)`,
    set: SERIAL,
    only: [13, 17, 18],
    analyze: 'BUFFERS',
    shows: [{ 'Subplan Name': 'CTE a' }, { 'Subplan Name': 'CTE b' }, { 'Subplan Name': /^InitPlan 3/ }],
  },
  {
    name: 'alternative-sub-plan',
    sql: `SELECT count(*) FROM parents p WHERE p.parent_id = 7 OR EXISTS (SELECT 1 FROM children c WHERE c.parent_id = p.parent_id)`,
    set: SERIAL,
    // From 14 the planner chooses between the two before EXPLAIN sees them.
    only: [13, 14],
    shows: major => [{ Filter: major < 14 ? /alternatives: SubPlan 1 or hashed SubPlan 2/ : /SubPlan/ }],
  },
  {
    name: 'init-plans-many',
    sql: `SELECT (SELECT max(amount) FROM orders), (SELECT min(amount) FROM orders),
        (SELECT count(*) FROM parents WHERE parent_id > (SELECT avg(child_id) FROM children WHERE child_id < 99))
      FROM customers WHERE customer_id = (SELECT max(parent_id) FROM parents)`,
    set: SERIAL,
    analyze: 'BUFFERS, VERBOSE',
    only: [13, 16, 18],
    shows: [{ 'Subplan Name': /^InitPlan 2/ }, { 'Subplan Name': /^InitPlan 6/ }],
  },
  {
    name: 'sub-plan-any',
    sql: `SELECT parent_id, parent_id IN (SELECT child_id FROM children WHERE child_id % 3 = 0),
        parent_id > ALL (SELECT child_id FROM children c WHERE c.parent_id = p.parent_id) FROM parents p`,
    set: SERIAL,
    only: [13, 16, 18],
    estimate: 'VERBOSE',
    analyze: 'VERBOSE, BUFFERS',
    shows: [{ Output: /hashed SubPlan/ }, { 'Subplan Name': 'SubPlan 2', 'Actual Loops': more(1) }],
  },
  {
    name: 'update-multi-column',
    sql: `UPDATE accounts SET (owner, balance) = (SELECT email, length(country) FROM customers WHERE customer_id = account_id)
      WHERE account_id < 30`,
    analyze: 'VERBOSE, BUFFERS',
    estimate: 'VERBOSE',
    only: [13, 15, 18],
    shows: [
      { 'Subplan Name': /^SubPlan 1/ },
      { Operation: 'Update' },
      { 'Trigger Name': 'accounts_logged', Calls: 29 },
    ],
    vacuum: ['accounts', 'account_log'],
  },
  {
    name: 'prepared',
    before: [
      'DEALLOCATE ALL',
      'PREPARE q(int, text) AS SELECT count(*) FROM orders WHERE customer_id < $1 AND status = $2',
      'SET LOCAL plan_cache_mode = force_generic_plan',
    ],
    sql: `EXECUTE q(20, 'pending')`,
    set: SERIAL,
    only: [13, 18],
    estimate: 'SETTINGS',
    shows: [{ Filter: /\$2/ }],
  },
  {
    name: 'generic-plan',
    sql: 'SELECT * FROM customers WHERE customer_id = $1 AND country = $2',
    since: 16,
    estimate: 'GENERIC_PLAN, VERBOSE',
    analyze: false,
    shows: [{ 'Index Cond': /\$1/, Filter: any }],
  },
];

export default cases;
