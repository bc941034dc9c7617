import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Demand, VerdictState } from '../../src/advisor/requirements/result.ts';
import { choicesOf } from '../../src/advisor/smallest.ts';
import { costsOf, type Survey } from '../../src/advisor/survey.ts';
import { storageRequirement, timeRequirements } from '../helpers/demands.ts';
import { planOf, proposalOf, queryOf, surveyOf, surveys } from '../helpers/surveys.ts';

const MB = 1024 ** 2;

/** a: 10 MB, one 400 → 50; b: 30 MB, two 900 → 90, and one → 48 (no clear difference from 50). Targets 100. */
const SURVEY = surveyOf(
  [proposalOf('a', { bytes: 10 * MB }), proposalOf('b', { bytes: 30 * MB })],
  [
    queryOf('one', 2, [planOf(400), planOf(50, 1)], seen => seen & 1),
    queryOf('two', 2, [planOf(900), planOf(90, 2)], seen => seen >> 1),
  ],
);

describe('choices', () => {
  it('finds the cheapest that meets everything', () => {
    const choices = choicesOf(SURVEY, [...timeRequirements(SURVEY), storageRequirement(SURVEY, 50 * MB)]);
    expect(choices.outcomes.map(({ state }) => state)).toEqual(['can be met', 'can be met', 'can be met']);
    expect([choices.cheapest, choices.recommended, choices.fastest].map(c => c?.configuration)).toEqual([
      3, 3, 3,
    ]);
    expect(choices.excluding).toEqual([]);
    expect(choices.most).toBe(3);
  });

  it('tells which requirements exclude each other', () => {
    const choices = choicesOf(SURVEY, [...timeRequirements(SURVEY), storageRequirement(SURVEY, 35 * MB)]);
    expect(choices.meetable).toEqual(['one', 'two', 'storage']);
    expect(choices.excluding).toEqual([['one', 'two', 'storage']]);
    expect(choices.most).toBe(2);
    expect(choices.cheapest?.configuration).toBe(1);
    // Of those that meet two of three, everything is by far the fastest.
    expect(choices.recommended?.configuration).toBe(3);
    expect(
      choicesOf(SURVEY, [...timeRequirements(SURVEY), storageRequirement(SURVEY, 20 * MB)]).excluding,
    ).toEqual([['two', 'storage']]);
  });

  it('says of what no configuration meets which comes nearest, and by how much it misses', () => {
    const strict: Survey = {
      ...SURVEY,
      queries: SURVEY.queries.map(query => ({ ...query, targetMs: query.id === 'two' ? 45 : 100 })),
    };
    const choices = choicesOf(strict, timeRequirements(strict));
    expect(choices.outcomes[1]).toMatchObject({
      state: 'met by none',
      counts: { pass: 0, fail: 4 },
      // Of {b} and {a, b}, which miss by the same, the cheaper.
      nearest: { configuration: 2, missBy: 2 },
    });
    expect(choices.meetable).toEqual(['one']);
    expect(choices.cheapest?.configuration).toBe(1);
  });

  it('keeps apart what fails, what has nothing to test and what was not measured', () => {
    const stopped = surveyOf(
      [proposalOf('a')],
      [queryOf('one', 1, [planOf({ stopped: 500 }), planOf({ stopped: 40 })], seen => seen)],
    );
    const [time] = timeRequirements(stopped);
    // > 500 ms misses 100 ms; > 40 ms may or may not.
    expect([time?.judge(0), time?.judge(1)]).toEqual(['fail', 'not measured']);
    const nothing = requirement('nothing', () => 'not applicable');
    const unmeasured = requirement('unmeasured', () => 'not measured');
    const { outcomes, meetable, cheapest, recommended } = choicesOf(stopped, [nothing, unmeasured]);
    expect(outcomes.map(({ state }) => state)).toEqual(['not applicable', 'not measured']);
    expect(meetable).toEqual([]);
    expect(cheapest?.configuration).toBe(0);
    // Bounds only: what `a` does is not known.
    expect(recommended?.configuration).toBe(0);
  });

  it('does not call fastest what is faster by noise alone', () => {
    const survey = surveyOf(
      [proposalOf('a', { bytes: 10 })],
      [queryOf('one', 1, [planOf(100), planOf(99)], seen => seen)],
    );
    expect(choicesOf(survey, []).fastest?.configuration).toBe(0);
  });

  it('takes of two alike the one whose cost of writes is known', () => {
    const survey = surveyOf(
      [proposalOf('a', { bytes: 10 }), proposalOf('b', { bytes: 10, writeMs: 3 })],
      [queryOf('one', 2, [planOf(100), planOf(50)], seen => (seen === 0 ? 0 : 1))],
    );
    expect(choicesOf(survey, []).recommended).toMatchObject({ configuration: 2, costs: { writeMs: 3 } });
  });

  it('recommends what helps one query though another one never ends', () => {
    const endless = queryOf('endless', 2, [planOf({ stopped: 500 })], () => 0);
    const survey = { ...SURVEY, queries: [...SURVEY.queries, endless] };
    const { recommended, fastest } = choicesOf(survey, []);
    expect(recommended).toMatchObject({ configuration: 3, costs: { atLeast: true } });
    expect(fastest?.configuration).toBe(3);
  });

  it('recommends nothing where no query is left, least of all to drop an index', () => {
    const survey = surveyOf(
      [proposalOf('old', { kind: 'drop', freedBytes: 10 })],
      [queryOf('one', 1, [], () => undefined, { failure: 'refused' })],
    );
    const { recommended, fastest, nearFastest } = choicesOf(survey, []);
    expect([recommended, fastest, nearFastest]).toEqual([undefined, undefined, undefined]);
  });

  it('recommends nothing where nothing was measured, least of all to drop an index', () => {
    const survey = surveyOf(
      [proposalOf('old', { kind: 'drop', freedBytes: 10 })],
      [queryOf('one', 1, [planOf(undefined), planOf(undefined)], seen => seen)],
    );
    expect(choicesOf(survey, timeRequirements(survey)).recommended).toBeUndefined();
  });

  it('agrees with trying everything', () => {
    const requirements = (survey: Survey): Demand[] => [
      ...timeRequirements(survey),
      storageRequirement(survey, 20_000),
      requirement('odd', configuration => (configuration % 2 === 1 ? 'pass' : 'fail')),
      requirement('even', configuration => (configuration % 2 === 0 ? 'pass' : 'fail')),
    ];
    let excluded = 0;
    fc.assert(
      fc.property(surveys({ levels: [50, 51, 99, 150], gaps: true, drops: true }), survey => {
        const choices = choicesOf(survey, requirements(survey));
        const all = survey.configurations.map(set => ({ set, costs: costsOf(survey, set) }));
        const key = ({ set, costs }: (typeof all)[number]) => [
          costs.bytes - costs.freedBytes,
          // What is not known comes after all that is.
          costs.writeMs === undefined ? unmeasuredIn(survey, set) : 0,
          costs.writeMs ?? costs.writes.knownMs,
          costs.refreshMs,
          costs.changes,
          costs.totalMs === undefined ? 2 : costs.atLeast ? 1 : 0,
          costs.totalMs ?? 0,
          set,
        ];
        const cheaper = (a: (typeof all)[number], b: (typeof all)[number]) => {
          const [x, y] = [key(a), key(b)];
          const at = x.findIndex((value, index) => value !== y[index]);
          return at === -1 ? 0 : (x[at] ?? 0) - (y[at] ?? 0);
        };
        const least = (some: typeof all) =>
          some.reduce<(typeof all)[number] | undefined>(
            (best, one) => (best === undefined || cheaper(one, best) < 0 ? one : best),
            undefined,
          );
        const can = requirements(survey).filter(one => all.some(({ set }) => one.judge(set) === 'pass'));
        expect(choices.meetable).toEqual(can.map(({ id }) => id));
        const met = (set: number) =>
          can.filter(one => one.judge(set) !== 'fail' && one.judge(set) !== 'not measured');
        const most = Math.max(...all.map(({ set }) => met(set).length));
        expect(choices.most).toBe(most);
        const meeting = all.filter(({ set }) => met(set).length === most);
        expect(choices.cheapest?.configuration).toBe(least(meeting)?.set);
        for (const group of choices.excluding) {
          excluded++;
          const parts = group.map(id => can.find(one => one.id === id));
          expect(
            all.some(({ set }) => parts.every(part => part !== undefined && met(set).includes(part))),
          ).toBe(false);
        }
        expect(choices.excluding.length > 0).toBe(most < can.length);
      }),
      { numRuns: 200 },
    );
    expect(excluded).toBeGreaterThan(100);
  });
});

/** How many of its proposals have an unknown write cost, if any was measured. */
function unmeasuredIn({ proposals }: Survey, set: number): number {
  if (proposals.every(({ writeMs }) => writeMs === undefined)) return 0;
  return proposals.filter(
    ({ kind, writeMs }, at) => set & (1 << at) && kind !== 'drop' && writeMs === undefined,
  ).length;
}

function requirement(id: string, judge: (configuration: number) => VerdictState): Demand {
  return { id, title: id, judge, missBy: () => undefined };
}
