/** Rules about reading more than is needed. */
import { formatCount, percent } from '../../base/format.ts';
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
  REMOVED,
  type Severity,
  type Subject,
  type TableRows,
} from './finding.ts';

export function largeSeqScans(subject: Subject): readonly Observation[] {
  const large = subject.largeTableRows ?? LARGE_TABLE_ROWS;
  const scanned = rowsScannedOnce(subject.nodes, subject.plan.settings);
  return sequentialScans(subject.plan).flatMap((node): Observation[] => {
    const table = rowsOfTable(node, scanned[node.id], subject);
    if (table === undefined || table.rows < large) return [];
    const where = table.where === 'here' ? '' : ' in production';
    return [
      {
        severity: table.where === 'here' ? 'severe' : 'warning',
        nodeId: node.id,
        text: `sequential scan on a large table: ${formatCount(table.rows)} rows${where}`,
        next: hasFilter(node)
          ? 'an index whose first columns are those of its filter'
          : 'it wants every row: a materialized view, or a narrower query',
      },
    ];
  });
}

/** As the catalog knows, else as the scan read or expects. */
function rowsOfTable(
  { relation, scope }: PlanNode,
  scanned: number | undefined,
  { tableRows }: Subject,
): TableRows | undefined {
  const known = tableRows?.(relation ?? '');
  // The catalog and the thresholds are about this server.
  if (known !== undefined || scope !== 0 || scanned === undefined) return known;
  return { rows: scanned, where: 'here' };
}

export function rowsRemoved(subject: Subject): readonly Observation[] {
  return subject.nodes.flatMap((node): Observation[] => {
    const { rows, rowsRemoved: removed } = node.actual ?? { rows: 0, rowsRemoved: 0 };
    const share = removed / Math.max(1, rows + removed);
    if (removed < REMOVED.leastRows || share <= REMOVED.notice) return [];
    return [
      {
        severity: share > REMOVED.warning ? 'warning' : 'notice',
        nodeId: node.id,
        text: `${formatCount(removed)} rows read and thrown away, ${percent(share)} of all it read`,
        next: againstRemoved(node),
      },
    ];
  });
}

export function lossyBitmaps({ nodes }: Subject): readonly Observation[] {
  return nodes.flatMap((node): Observation[] => {
    const lossy = heapBlocks(node.raw, 'Lossy');
    const all = lossy + heapBlocks(node.raw, 'Exact');
    const share = lossy / Math.max(1, all);
    if (!(share > LOSSY.notice)) return [];
    return [
      {
        severity: share > LOSSY.warning ? 'warning' : 'notice',
        nodeId: node.id,
        text: `the bitmap did not fit: ${formatCount(lossy)} of ${formatCount(all)} blocks were checked row by row`,
        next: 'more work_mem, or a narrower index',
      },
    ];
  });
}

export function heapFetches({ nodes, proposed }: Subject): readonly Observation[] {
  return nodes.flatMap((node): Observation[] => {
    const { actual } = node;
    const fetches = actual?.heapFetches ?? 0;
    const share = fetches / Math.max(1, (actual?.rows ?? 0) + (actual?.rowsRemoved ?? 0), fetches);
    if (fetches < HEAP_FETCHES.leastFetches || share <= HEAP_FETCHES.notice) return [];
    const isNew = proposed?.some(({ kind, name }) => kind === 'materialized view' && name === node.relation);
    const text = `index-only scan went to the table for ${formatCount(fetches)} rows, ${percent(share)} of them`;
    return [
      isNew === true
        ? {
            severity: 'notice',
            nodeId: node.id,
            text: `${text}: the view was never vacuumed inside this transaction`,
            next: 'take its time as an upper bound: once committed, VACUUM makes it all-visible',
          }
        : {
            severity: share > HEAP_FETCHES.warning ? 'warning' : 'notice',
            nodeId: node.id,
            text,
            next: 'VACUUM the table: its visibility map is out of date',
          },
    ];
  });
}

function hasFilter(node: PlanNode): boolean {
  return node.details.some(({ key }) => key === 'Filter');
}

/** Rules about what the planner believed. */

/** Only where a misestimate begins: what is above it counts on its rows. */
export function misestimated({ nodes, parents, misestimates }: Subject): readonly Observation[] {
  return nodes.flatMap((node): Observation[] => {
    const one = misestimates[node.id];
    if (one?.begins !== true) return [];
    let worst = one.factor;
    for (let id = parents[node.id] ?? -1; id >= 0; id = parents[id] ?? -1)
      worst = Math.max(worst, misestimates[id]?.factor ?? 1);
    const grows = worst >= one.factor * 2 ? `, and ${times(worst)} further up` : '';
    return [
      {
        severity: severityOf(worst),
        nodeId: node.id,
        text: `${formatCount(one.actual)} rows where ${formatCount(one.estimated)} were expected: ${times(one.factor)} ${one.direction} (the misestimate begins here${grows})`,
        next: againstMisestimate(node),
      },
    ];
  });
}

function severityOf(factor: number): Severity {
  if (factor >= MISESTIMATE.severe) return 'severe';
  return factor >= MISESTIMATE.warning ? 'warning' : 'notice';
}

export function nestedLoops({ plan, nodes, parents }: Subject): readonly Observation[] {
  return nodes.flatMap((node): Observation[] => {
    const parent = nodes[parents[node.id] ?? -1];
    const { actual } = node;
    if (parent?.nodeType !== 'Nested Loop' || node.parentRelationship !== 'Inner' || actual === undefined)
      return [];
    const whole = nodes[node.scope]?.actual?.inclusiveMs ?? 0;
    const share = whole > 0 ? (actual.inclusiveMs ?? 0) / whole : 0;
    if (actual.loops < NESTED_LOOP.leastLoops || (plan.timed && share <= NESTED_LOOP.notice)) return [];
    return [
      {
        severity: share > NESTED_LOOP.warning ? 'warning' : 'notice',
        nodeId: parent.id,
        text: `nested loop over many rows: the inner side ran ${formatCount(actual.loops)} times${plan.timed ? `, ${percent(share)} of the time` : ''}`,
        next: againstLoops(parent, flattenFrom(node)),
      },
    ];
  });
}

/** Small phrases of findings. */

/** `12×`, `1,200×`: cut, not rounded up. */
export function times(factor: number): string {
  return `${Math.floor(factor)
    .toString()
    .replace(/\B(?=(\d{3})+$)/g, ',')}×`;
}

/** The next thing to try, by what kind of node it is: no index helps a CTE, and ANALYZE knows no function. */

const JOINS = /(?: Join|^Nested Loop)$/;
const GROUPS: ReadonlySet<string> = new Set(['Aggregate', 'Group', 'Unique']);
const FUNCTIONS: ReadonlySet<string> = new Set(['Function Scan', 'Table Function Scan', 'ProjectSet']);

/** For rows that were read and thrown away. */
function againstRemoved(node: PlanNode): string {
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
function againstMisestimate(node: PlanNode): string {
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
function againstLoops(join: PlanNode, inner: readonly PlanNode[]): string {
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
