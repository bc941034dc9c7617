import { describe, expect, it } from 'vitest';
import { ATTENDED_MS, interleaving, UNATTENDED_MS } from '../../src/advisor/interleave.ts';
import { ALPHA, judgeMeasured, LOOKS } from '../../src/advisor/verdict.ts';
import type { Timed, Turn } from '../../src/session/measure.ts';
import { noise } from './surveys.ts';

const runs = (...runsMs: number[]): Timed => ({ runsMs, timedOutAfterMs: undefined });
const stopped: Timed = { runsMs: [], timedOutAfterMs: 30_000 };
const count = (turns: readonly Turn[], turn: Turn) => turns.filter(one => one === turn).length;
const each = (turns: readonly Turn[]) => [count(turns, 'before'), count(turns, 'after')];
const attended = interleaving(ATTENDED_MS);
const unattended = interleaving(UNATTENDED_MS);

describe('the runs that a comparison takes', () => {
  it('go to and fro, up to the first look of the test', () => {
    expect(attended(runs(10), runs(20))).toEqual(['before', 'after', 'after', 'before', 'before', 'after']);
  });

  it('end where the difference is clear, or too small for a word', () => {
    expect(attended(runs(10, 11, 12, 13), runs(20, 21, 22, 23))).toEqual([]);
    expect(attended(runs(10, 11, 12, 13), runs(10, 11, 12, 13))).toEqual([]);
  });

  it('go on to the next look where it is not clear', () => {
    expect(each(attended(runs(110, 111, 112, 113), runs(94, 95, 96, 120)))).toEqual([4, 4]);
    // Of the one that was alone for a while the latest runs count.
    expect(each(attended(runs(1, 2, 3, 110, 111, 112, 113), runs(94, 95, 96, 120)))).toEqual([4, 4]);
  });

  it('are also made of a plan that was run a while ago', () => {
    expect(each(attended(runs(10, 11, 12, 13, 14), runs(20)))).toEqual([3, 3]);
    expect(each(unattended(runs(2000, 2001, 2002, 2003, 2004), runs(3000)))).toEqual([0, 3]);
  });

  it('are few of a slow plan, against more of a fast one', () => {
    expect(each(unattended(runs(6000), runs(900)))).toEqual([1, 10]);
    expect(each(unattended(runs(6000), runs(7000)))).toEqual([3, 3]);
  });

  it('are not begun where they cannot be completed in time', () => {
    expect(attended(runs(6000), runs(7000))).toEqual([]);
    expect(unattended(runs(20_000), runs(25_000))).toEqual([]);
  });

  it('are made for a figure only, where the other plan was stopped or cannot be run', () => {
    expect(attended(stopped, runs(10))).toEqual(['after', 'after', 'after']);
    expect(attended(runs(2000), undefined)).toEqual(['before']);
    expect(attended(stopped, stopped)).toEqual([]);
    expect(attended(runs(30_000), runs(1, 2, 3, 4))).toEqual([]);
  });
});

/** As a session does it. @param early Runs of the plan before that were made when it was alone. */
function compared(early: readonly number[], before: () => number, after: () => number) {
  const known = { before: early.length > 0 ? [...early] : [before()], after: [after()] };
  for (;;) {
    const turns = attended(runs(...known.before), runs(...known.after));
    if (turns.length === 0) break;
    for (const turn of turns) known[turn].push(turn === 'before' ? before() : after());
  }
  const verdict = judgeMeasured(runs(...known.before), runs(...known.after));
  return { kind: verdict.kind, before: known.before.length, after: known.after.length };
}

describe('the same plan, twice, with noise on purpose', () => {
  const TRIALS = 1000;
  const share = (trial: () => string, isIt: (kind: string) => boolean) =>
    Array.from({ length: TRIALS }, trial).filter(isIt).length / TRIALS;
  const isTold = (kind: string) => kind === 'faster' || kind === 'slower';

  it.each([0, 5])('is told apart in at most 5 of 100 cases, with %i runs made before', early => {
    for (const spread of [0.02, 0.1, 0.3, 1]) {
      const random = noise(11 + spread + early, spread);
      const run = () => random(100);
      const told = share(() => compared(Array.from({ length: early }, run), run, run).kind, isTold);
      // 1000 trials of 5 %: three standard deviations are 2 %.
      expect({ spread, told, within: told <= ALPHA + 0.02 }).toMatchObject({ spread, within: true });
    }
  });

  it('is not told apart because the machine has become slower since the first of them was run', () => {
    const random = noise(17, 0.02);
    const told = share(() => {
      const early = Array.from({ length: 5 }, () => random(100));
      return compared(
        early,
        () => random(112),
        () => random(112),
      ).kind;
    }, isTold);
    expect(told).toBeLessThanOrEqual(ALPHA + 0.02);
  });

  it('hides no factor of 1.5', () => {
    const random = noise(23, 0.1);
    const told = share(
      () =>
        compared(
          [],
          () => random(150),
          () => random(100),
        ).kind,
      kind => kind === 'faster',
    );
    expect(told).toBeGreaterThan(0.95);
  });

  it('takes no more runs than the last look of them', () => {
    const random = noise(29, 0.3);
    const { before, after } = compared(
      [],
      () => random(110),
      () => random(100),
    );
    expect(Math.max(before, after)).toBeLessThanOrEqual(LOOKS[2].rounds);
  });
});
