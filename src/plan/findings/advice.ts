/** The next thing to try, by what kind of node it is: no index helps a CTE, and ANALYZE knows no function. */
import { numberOf } from '../json.ts';
import type { PlanNode } from '../types.ts';

const JOINS = /(?: Join|^Nested Loop)$/;
const GROUPS: ReadonlySet<string> = new Set(['Aggregate', 'Group', 'Unique']);
const FUNCTIONS: ReadonlySet<string> = new Set(['Function Scan', 'Table Function Scan', 'ProjectSet']);

/** For rows that were read and thrown away. */
export function againstRemoved(node: PlanNode): string {
  const { nodeType, raw } = node;
  const filter = textsOf(node, /Filter$/);
  if ((numberOf(raw, 'Rows Removed by Index Recheck') ?? 0) > (numberOf(raw, 'Rows Removed by Filter') ?? 0))
    return nodeType === 'Bitmap Heap Scan'
      ? 'more work_mem, so that the bitmap remembers rows and not blocks; or an index that decides the condition by itself'
      : 'an index that decides the condition by itself: this one only narrows it down';
  if (filter.some(text => /SubPlan \d+/.test(text)))
    return 'the filter asks a sub-query for each row: write it as a join, or as (NOT) EXISTS, which can become one';
  if (JOINS.test(nodeType)) return 'a join condition that an index or a hash can use';
  if (GROUPS.has(nodeType))
    return 'HAVING is applied to finished groups: what is about columns belongs into WHERE';
  if (FUNCTIONS.has(nodeType)) return 'a function makes all its rows first: let it filter by itself';
  switch (nodeType) {
    case 'CTE Scan':
      return 'put the condition into the CTE, or let it be inlined (NOT MATERIALIZED)';
    case 'Subquery Scan':
      return 'the condition is about what the sub-query works out: see whether fewer rows can go into it';
    case 'Foreign Scan':
      return 'a condition that the other server can check: with built-in functions and operators only, it is sent there';
  }
  if (node.relation === undefined) return 'a condition earlier in the query';
  return 'an index that has the filtered columns, or is partial on this condition';
}

/** For rows that were misjudged where this node is. */
export function againstMisestimate(node: PlanNode): string {
  const { nodeType } = node;
  if (GROUPS.has(nodeType))
    return 'CREATE STATISTICS (ndistinct) on what it groups by, expressions too from PostgreSQL 14';
  if (JOINS.test(nodeType))
    return 'ANALYZE both tables; statistics know nothing across tables, so a join on several columns that belong together stays a guess';
  if (FUNCTIONS.has(nodeType))
    return 'say how many rows it gives: ALTER FUNCTION … ROWS, or a planner support function';
  switch (nodeType) {
    case 'Recursive Union':
    case 'WorkTable Scan':
      return 'of a recursion the planner only guesses (ten times its first part): see whether what is above it copes';
    case 'Foreign Scan':
      return 'ANALYZE the foreign table, or set use_remote_estimate';
    case 'Values Scan':
    case 'Result':
      return 'the planner cannot know this condition: see whether what is above it copes';
  }
  return 'ANALYZE the table; if that changes nothing, CREATE STATISTICS on the columns of the condition';
}

/** For a nested loop whose inner side ran often. @param inner The plan nodes of its inner side. */
export function againstLoops(join: PlanNode, inner: readonly PlanNode[]): string {
  const conditions = [join, ...inner].flatMap(node =>
    textsOf(node, /^(Join Filter|Index Cond|Recheck Cond|Cache Key)$/),
  );
  const outer = 'see whether the outer side was misestimated';
  // `<=`, `>=` and `<>` cannot be hashed.
  return conditions.some(text => / = |^[^ ]+$/.test(text))
    ? `${outer}; a hash join reads the inner side once`
    : `${outer}; without an equality there is no hash or merge join for it`;
}

function textsOf(node: PlanNode, key: RegExp): readonly string[] {
  return node.details.filter(detail => key.test(detail.key)).map(({ value }) => value);
}
