/** What a recommendation never does, whatever was measured. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { IndexNeed } from '../../src/advisor/indexNeeds.ts';
import type { Demand } from '../../src/advisor/requirements/result.ts';
import { type Choice, choicesOf } from '../../src/advisor/smallest.ts';
import { compareConfigurations, costsOf, planUnder, type Survey, timeOf } from '../../src/advisor/survey.ts';
import type { Verdict } from '../../src/advisor/verdict.ts';
import { timeRequirements } from '../helpers/demands.ts';
import { planOf, proposalOf, queryOf, surveyOf, surveys } from '../helpers/surveys.ts';

const MB = 1024 ** 2;
const WITHIN = 0.05;

const RANDOM = surveys({ levels: [1, 20, 50, 51, 53, 99, 150, 5000], gaps: true, drops: true });

/** Each recommendation, with and without requirements. */
function recommendations(survey: Survey): Choice[] {
  const some: Demand[] = timeRequirements(survey);
  return [[], some].flatMap(requirements => choicesOf(survey, requirements).recommended ?? []);
}

const live = (survey: Survey) => survey.queries.filter(({ failure }) => failure === undefined);

/** ms a day, below 0 for a loss; undefined where it is not known. */
function gain(verdict: Verdict, calls: number): number | undefined {
  if (verdict.kind === 'not measured') return undefined;
  if (verdict.kind !== 'faster' && verdict.kind !== 'slower') return 0;
  return (verdict.beforeMs - verdict.afterMs) * calls;
}

/** The same limit, before and after. */
const bothStopped = (survey: Survey, query: Survey['queries'][number], a: number, b: number) =>
  planUnder(survey, query, a)?.stopped !== undefined && planUnder(survey, query, b)?.stopped !== undefined;

describe('whatever was measured, what is recommended', () => {
  it('makes no query clearly slower than the database as it is, unless another one gains more', () => {
    let count = 0;
    fc.assert(
      fc.property(RANDOM, survey => {
        for (const { configuration } of recommendations(survey)) {
          if (configuration !== 0) count++;
          const gains = live(survey).map(query =>
            gain(compareConfigurations(survey, query, 0, configuration), query.callsADay),
          );
          const sum = gains.reduce<number>((total, one) => total + (one ?? 0), 0);
          if (gains.some(one => (one ?? 0) < 0)) expect(sum).toBeGreaterThan(0);
        }
      }),
      { numRuns: 500 },
    );
    expect(count).toBeGreaterThan(100);
  });

  it('drops no index without which a query is clearly slower, or was not measured', () => {
    let count = 0;
    fc.assert(
      fc.property(RANDOM, survey => {
        for (const { configuration } of recommendations(survey))
          for (const [at, { kind }] of survey.proposals.entries()) {
            if (kind !== 'drop' || (configuration & (1 << at)) === 0) continue;
            count++;
            const kept = configuration & ~(1 << at);
            const gains = live(survey)
              .filter(query => !bothStopped(survey, query, kept, configuration))
              .map(query => gain(compareConfigurations(survey, query, kept, configuration), query.callsADay));
            expect(gains).not.toContain(undefined);
            if (gains.some(one => (one ?? 0) < 0))
              expect(gains.reduce<number>((total, one) => total + (one ?? 0), 0)).toBeGreaterThan(0);
          }
      }),
      { numRuns: 500 },
    );
    expect(count).toBeGreaterThan(100);
  });

  it('loses no more than its share of what the fastest saves, in any query', () => {
    let count = 0;
    fc.assert(
      fc.property(surveys({ levels: [60, 64, 5000], gaps: false, drops: true }), survey => {
        const { fastest, recommended, nearFastest } = choicesOf(survey, [], { within: WITHIN });
        expect(recommended).toEqual(nearFastest);
        expect(recommended === undefined).toBe(fastest === undefined);
        if (recommended === undefined || fastest === undefined) return;
        for (const query of live(survey)) {
          if (bothStopped(survey, query, fastest.configuration, recommended.configuration)) continue;
          const { callsADay } = query;
          const loss = gain(
            compareConfigurations(survey, query, recommended.configuration, fastest.configuration),
            callsADay,
          );
          const saved = gain(compareConfigurations(survey, query, 0, fastest.configuration), callsADay);
          expect(loss).not.toBeUndefined();
          if (recommended.configuration !== fastest.configuration) count++;
          expect(loss ?? 0).toBeLessThanOrEqual(WITHIN * Math.max(0, saved ?? 0) + 1e-9);
        }
      }),
      { numRuns: 2000 },
    );
    expect(count).toBeGreaterThan(20);
  });

  it('has been measured against the database as it is, in every query', () => {
    fc.assert(
      fc.property(RANDOM, survey => {
        for (const { configuration } of recommendations(survey))
          for (const query of live(survey)) {
            const plan = planUnder(survey, query, configuration);
            expect(plan).toBeDefined();
            if (plan === planUnder(survey, query, 0)) continue;
            expect(plan && timeOf(plan)).toBeDefined();
          }
      }),
      { numRuns: 500 },
    );
  });

  it('has nothing in it that costs bytes and clearly helps nothing', () => {
    fc.assert(
      fc.property(surveys({ levels: [1, 20, 150, 5000], gaps: false, drops: false }), survey => {
        const { recommended } = choicesOf(survey, []);
        expect(recommended).toBeDefined();
        for (const [at, { bytes }] of survey.proposals.entries()) {
          const configuration = recommended?.configuration ?? 0;
          if ((configuration & (1 << at)) === 0 || bytes === 0) continue;
          const without = configuration & ~(1 << at);
          const gains = live(survey).map(query =>
            gain(compareConfigurations(survey, query, without, configuration), query.callsADay),
          );
          // Without weight, no query gains: then nothing is kept either.
          expect(gains.some(one => (one ?? 0) > 0)).toBe(true);
        }
      }),
      { numRuns: 300 },
    );
  });
});

/** A query that dominates the total: 250 ms, 5,000 times a day. The others are called once. */
const HEAVY = queryOf('heavy', 2, [planOf(250)], () => 0, { callsADay: 5000 });

describe('a total that one query dominates', () => {
  const survey = surveyOf(
    [proposalOf('drop_k', { kind: 'drop', freedBytes: 5 * MB }), proposalOf('s', { bytes: 13 * MB })],
    [
      // Bits of what can be seen: the index to drop is there until it goes.
      queryOf('k', 2, [planOf(0.1), planOf(15)], seen => (seen & 1 ? 0 : 1)),
      queryOf('s', 2, [planOf(17), planOf(0.1)], seen => seen >> 1),
      HEAVY,
    ],
  );

  it('hides neither what a small query gains nor what it loses', () => {
    const { recommended, nearFastest, fastest } = choicesOf(survey, []);
    expect([recommended, nearFastest, fastest].map(one => one?.configuration)).toEqual([2, 2, 2]);
  });
});

describe('extended statistics', () => {
  it('are kept for a small gain, because they cost nothing', () => {
    const survey = surveyOf(
      [proposalOf('i', { bytes: MB }), proposalOf('stats', { kind: 'statistics' })],
      [
        queryOf('one', 2, [planOf(1000), planOf(12), planOf(10)], seen =>
          (seen & 1) === 0 ? 0 : 1 + (seen >> 1),
        ),
        HEAVY,
      ],
    );
    // 2 ms are less than 5 % of what is saved.
    expect(choicesOf(survey, []).recommended?.configuration).toBe(3);
  });

  it('are not kept where they help nothing', () => {
    const survey = surveyOf(
      [proposalOf('stats', { kind: 'statistics' })],
      [queryOf('one', 1, [planOf(100), planOf(100.5)], seen => seen)],
    );
    expect(choicesOf(survey, []).recommended?.configuration).toBe(0);
  });
});

describe('an index to drop', () => {
  const need = (known: Partial<IndexNeed>): IndexNeed => ({
    kind: 'copies',
    name: 'a',
    table: 't',
    columns: ['x'],
    foreignKey: undefined,
    indexes: [
      { name: 'a', droppedBy: ['drop_a'], addedBy: undefined },
      { name: 'b', droppedBy: ['drop_b'], addedBy: undefined },
    ],
    ...known,
  });
  const proposals = [
    proposalOf('drop_a', { kind: 'drop', freedBytes: 5 * MB }),
    proposalOf('drop_b', { kind: 'drop', freedBytes: 5 * MB }),
    proposalOf('new', { bytes: MB }),
  ];
  const unread = surveyOf(proposals, [queryOf('one', 3, [planOf(100)], () => 0)]);
  const recommended = (indexNeeds: readonly IndexNeed[]) =>
    choicesOf({ ...unread, indexNeeds }, []).recommended?.configuration;

  it('goes where nothing reads it and nothing keeps it', () => {
    expect(recommended([])).toBe(3);
  });

  it('is never both copies of one', () => {
    expect(recommended([need({})])).toBe(1);
    // One file names both.
    const both = need({}).indexes.map(index => ({ ...index, droppedBy: ['drop_a'] }));
    expect(recommended([need({ indexes: both })])).toBe(2);
  });

  it('is not the last one that serves a foreign key', () => {
    const [a] = need({}).indexes;
    if (a === undefined) throw new Error('an index');
    const key = need({ kind: 'foreign key', indexes: [a] });
    expect(recommended([key])).toBe(2);
    const other = { name: 'other', droppedBy: [], addedBy: undefined };
    expect(recommended([{ ...key, indexes: [a, other] }])).toBe(3);
    // A smaller one that is proposed serves it as well.
    expect(recommended([{ ...key, indexes: [a, { name: 'new', droppedBy: [], addedBy: 'new' }] }])).toBe(7);
  });
});

describe('a proposal whose effect is unknown', () => {
  it('is not recommended where this transaction may not use it', () => {
    const survey = surveyOf(
      [
        proposalOf('late', {
          bytes: MB,
          unusable: 'rows changed meanwhile',
          objects: [{ kind: 'index', name: 'late', table: 't', bytes: MB, rows: 1, usable: false }],
        }),
      ],
      [queryOf('one', 1, [planOf(100), planOf(1)], seen => seen)],
    );
    expect(choicesOf(survey, []).recommended?.configuration).toBe(0);
  });

  it('is not recommended where it changes the plan of a query that was not measured', () => {
    const survey = surveyOf(
      [proposalOf('i', { bytes: MB }), proposalOf('j', { bytes: MB })],
      [
        queryOf('one', 2, [planOf(100), planOf(1)], seen => seen & 1),
        queryOf('two', 2, [planOf(100), planOf(2)], seen => seen >> 1),
        queryOf('slow', 2, [planOf(undefined), planOf(undefined)], seen => seen & 1),
      ],
    );
    const { recommended } = choicesOf(survey, []);
    expect(recommended?.configuration).toBe(2);
    expect(costsOf(survey, 2).totalMs).toBeUndefined();
  });
});
