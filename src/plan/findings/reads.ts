/** Rules about reading more than is needed. */
import { formatCount } from '../../format/count.ts';
import { percent } from '../../format/percent.ts';
import { rowsScannedOnce } from '../estimated-rows.ts';
import { heapBlocks } from '../heap-blocks.ts';
import type { PlanNode } from '../types.ts';
import { sequentialScans } from '../uses.ts';
import { againstRemoved } from './advice.ts';
import { HEAP_FETCHES, LARGE_TABLE_ROWS, LOSSY, REMOVED } from './thresholds.ts';
import type { Subject, TableRows, Told } from './types.ts';

export function largeSeqScans(subject: Subject): readonly Told[] {
  const large = subject.largeTableRows ?? LARGE_TABLE_ROWS;
  const scanned = rowsScannedOnce(subject.nodes, subject.plan.settings);
  return sequentialScans(subject.plan).flatMap((node): Told[] => {
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

export function rowsRemoved(subject: Subject): readonly Told[] {
  return subject.nodes.flatMap((node): Told[] => {
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

export function lossyBitmaps({ nodes }: Subject): readonly Told[] {
  return nodes.flatMap((node): Told[] => {
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

export function heapFetches({ nodes, proposed }: Subject): readonly Told[] {
  return nodes.flatMap((node): Told[] => {
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
