import { describe, expect, it } from 'vitest';
import { samePlansAsEverything } from '../../src/advisor/advice/planned.ts';
import { frontierOf } from '../../src/advisor/frontier.ts';
import type { ProjectedTime } from '../../src/advisor/projected.ts';
import { savedOf } from '../../src/advisor/saved.ts';
import { choicesOf } from '../../src/advisor/smallest.ts';
import { idsOf, type Survey, usableOf } from '../../src/advisor/survey.ts';
import { judgeProjected } from '../../src/advisor/verdict.ts';
import type { AnswerCheck } from '../../src/session/events.ts';
import { timeRequirements } from '../helpers/demands.ts';
import { planOf, productionPlanOf, proposalOf, queryOf, surveyOf } from '../helpers/surveys.ts';

const took = (low: number, point: number, high: number) =>
  productionPlanOf([low, point, high]).projected as ProjectedTime;

describe('a verdict on two projections', () => {
  it('is clear only where the intervals have nothing in common', () => {
    expect(judgeProjected(took(50, 100, 200), took(5, 10, 49))).toMatchObject({
      kind: 'faster',
      factor: 10,
      p: undefined,
      interval: [50 / 49, 40],
    });
    expect(judgeProjected(took(5, 10, 49), took(50, 100, 200)).kind).toBe('slower');
    expect(judgeProjected(took(50, 100, 200), took(5, 10, 50)).kind).toBe('no clear difference');
  });

  it('is no word about less than 5 %, however narrow they are', () => {
    expect(judgeProjected(took(103.9, 104, 104.1), took(99.9, 100, 100.1)).kind).toBe('no clear difference');
  });

  it('is none where one side is unknown', () => {
    const unknown: ProjectedTime = { kind: 'unknown', why: 'measured at one size only' };
    expect(judgeProjected(unknown, took(1, 2, 3))).toEqual({ kind: 'not measured' });
    expect(judgeProjected(took(1, 2, 3), unknown)).toEqual({ kind: 'not measured' });
  });
});

const MB = 1024 ** 2;
const [A, B] = [1, 2];
const PROPOSALS = [
  proposalOf('clear', { bytes: 10 * MB }),
  proposalOf('unclear', { bytes: 20 * MB }),
  proposalOf('unread', { bytes: 5 * MB }),
];

/** `clear` is worth its bytes; what `unclear` does may be nothing; no plan reads `unread`. */
function production(more: Partial<Survey> = {}): Survey {
  const first = queryOf(
    'one',
    3,
    [productionPlanOf([900, 1000, 1500]), productionPlanOf([20, 30, 60], A)],
    seen => seen & A,
  );
  const second = queryOf(
    'two',
    3,
    [productionPlanOf([300, 400, 600]), productionPlanOf([100, 200, 350], B)],
    seen => (seen & B ? 1 : 0),
  );
  return surveyOf(PROPOSALS, [first, second], { atProduction: true, ...more });
}

describe('a survey of production', () => {
  it('has on its frontier only what is clear, and in its totals the middles', () => {
    const survey = production();
    const { points, leftOut } = frontierOf(survey);
    expect(points.map(({ configuration }) => idsOf(survey, configuration))).toEqual([[], ['clear']]);
    expect(points.map(({ costs }) => costs.totalMs)).toEqual([1400, 430]);
    expect(points[1]?.clearlyFasterThanPrevious).toEqual(['one']);
    expect(leftOut).toBe(0);
  });

  it('saves from all errors one way to all errors the other way; a plan that stays is no difference', () => {
    expect(savedOf(production(), A)).toMatchObject({ savedMs: 970, interval: [840, 1480], beforeMs: 1400 });
    expect(savedOf(production(), 0)).toMatchObject({ savedMs: 0, interval: [0, 0] });
  });

  it('knows the smallest set with the plans of everything, which needs no time', () => {
    const survey = production();
    expect(samePlansAsEverything(survey)).toBe(A | B);
    const untimed = survey.queries.map(query => ({
      ...query,
      plans: query.plans.map(({ uses }, at) => productionPlanOf(`never run ${at}`, uses)),
    }));
    expect(samePlansAsEverything({ ...survey, queries: untimed })).toBe(A | B);
    // Nothing of it is left out as one that failed: plans are all that is asked for.
    expect(usableOf({ ...survey, queries: untimed }).queries).toEqual(untimed);
  });

  it('calls no set the same as everything where everything returns something else', () => {
    const survey = production();
    const queries = survey.queries.map(query => ({
      ...query,
      plans: query.plans.map(plan => (plan.uses === A ? { ...plan, rewrite: 'view' } : plan)),
    }));
    const answers = new Map([['one@view', { verdict: 'different' } as AnswerCheck]]);
    expect(samePlansAsEverything({ ...survey, queries, answers })).toBeUndefined();
  });

  it('leaves out a query about which nothing is known, and goes on with the others', () => {
    const survey = production();
    const lost = queryOf('three', 3, [productionPlanOf('it was stopped')], () => 0);
    const usable = usableOf({ ...survey, queries: [...survey.queries, lost] });
    expect(usable.queries.map(({ failure }) => failure)).toEqual([undefined, undefined, 'it was stopped']);
    expect(frontierOf(usable).points).toHaveLength(2);
  });

  it('compares no configuration one of whose plans is unknown', () => {
    const survey = production();
    const [first, second] = survey.queries;
    if (first === undefined || second === undefined) throw new Error('two queries');
    const queries = [{ ...first, plans: [productionPlanOf('stopped'), ...first.plans.slice(1)] }, second];
    const { points, leftOut } = frontierOf(usableOf({ ...survey, queries }));
    expect(points.map(({ configuration }) => configuration)).toEqual([A]);
    expect(leftOut).toBe(4);
    const choices = choicesOf({ ...survey, queries }, timeRequirements({ ...survey, queries }));
    // What A gains on the database as it is, nothing says.
    expect(choices.recommended?.configuration).toBe(0);
  });

  it('keeps nothing for a difference that is not clear, however large it looks', () => {
    const survey = production();
    const { fastest, nearFastest, recommended, cheapest } = choicesOf(survey, timeRequirements(survey));
    // By the middles `unclear` halves a query, and all together take 230 ms, not 430.
    expect([fastest, nearFastest, recommended].map(choice => choice?.configuration)).toEqual([A, A, A]);
    expect(cheapest?.configuration).toBe(A);
  });

  it('says of what was measured what it said before', () => {
    const measured = surveyOf(PROPOSALS, [
      queryOf('one', 3, [planOf(1000), planOf(30, A)], seen => seen & A),
    ]);
    expect(savedOf(measured, A).interval?.[0]).toBeGreaterThan(900);
    expect(frontierOf(measured).points).toHaveLength(2);
  });
});
