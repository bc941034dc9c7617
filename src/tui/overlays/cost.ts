/** A proposal's cost for writers, and the cost of refreshing its view. */

import { compareWrites } from '../../advisor/writes.ts';
import { formatMs, sanitize } from '../../base/format.ts';
import { median } from '../../base/statistics.ts';
import {
  concurrently,
  hotChange,
  inRuns,
  notMeasured,
  perSecond,
  refreshReads,
  walChange,
  writeChange,
} from '../../report/writeCost.ts';
import type { ProposalCost, RefreshCost, WriteComparison } from '../../session/cost.ts';
import type { Line } from '../cell.ts';

/** @param cost undefined if it was not measured. */
export function costLines(cost: ProposalCost | undefined): Line[] {
  if (cost === undefined)
    return [[{ text: '  write cost: start with --write-cost to have it measured', dim: true }]];
  return [
    ...cost.tables.flatMap(({ table, insert, update }) => [
      writeLine(`INSERT into ${table}`, insert),
      writeLine(`UPDATE of ${table}`, update),
    ]),
    ...cost.views.map(refreshLine),
  ];
}

function writeLine(what: string, comparison: WriteComparison): Line {
  const start = `  ${sanitize(what)}: `;
  if ('reason' in comparison)
    return [{ text: `${start}${notMeasured(sanitize(comparison.reason))}`, dim: true }];
  const { without, with: withIt } = comparison;
  const change = compareWrites(without, withIt);
  const [before, after] = [median(without.rowsPerSecond), median(withIt.rowsPerSecond)];
  const hot = hotChange(without.hot, withIt.hot);
  return [
    { text: `${start}${perSecond(before)} → ${perSecond(after)} rows/s, ` },
    { text: writeChange(before, after, change), ...(change === 'slower' ? { color: 'red' as const } : {}) },
    {
      text: `, WAL a row ${walChange(without.walBytesPerRow, withIt.walBytesPerRow)}${hot === '' ? '' : `, HOT ${hot}`} (measured)`,
    },
  ];
}

function refreshLine(cost: RefreshCost): Line {
  const { view, runsMs, blocksRead, blocksHit, temporaryBlocks, reason } = cost;
  const start = `  REFRESH of ${sanitize(view)}: `;
  const ms = median(runsMs);
  if (ms === undefined) return [{ text: `${start}${notMeasured(sanitize(reason ?? ''))}`, dim: true }];
  const read = refreshReads(blocksRead, blocksHit, temporaryBlocks);
  return [
    {
      text: `${start}${formatMs(ms)} (${inRuns(runsMs.length)})${read === '' ? '' : `, its query reads ${read}`}; `,
    },
    { text: `CONCURRENTLY: ${concurrently(cost.concurrently)}` },
  ];
}
