import { describe, expect, it } from 'vitest';
import { compareTimings, type Timing } from '../../src/advisor/change.ts';

const runs = (...runsMs: number[]): Timing => {
  const sorted = [...runsMs].sort((a, b) => a - b);
  return { runsMs, medianMs: sorted[sorted.length >> 1], timedOutAfterMs: undefined };
};
const stopped: Timing = { runsMs: [], medianMs: undefined, timedOutAfterMs: 30_000 };
const nothing: Timing = { runsMs: [], medianMs: undefined, timedOutAfterMs: undefined };

describe('comparing run times', () => {
  it('gives both times and the direction', () => {
    expect(compareTimings(runs(100, 105, 110), runs(10, 11, 12))).toEqual({
      kind: 'faster',
      beforeMs: 105,
      afterMs: 11,
      atLeast: false,
    });
    expect(compareTimings(runs(10, 11, 12), runs(20))).toMatchObject({ kind: 'slower' });
  });

  it('sees no difference where the usual runs overlap, or the medians are within 5 %', () => {
    expect(compareTimings(runs(10, 20, 21), runs(15, 16, 40))).toEqual({ kind: 'no clear difference' });
    expect(compareTimings(runs(100, 101, 102), runs(103, 104, 105))).toEqual({ kind: 'no clear difference' });
  });

  it('is not blinded by one cold run', () => {
    expect(compareTimings(runs(9.8, 8.8, 8.7, 8.9, 8.8), runs(9.5, 2.6, 2.5, 2.6, 2.7))).toMatchObject({
      kind: 'faster',
    });
  });

  it('takes a timeout as a bound, in its own direction only', () => {
    expect(compareTimings(stopped, runs(100))).toMatchObject({
      kind: 'faster',
      beforeMs: 30_000,
      atLeast: true,
    });
    expect(compareTimings(runs(100), stopped)).toMatchObject({
      kind: 'slower',
      afterMs: 30_000,
      atLeast: true,
    });
    expect(compareTimings(stopped, runs(40_000))).toEqual({ kind: 'unknown' });
    expect(compareTimings(stopped, stopped)).toEqual({ kind: 'unknown' });
  });

  it('knows nothing from nothing', () => {
    expect(compareTimings(nothing, runs(1))).toEqual({ kind: 'unknown' });
  });
});
