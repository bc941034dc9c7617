import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { answersDiffer } from '../../src/advisor/answers.ts';
import { frontierOf } from '../../src/advisor/frontier.ts';
import { choicesOf } from '../../src/advisor/smallest.ts';
import { planUnder, type Survey } from '../../src/advisor/survey.ts';
import type { AnswerCheck } from '../../src/session/events.ts';
import { timeRequirements } from '../helpers/demands.ts';
import { planOf, proposalOf, queryOf, surveyOf, surveys } from '../helpers/surveys.ts';

const answered = (key: string, verdict: AnswerCheck['verdict']) =>
  new Map([[key, { verdict } as AnswerCheck]]);

/** A view 100 times as fast as the index, whose rewrite is compared with this result. */
const withVerdict = (verdict: AnswerCheck['verdict']): Survey =>
  surveyOf(
    [proposalOf('v', { kind: 'view', bytes: 10 }), proposalOf('i', { bytes: 20 })],
    [
      queryOf('q', 2, [planOf(5000), { ...planOf(9, 1), rewrite: 'v' }, planOf(900, 2)], seen =>
        seen & 1 ? 1 : seen & 2 ? 2 : 0,
      ),
    ],
    { answers: answered('q@v', verdict) },
  );

describe('a configuration that returns something else', () => {
  it.each([
    ['different', [true, true], 2],
    ['same', [false, false], 1],
    ['same but for ties', [false, false], 1],
    ['not compared', [false, false], 2],
  ] as const)('%s', (verdict, expected, recommended) => {
    const survey = withVerdict(verdict);
    expect([1, 3].map(configuration => answersDiffer(survey, configuration))).toEqual(expected);
    expect([0, 2].map(configuration => answersDiffer(survey, configuration))).toEqual([false, false]);
    const choices = choicesOf(survey, []);
    expect(choices.recommended?.configuration).toBe(recommended);
    expect(choices.fastest?.configuration).toBe(recommended);
    expect(choices.nearFastest?.configuration).toBe(recommended);
  });

  it('meets nothing that no other one meets', () => {
    const fast = (verdict: AnswerCheck['verdict']) => {
      const survey = withVerdict(verdict);
      return choicesOf(survey, timeRequirements(survey)).outcomes[0];
    };
    expect(fast('same')).toMatchObject({ state: 'can be met', counts: { pass: 2 } });
    expect(fast('different')).toMatchObject({
      state: 'met by none',
      counts: { pass: 0, fail: 2 },
      nearest: { configuration: 2, missBy: 9 },
    });
  });

  it('is not on the frontier, and is counted apart from what was not measured', () => {
    const frontier = frontierOf(withVerdict('different'));
    expect(frontier.points.map(({ configuration }) => configuration)).toEqual([0, 2]);
    expect([frontier.different, frontier.leftOut, frontier.plot.length]).toEqual([2, 0, 2]);
    expect(frontierOf(withVerdict('same')).different).toBe(0);
  });

  it('is one question of each query: the same rewrite may be right for another', () => {
    const survey = surveyOf(
      [proposalOf('v', { kind: 'view' })],
      ['p', 'q'].map((id, at) =>
        queryOf(id, 1, [planOf(100 + at), { ...planOf(10 + at, 1), rewrite: 'v' }], seen => seen),
      ),
      { answers: answered('other@v', 'different') },
    );
    expect(answersDiffer(survey, 1)).toBe(false);
    expect(answersDiffer({ ...survey, answers: answered('q@v', 'different') }, 1)).toBe(true);
  });

  it('is never chosen, whatever the workload', () => {
    fc.assert(
      fc.property(
        surveys({ levels: [10, 20, 90], gaps: true, drops: true }),
        fc.array(fc.nat(), { maxLength: 4 }),
        (made, picks) => {
          // Some plans that use a proposal read a rewrite, which is wrong.
          const queries = made.queries.map((query, at) => ({
            ...query,
            plans: query.plans.map((plan, index) =>
              plan.uses !== 0 && picks.includes((at * 7 + index) % 5) ? { ...plan, rewrite: 'w' } : plan,
            ),
          }));
          const wrong = { verdict: 'different' } as AnswerCheck;
          const answers = new Map(queries.map(({ id }) => [`${id}@w`, wrong] as const));
          const survey: Survey = { ...made, queries, answers };
          const isWrong = (configuration: number) =>
            queries.some(query => planUnder(survey, query, configuration)?.rewrite === 'w');
          const { cheapest, nearFastest, fastest, recommended } = choicesOf(survey, []);
          const { points, plot, different, leftOut } = frontierOf(survey);
          const told = [cheapest, nearFastest, fastest, recommended, ...points, ...plot].flatMap(
            one => one?.configuration ?? [],
          );
          expect(told.filter(isWrong)).toEqual([]);
          expect(different).toBe(survey.configurations.filter(isWrong).length);
          expect(plot.length + leftOut + different).toBe(survey.configurations.length);
        },
      ),
    );
  });
});
