/** Rules about reading more than necessary, and about misestimates. */
import { formatCount, formatRows, formatThousands, percent } from '../../base/format.ts';
import { numberOf } from '../../base/json.ts';
import { heapBlocks } from '../accounting/counters.ts';
import { rowsScannedOnce } from '../accounting/estimates.ts';
import type { PlanNode } from '../plan.ts';
import { flattenFrom } from '../tree.ts';
import { sequentialScans } from '../uses.ts';
import {
  HEAP_FETCHES,
  LARGE_TABLE_ROWS,
  LOSSY,
  MISESTIMATE,
  NESTED_LOOP,
  type Observation,
  observed,
  REMOVED,
  type RuleInput,
  type Severity,
  severityAbove,
  type TableRows,
} from './finding.ts';

export function largeSeqScans(input: RuleInput): readonly Observation[] {
  const large = input.largeTableRows ?? LARGE_TABLE_ROWS;
  const scanned = rowsScannedOnce(input.nodes, input.plan.settings);
  return observed(sequentialScans(input.plan), node => {
    const table = rowsOfTable(node, scanned[node.id], input);
    if (table === undefined || table.rows < large) return undefined;
    const where = table.where === 'here' ? '' : ' in production';
    const hasFilter = node.details.some(({ key }) => key === 'Filter');
    return {
      severity: table.where === 'here' ? 'severe' : 'warning',
      nodeId: node.id,
      text: `sequential scan on a large table: ${formatRows(table.rows)}${where}`,
      next: hasFilter
        ? 'an index whose first columns are those of its filter'
        : 'the query needs every row: a materialized view, or a narrower query',
    };
  });
}

/** From the catalog, else the rows that the scan read or expects. */
function rowsOfTable(
  { relation, scope }: PlanNode,
  scanned: number | undefined,
  { tableRows }: RuleInput,
): TableRows | undefined {
  const known = tableRows?.(relation ?? '');
  // Thresholds do not apply to scans on another server.
  if (known !== undefined || scope !== 0 || scanned === undefined) return known;
  return { rows: scanned, where: 'here' };
}

export function rowsRemoved({ nodes }: RuleInput): readonly Observation[] {
  return observed(nodes, node => {
    const { rows, rowsRemoved: removed } = node.actual ?? { rows: 0, rowsRemoved: 0 };
    const share = removed / Math.max(1, rows + removed);
    const severity = severityAbove(REMOVED, share);
    if (removed < REMOVED.leastRows || severity === undefined) return undefined;
    const text = `${formatRows(removed)} read and thrown away, ${percent(share)} of all it read`;
    return { severity, nodeId: node.id, text, next: againstRemoved(node) };
  });
}

export function lossyBitmaps({ nodes }: RuleInput): readonly Observation[] {
  return observed(nodes, ({ id, raw }) => {
    const lossy = heapBlocks(raw, 'Lossy');
    const all = lossy + heapBlocks(raw, 'Exact');
    const severity = severityAbove(LOSSY, lossy / Math.max(1, all));
    return (
      severity && {
        severity,
        nodeId: id,
        text: `the bitmap did not fit: ${formatCount(lossy)} of ${formatCount(all)} blocks were checked row by row`,
        next: 'more work_mem, or a narrower index',
      }
    );
  });
}

export function heapFetches({ nodes, proposed }: RuleInput): readonly Observation[] {
  return observed(nodes, ({ id, relation, actual }) => {
    const fetches = actual?.heapFetches ?? 0;
    const share = fetches / Math.max(1, (actual?.rows ?? 0) + (actual?.rowsRemoved ?? 0), fetches);
    const severity = severityAbove(HEAP_FETCHES, share);
    if (fetches < HEAP_FETCHES.leastFetches || severity === undefined) return undefined;
    const isNew = proposed?.some(({ kind, name }) => kind === 'materialized view' && name === relation);
    const text = `index-only scan fetched ${formatRows(fetches)} from the table, ${percent(share)} of them`;
    return isNew === true
      ? {
          severity: 'notice',
          nodeId: id,
          text: `${text}: the view was never vacuumed inside this transaction`,
          next: 'take its time as an upper bound: once committed, VACUUM makes it all-visible',
        }
      : { severity, nodeId: id, text, next: 'VACUUM the table: its visibility map is out of date' };
  });
}

/** Reports only where a misestimate begins: nodes above inherit it. */
export function misestimated({ nodes, parents, misestimates }: RuleInput): readonly Observation[] {
  return observed(nodes, node => {
    const one = misestimates[node.id];
    if (one?.begins !== true) return undefined;
    let worst = one.factor;
    for (let id = parents[node.id] ?? -1; id >= 0; id = parents[id] ?? -1)
      worst = Math.max(worst, misestimates[id]?.factor ?? 1);
    const grows = worst >= one.factor * 2 ? `, and ${times(worst)} further up` : '';
    return {
      severity: severityOf(worst),
      nodeId: node.id,
      text: `${formatRows(one.actual)} where ${formatCount(one.estimated)} were expected: ${times(one.factor)} ${one.direction} (the misestimate begins here${grows})`,
      next: againstMisestimate(node),
    };
  });
}

function severityOf(factor: number): Severity {
  if (factor >= MISESTIMATE.severe) return 'severe';
  return factor >= MISESTIMATE.warning ? 'warning' : 'notice';
}

export function nestedLoops({ plan, nodes, parents }: RuleInput): readonly Observation[] {
  return observed(nodes, node => {
    const parent = nodes[parents[node.id] ?? -1];
    const { actual } = node;
    if (parent?.nodeType !== 'Nested Loop' || node.parentRelationship !== 'Inner' || actual === undefined)
      return undefined;
    const whole = nodes[node.scope]?.actual?.inclusiveMs ?? 0;
    const share = whole > 0 ? (actual.inclusiveMs ?? 0) / whole : 0;
    const severity = severityAbove(NESTED_LOOP, share) ?? (plan.timed ? undefined : 'notice');
    if (actual.loops < NESTED_LOOP.leastLoops || severity === undefined) return undefined;
    return {
      severity,
      nodeId: parent.id,
      text: `nested loop over many rows: the inner side ran ${formatCount(actual.loops)} times${plan.timed ? `, ${percent(share)} of the time` : ''}`,
      next: againstLoops(parent, flattenFrom(node)),
    };
  });
}

/** `12×`, `1,200×`: never rounded up. */
const times = (factor: number): string => `${formatThousands(Math.floor(factor))}×`;

// Next steps by the kind of node: no index helps a CTE, and ANALYZE does not help a function.

const JOINS = /(?: Join|^Nested Loop)$/;
const GROUPS: ReadonlySet<string> = new Set(['Aggregate', 'Group', 'Unique']);
const FUNCTIONS: ReadonlySet<string> = new Set(['Function Scan', 'Table Function Scan', 'ProjectSet']);

function againstRemoved(node: PlanNode): string {
  const { nodeType, raw } = node;
  const filter = textsOf(node, /Filter$/);
  if ((numberOf(raw, 'Rows Removed by Index Recheck') ?? 0) > (numberOf(raw, 'Rows Removed by Filter') ?? 0))
    return nodeType === 'Bitmap Heap Scan'
      ? 'more work_mem, so that the bitmap stores rows instead of blocks; or an index that covers the whole condition'
      : 'an index that covers the whole condition: this one needs a recheck';
  if (filter.some(text => /SubPlan \d+/.test(text)))
    return 'the filter runs a subquery for each row: rewrite it as a join, or as (NOT) EXISTS, which can become one';
  if (JOINS.test(nodeType)) return 'a join condition that an index or a hash can use';
  if (GROUPS.has(nodeType)) return 'HAVING filters finished groups: move conditions on columns to WHERE';
  if (FUNCTIONS.has(nodeType)) return 'a function returns all its rows first: move the filter into it';
  switch (nodeType) {
    case 'CTE Scan':
      return 'put the condition into the CTE, or let it be inlined (NOT MATERIALIZED)';
    case 'Subquery Scan':
      return 'the condition needs the subquery’s result: check whether its input can be reduced';
    case 'Foreign Scan':
      return 'a condition that the other server can evaluate: it is sent there if it has only built-in functions and operators';
  }
  if (node.relation === undefined) return 'a condition earlier in the query';
  return 'an index that has the filtered columns, or is partial on this condition';
}

function againstMisestimate(node: PlanNode): string {
  const { nodeType } = node;
  if (GROUPS.has(nodeType))
    return 'CREATE STATISTICS (ndistinct) on what it groups by, expressions too from PostgreSQL 14';
  if (JOINS.test(nodeType))
    return 'ANALYZE both tables; statistics do not span tables, so a join on several correlated columns remains a guess';
  if (FUNCTIONS.has(nodeType))
    return 'declare how many rows it returns: ALTER FUNCTION … ROWS, or a planner support function';
  switch (nodeType) {
    case 'Recursive Union':
    case 'WorkTable Scan':
      return 'the planner guesses the size of a recursion (ten times its first part): check whether the nodes above can cope';
    case 'Foreign Scan':
      return 'ANALYZE the foreign table, or set use_remote_estimate';
    case 'Values Scan':
    case 'Result':
      return 'the planner cannot estimate this condition: check whether the nodes above can cope';
  }
  return 'ANALYZE the table; if that changes nothing, CREATE STATISTICS on the columns of the condition';
}

/** @param inner Nodes of the inner side. */
function againstLoops(join: PlanNode, inner: readonly PlanNode[]): string {
  const conditions = [join, ...inner].flatMap(node =>
    textsOf(node, /^(Join Filter|Index Cond|Recheck Cond|Cache Key)$/),
  );
  const outer = 'check whether the outer side was misestimated';
  // `<=`, `>=` and `<>` cannot be hashed.
  return conditions.some(text => / = |^[^ ]+$/.test(text))
    ? `${outer}; a hash join reads the inner side once`
    : `${outer}; without an equality there is no hash or merge join for it`;
}

function textsOf(node: PlanNode, key: RegExp): readonly string[] {
  return node.details.filter(detail => key.test(detail.key)).map(({ value }) => value);
}
