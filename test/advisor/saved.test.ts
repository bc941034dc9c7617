import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { randomOf, savedOf } from '../../src/advisor/saved.ts';
import { costsOf } from '../../src/advisor/survey.ts';
import { planOf, proposalOf, queryOf, surveyOf, surveys } from '../helpers/surveys.ts';

const one = (before: Parameters<typeof planOf>[0], after: Parameters<typeof planOf>[0], callsADay = 1) =>
  surveyOf(
    [proposalOf('a')],
    [queryOf('one', 1, [planOf(before), planOf(after)], seen => seen, { callsADay })],
  );

describe('what is saved', () => {
  it('is the sum of all queries, each as often as it is called', () => {
    const survey = surveyOf(
      [proposalOf('a')],
      [
        queryOf('one', 1, [planOf(100), planOf(40)], seen => seen, { callsADay: 1000 }),
        queryOf('two', 1, [planOf(10), planOf(30)], seen => seen, { callsADay: 0.5 }),
        queryOf('three', 1, [planOf(77)], () => 0, { callsADay: 9 }),
      ],
    );
    const saved = savedOf(survey, 1);
    expect(saved.savedMs).toBeCloseTo(60_000 - 10);
    expect(saved.beforeMs).toBeCloseTo(100_000 + 5 + 693);
    expect(saved.afterMs).toBeCloseTo(40_000 + 15 + 693);
    expect(saved).toMatchObject({ weighted: true, atLeast: false });
    expect(saved.queries.map(({ savedMs }) => Math.round(savedMs ?? 0))).toEqual([60_000, -10, 0]);
    const [low, high] = saved.interval ?? [];
    expect(low).toBeGreaterThan(58_000);
    expect(low).toBeLessThan(60_000);
    expect(high).toBeGreaterThan(60_000);
    expect(high).toBeLessThan(62_000);
  });

  it('is of one call of each where no calls a day were given', () => {
    expect(savedOf(one(100, 50), 1)).toMatchObject({ weighted: false, savedMs: 50 });
    // Once a day each is a number, too.
    const given = { ...one(100, 50), weighted: true };
    expect(savedOf(given, 1)).toMatchObject({ weighted: true, savedMs: 50 });
  });

  it('is a lower bound where the baseline was stopped, and not known where the configuration was', () => {
    expect(savedOf(one({ stopped: 500 }, 50), 1)).toMatchObject({
      savedMs: 450,
      atLeast: true,
      beforeMs: 500,
    });
    expect(savedOf(one(50, { stopped: 500 }), 1)).toMatchObject({
      savedMs: undefined,
      interval: undefined,
      atLeast: false,
    });
    expect(savedOf(one(50, undefined), 1)).toMatchObject({ savedMs: undefined, afterMs: undefined });
  });

  it('leaves out what was stopped under both, and is not known where nothing else is left', () => {
    const slow = [planOf({ stopped: 500 }), planOf({ stopped: 500 }, 1)];
    const both = surveyOf(
      [proposalOf('a')],
      [queryOf('slow', 1, slow, seen => seen), queryOf('one', 1, [planOf(100), planOf(40, 1)], seen => seen)],
    );
    const saved = savedOf(both, 1);
    expect(saved).toMatchObject({ savedMs: 60, atLeast: false, stopped: ['slow'], beforeMs: 600 });
    expect(saved.interval?.[0]).toBeGreaterThan(58);
    expect(saved.interval?.[1]).toBeLessThan(62);
    expect(savedOf(one({ stopped: 500 }, { stopped: 400 }), 1)).toMatchObject({
      savedMs: undefined,
      interval: undefined,
      stopped: ['one'],
    });
    // The same plan is no difference, stopped or not.
    const [plan] = slow;
    const same = surveyOf([proposalOf('a')], [queryOf('slow', 1, plan ? [plan] : [], () => 0)]);
    expect(savedOf(same, 1)).toMatchObject({ savedMs: 0, stopped: [] });
  });

  it('is nothing, for sure, where no plan changes', () => {
    expect(savedOf(one(100, 50), 0)).toMatchObject({ savedMs: 0, interval: [0, 0] });
  });

  it('has no interval where a plan was run only once', () => {
    expect(savedOf(one([100], 50), 1)).toMatchObject({ savedMs: 50, interval: undefined });
  });

  it('has the same interval every time, and it holds what is told', () => {
    let told = 0;
    fc.assert(
      fc.property(surveys({ levels: [50, 52, 100], gaps: true, drops: true, most: 2 }), survey => {
        const saved = savedOf(survey, 1);
        expect(savedOf(survey, 1).interval).toEqual(saved.interval);
        const [before, after] = [costsOf(survey, 0), costsOf(survey, 1)];
        // A plan that both have is no difference, even where it was never run; what was stopped twice is none of the sum.
        if (saved.stopped.length > 0) return;
        if (saved.savedMs === undefined || before.totalMs === undefined || after.totalMs === undefined)
          return;
        expect(saved.savedMs).toBeCloseTo(before.totalMs - after.totalMs);
        if (saved.interval === undefined) return;
        told++;
        expect(saved.interval[0]).toBeLessThanOrEqual(saved.savedMs + 1e-9);
        expect(saved.interval[1]).toBeGreaterThanOrEqual(saved.savedMs - 1e-9);
      }),
      { numRuns: 40 },
    );
    expect(told).toBeGreaterThan(10);
  });

  it('holds the true difference about as often as it says', () => {
    // Two plans of 200 ms and 100 ms, ten runs each, with 10 % of scatter; the bootstrap of a median is a little too sure.
    const random = randomOf(7);
    const runs = (ms: number) => Array.from({ length: 10 }, () => ms * (0.9 + 0.2 * random()));
    let held = 0;
    for (let round = 0; round < 100; round++) {
      const [low, high] = savedOf(one(runs(200), runs(100)), 1).interval ?? [0, 0];
      if (low <= 100 && 100 <= high) held++;
    }
    expect(held).toBeGreaterThanOrEqual(85);
  });
});
