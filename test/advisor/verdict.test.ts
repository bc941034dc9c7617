import { describe, expect, it } from 'vitest';
import { contendersOf } from '../../src/advisor/contenders.ts';
import { ALPHA, judge, LOOKS } from '../../src/advisor/verdict.ts';
import { noise, planWith } from './surveys.ts';

const runs = (runsMs: readonly number[], stoppedAfterMs?: number) => ({ runsMs, stoppedAfterMs });

describe('a verdict', () => {
  it('is clear with four runs of each that lie apart by 5 % or more', () => {
    expect(judge(runs([100, 101, 102, 103]), runs([50, 51, 52, 53]))).toMatchObject({
      kind: 'faster',
      settled: true,
      atLeast: false,
      beforeMs: 101.5,
      afterMs: 51.5,
    });
    expect(judge(runs([50, 51, 52, 53]), runs([100, 101, 102, 103]))).toMatchObject({ kind: 'slower' });
  });

  it('is not clear below 5 %, however sure the difference is', () => {
    const before = [100, 100.1, 100.2, 100.3, 100.4, 100.5, 100.6, 100.7];
    const verdict = judge(runs(before), runs(before.map(ms => ms / 1.04)));
    expect(verdict).toMatchObject({ kind: 'no clear difference', settled: true });
    expect('p' in verdict && verdict.p).toBeLessThan(0.001);
  });

  it('is not clear where a run of one reaches beyond the other', () => {
    const verdict = judge(runs([100, 101, 102, 103, 104]), runs([94, 95, 96, 97, 110]));
    expect(verdict).toMatchObject({ kind: 'no clear difference' });
  });

  it('is none of so few runs that no test could find a difference', () => {
    for (const [before, after] of [
      [[100], [11]],
      [
        [100, 101],
        [30, 31],
      ],
      [
        [100, 101, 102],
        [30, 31, 32],
      ],
    ] as const)
      expect(judge(runs(before), runs(after))).toEqual({ kind: 'not measured', tooFew: true });
  });

  it('needs no test where the runs lie far apart', () => {
    for (const [before, after] of [
      [[400], [1]],
      [
        [1000, 1001],
        [1, 2],
      ],
      [
        [100, 110, 120],
        [10, 11, 12],
      ],
    ] as const) {
      const verdict = judge(runs(before), runs(after));
      expect(verdict).toMatchObject({ kind: 'faster', settled: true, p: undefined, atLeast: false });
      expect(judge(runs(after), runs(before))).toMatchObject({ kind: 'slower' });
    }
  });

  it('is not evident in the first runs of short queries: caches were cold, or the machine was busy', () => {
    expect(judge(runs([0.45]), runs([4.9]))).toEqual({ kind: 'not measured', tooFew: true });
    expect(judge(runs([0.3, 0.4]), runs([21, 30]))).toEqual({ kind: 'not measured', tooFew: true });
    expect(judge(runs([0.3, 0.4, 0.3, 0.4]), runs([21, 30, 25, 22]))).toMatchObject({ kind: 'slower' });
  });

  it('is clear for two slow runs against eleven fast ones', () => {
    const fast = [10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20];
    expect(judge(runs([9000, 9500]), runs(fast))).toMatchObject({ kind: 'faster' });
    expect(judge(runs([90, 95]), runs(fast.map(ms => ms + 30).slice(0, 9)))).toEqual({
      kind: 'not measured',
      tooFew: true,
    });
  });

  it('takes a stopped run for a bound, from its own side only', () => {
    expect(judge(runs([], 30_000), runs([100, 120]))).toMatchObject({
      kind: 'faster',
      atLeast: true,
      p: undefined,
      factor: 30_000 / 110,
    });
    expect(judge(runs([100, 120]), runs([], 30_000))).toMatchObject({ kind: 'slower', atLeast: true });
    expect(judge(runs([], 1000), runs([5000]))).toMatchObject({ kind: 'not measured' });
    expect(judge(runs([], 1000), runs([], 1000))).toEqual({ kind: 'not measured' });
    expect(judge(runs([]), runs([1]))).toEqual({ kind: 'not measured' });
  });

  it('spends no more than its 5 % on all looks together', () => {
    expect(LOOKS.reduce((sum, { alpha }) => sum + alpha, 0)).toBeCloseTo(ALPHA, 12);
  });
});

/** Runs both plans until nothing is left to be run, as a survey does. @returns What is told in the end. */
function decide(before: () => number, after: () => number) {
  const plans = [planWith([before()]), planWith([after()])];
  for (;;) {
    const contenders = contendersOf({ plans }, [[0, 1]]);
    const [next] = contenders;
    if (next === undefined) break;
    const plan = plans[next.plan];
    if (plan === undefined) throw new Error('no such plan');
    plans[next.plan] = { ...plan, runsMs: [...plan.runsMs, next.plan === 0 ? before() : after()] };
  }
  const [a, b] = plans;
  const verdict = judge(runs(a?.runsMs ?? []), runs(b?.runsMs ?? []));
  return { verdict, runs: (a?.runsMs.length ?? 0) + (b?.runsMs.length ?? 0) };
}

describe('noise that is fed in on purpose', () => {
  const TRIALS = 1000;
  const share = (isIt: (kind: string) => boolean, before: () => number, after: () => number) => {
    let count = 0;
    for (let trial = 0; trial < TRIALS; trial++) if (isIt(decide(before, after).verdict.kind)) count++;
    return count / TRIALS;
  };

  it('makes a difference of nothing in at most 5 of 100 cases', () => {
    for (const spread of [0.02, 0.1, 0.3, 1]) {
      const random = noise(7 + spread, spread);
      const told = share(
        kind => kind === 'faster' || kind === 'slower',
        () => random(100),
        () => random(100),
      );
      // 1000 trials of 5 %: three standard deviations are 2 %.
      expect({ spread, told: told <= ALPHA + 0.02 }).toEqual({ spread, told: true });
    }
  });

  it('hides no factor of two, and seldom one of 1.3', () => {
    const random = noise(3, 0.1);
    expect(
      share(
        kind => kind === 'faster',
        () => random(200),
        () => random(100),
      ),
    ).toBeGreaterThan(0.99);
    expect(
      share(
        kind => kind === 'faster',
        () => random(130),
        () => random(100),
      ),
    ).toBeGreaterThan(0.8);
    expect(
      share(
        kind => kind === 'slower',
        () => random(130),
        () => random(100),
      ),
    ).toBe(0);
  });

  it('stops early where it is clear', () => {
    const random = noise(5, 0.05);
    expect(
      decide(
        () => random(200),
        () => random(100),
      ).runs,
    ).toBe(2 * LOOKS[0].rounds);
    expect(
      decide(
        () => random(1500),
        () => random(100),
      ).runs,
    ).toBe(4);
  });
});
