/** What a proposal costs those who write, and those who keep its view fresh: below its size. */
import { compareWrites } from '../../advisor/writes.ts';
import { formatBlocks, formatBytes } from '../../format/bytes.ts';
import { formatCount } from '../../format/count.ts';
import { harmless } from '../../format/harmless.ts';
import { formatMs } from '../../format/ms.ts';
import type { ProposalCost, RefreshCost, WriteComparison } from '../../session/cost.ts';
import { median } from '../../session/measure.ts';
import type { Line } from '../cell.ts';

/** @param cost undefined where nobody asked for it. */
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
  const start = `  ${harmless(what)}: `;
  if ('reason' in comparison)
    return [{ text: `${start}not measured: ${harmless(comparison.reason)}`, dim: true }];
  const { without, with: withIt } = comparison;
  const change = compareWrites(without, withIt);
  const rate = (runs: readonly number[]) => formatCount(Math.round(median(runs) ?? 0));
  const wal =
    without.walBytesPerRow === undefined || withIt.walBytesPerRow === undefined
      ? ''
      : `, WAL ${formatBytes(Math.round(without.walBytesPerRow))} → ${formatBytes(Math.round(withIt.walBytesPerRow))} a row`;
  return [
    { text: `${start}${rate(without.rowsPerSecond)} → ${rate(withIt.rowsPerSecond)} rows/s, ` },
    { text: change, ...(change === 'slower' ? { color: 'red' as const } : {}) },
    { text: `${wal} (measured)` },
  ];
}

function refreshLine({ view, runsMs, blocksRead, blocksHit, concurrently, reason }: RefreshCost): Line {
  const start = `  REFRESH of ${harmless(view)}: `;
  const ms = median(runsMs);
  if (ms === undefined) return [{ text: `${start}not measured: ${harmless(reason ?? '')}`, dim: true }];
  const read = blocksRead === undefined ? '' : `, reads ${formatBlocks(blocksRead + (blocksHit ?? 0))}`;
  return [
    { text: `${start}${formatMs(ms)} (measured)${read}; ` },
    {
      text: concurrently ? 'CONCURRENTLY is possible' : 'not CONCURRENTLY: no unique index on plain columns',
    },
  ];
}
