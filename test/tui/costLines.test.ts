import { expect, it } from 'vitest';
import { plain } from '../../src/tui/cell.ts';
import { costLines } from '../../src/tui/overlays/cost.ts';

const runs = (...rowsPerSecond: number[]) => ({
  rowsPerSecond,
  rows: 1000,
  walBytesPerRow: undefined,
  hot: undefined,
});

it('says what was measured, why something was not, and how to ask for it', () => {
  expect(costLines(undefined).map(plain)).toEqual([
    '  write cost: start with --write-cost to have it measured',
  ]);
  const lines = costLines({
    tables: [
      {
        table: 'orders',
        insert: {
          without: { ...runs(50_000, 51_000, 49_000, 50_000), walBytesPerRow: 100 },
          with: { ...runs(20_000, 21_000, 19_000, 20_000), walBytesPerRow: 180 },
        },
        update: { reason: 'table has triggers\u001b[31m' },
        deadRows: 0,
      },
    ],
    views: [
      {
        view: 'totals',
        runsMs: [900, 1000, 1100],
        blocksRead: 100,
        blocksHit: 28,
        temporaryBlocks: 0,
        concurrently: false,
        reason: undefined,
      },
    ],
  }).map(plain);
  expect(lines[0]).toBe(
    '  INSERT into orders: 50 k → 20 k rows/s, −60 %, WAL a row 100 B → 180 B (measured)',
  );
  expect(lines[1]).toMatch(/^ {2}UPDATE of orders: not measured: table has triggers/);
  expect(lines[1]).not.toContain('\u001b');
  expect(lines[2]).toBe(
    '  REFRESH of totals: 1.00 s (measured, 3 runs), its query reads 1.0 MB, 800 kB not cached; CONCURRENTLY: no: no unique index on plain columns',
  );
});
