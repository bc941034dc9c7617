import { describe, expect, it } from 'vitest';
import type { CheckDocument } from '../../src/report/document.ts';
import { writeCostModel, writeCostSections } from '../../src/report/writeCost.ts';
import type { ProposalCost } from '../../src/session/cost.ts';
import type { WriteRuns } from '../../src/session/writeRounds.ts';

const runs = (rates: readonly number[], wal?: number, hot?: number): WriteRuns => ({
  rowsPerSecond: rates,
  rows: 5000,
  walBytesPerRow: wal,
  hot,
});
const cost: ProposalCost = {
  tables: [
    {
      table: 'orders',
      insert: {
        without: runs([99_000, 99_500, 100_000, 100_500, 101_000], 160),
        with: runs([79_000, 79_500, 80_000, 80_500, 81_000], 240.4),
      },
      update: {
        without: runs([50, 60, 100, 140, 150], undefined, 0.95),
        with: runs([61, 70, 101, 130, 141], undefined, 0),
      },
      deadRows: 20_000,
    },
    {
      table: 'lines',
      insert: { reason: 'unique on (id)\u001b[2J' },
      update: { reason: 'the table has triggers' },
      deadRows: 0,
    },
  ],
  views: [
    {
      view: 'totals',
      runsMs: [90, 100, 300],
      blocksRead: 128,
      blocksHit: 128,
      temporaryBlocks: 0,
      concurrently: true,
      reason: undefined,
    },
    {
      view: 'slow',
      runsMs: [],
      blocksRead: undefined,
      blocksHit: undefined,
      temporaryBlocks: undefined,
      concurrently: false,
      reason: 'canceling statement due to statement timeout',
    },
  ],
};
const sections = (writeCost: unknown) =>
  writeCostSections({ proposals: [{ id: 'it', bytes: 8192, writeCost }] } as unknown as CheckDocument);

describe('the write cost of a proposal', () => {
  it('stands beside its size: rate, WAL and HOT, and how it was measured', () => {
    const [writes, dead, views] = sections(writeCostModel({ file: 'v.sql', ddl: '-- refresh: 1 h' }, cost));
    const lines = (text = '') => text.split('\n').slice(2);
    expect(lines(writes)).toEqual([
      expect.stringMatching(
        /^it +orders +INSERT +100 k +80 k +−20 % +160 B → 240 B +measured with 5.00 k \+ 5.00 k rows$/,
      ),
      expect.stringMatching(
        /^it +orders +UPDATE +100 +101 +no clear difference +not counted +95 % → 0 % +measured/,
      ),
      expect.stringMatching(/^it +lines +INSERT +not measured: unique on \(id\)␛\[2J$/),
      expect.stringMatching(/^it +lines +UPDATE +not measured: the table has triggers$/),
    ]);
    expect(dead).toMatch(/^Rolled back, but 20 k dead row versions stay/);
    expect(lines(views)).toEqual([
      expect.stringMatching(
        /^it +8 kB +100 ms +2.0 MB, 1.0 MB not cached +possible +may be 1 h 00 min stale +measured, 3 runs$/,
      ),
      expect.stringMatching(/^it +8 kB +no: no unique index .* may be .* not measured: canceling statement/),
    ]);
  });

  it('says that staleness depends on the refreshes, if the file does not state it', () => {
    expect(sections(writeCostModel({ file: 'v.sql', ddl: '' }, cost)).at(-1)).toContain(
      'as its last REFRESH',
    );
  });

  it('is absent without --write-cost', () => {
    expect(sections(writeCostModel({ file: 'v.sql', ddl: '' }, undefined))).toEqual([]);
  });

  it('has the medians and the spread in the model', () => {
    const [orders, lines] = writeCostModel({ file: 'v.sql', ddl: '' }, cost)?.tables ?? [];
    expect(orders?.insert).toEqual({
      how: 'measured',
      reason: null,
      change: 'slower',
      without: {
        rows: 5000,
        rowsPerSecond: 100_000,
        minRowsPerSecond: 99_000,
        maxRowsPerSecond: 101_000,
        walBytesPerRow: 160,
        hot: null,
      },
      with: expect.objectContaining({ rowsPerSecond: 80_000, walBytesPerRow: 240.4 }),
    });
    expect(lines?.insert).toMatchObject({ how: 'not measured', with: null });
  });
});
