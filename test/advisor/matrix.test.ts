import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { matrixOf } from '../../src/advisor/matrix.ts';
import { compareConfigurations } from '../../src/advisor/survey.ts';
import { planOf, proposalOf, queryOf, surveyOf, surveys } from '../helpers/surveys.ts';

/** a halves the query, b makes it slower, c does nothing; a is used wherever it is. */
const SURVEY = surveyOf(
  ['a', 'b', 'c'].map(id => proposalOf(id)),
  [
    queryOf('one', 3, [planOf(100), planOf(50, 1), planOf(210, 2)], seen =>
      seen & 1 ? 1 : seen & 2 ? 2 : 0,
    ),
  ],
);

describe('the matrix', () => {
  const [a, b, c] = matrixOf(SURVEY);

  it('tells what each does alone, and what is lost without it', () => {
    expect(a?.cells[0]?.alone).toMatchObject({ kind: 'faster', beforeMs: 100, afterMs: 50 });
    expect(a?.cells[0]?.added).toMatchObject({ kind: 'faster', beforeMs: 210, afterMs: 50 });
    expect(b?.cells[0]?.alone).toMatchObject({ kind: 'slower', beforeMs: 100, afterMs: 210 });
    expect(b?.cells[0]?.added).toEqual({ kind: 'same plan' });
  });

  it('tells what the plan of everything reads, and what any plan does', () => {
    expect([a, b, c].map(column => column?.cells[0]?.used)).toEqual([true, false, false]);
    expect([a, b, c].map(column => column?.cells[0]?.usedAnywhere)).toEqual([true, true, false]);
  });

  it('shows a regression where it is one', () => {
    expect(a?.regressions).toEqual([]);
    expect(b?.regressions).toMatchObject([{ query: 'one', where: 'alone', verdict: { kind: 'slower' } }]);
  });

  it('says of the useless that they help nothing', () => {
    expect([a, b, c].map(column => column?.helps)).toEqual(['something', 'nothing', 'nothing']);
  });

  it('looks at an index to drop while it is there', () => {
    // Seen bit 0 is the index that exists: the query reads it, and is slower without.
    const survey = surveyOf(
      [proposalOf('old', { kind: 'drop' })],
      [queryOf('one', 1, [planOf(100, 1), planOf(300)], seen => (seen & 1 ? 0 : 1))],
    );
    const [old] = matrixOf(survey);
    expect(old?.cells[0]).toMatchObject({ used: true, alone: { kind: 'slower' }, added: { kind: 'slower' } });
    expect(old?.regressions.map(({ where }) => where)).toEqual(['alone', 'added']);
  });

  it('does not say that it helps nothing where that was not measured', () => {
    const survey = surveyOf(
      [proposalOf('a')],
      [queryOf('one', 1, [planOf(100), planOf(undefined)], seen => seen)],
    );
    expect(matrixOf(survey)[0]).toMatchObject({ helps: 'unknown' });
  });

  it('finds help in whatever configuration there is any, as looking at all of them does', () => {
    const seen = { something: 0, nothing: 0, unknown: 0 };
    fc.assert(
      fc.property(surveys({ levels: [50, 51, 100], gaps: true, drops: true }), survey => {
        for (const [position, { helps }] of matrixOf(survey).entries()) {
          const one = 1 << position;
          const kinds = (sets: readonly number[]) =>
            sets.flatMap(set =>
              survey.queries
                .filter(({ failure }) => failure === undefined)
                .map(query => compareConfigurations(survey, query, set & ~one, set | one).kind),
            );
          const all = 2 ** survey.proposals.length - 1;
          const expected = kinds(survey.configurations).includes('faster')
            ? 'something'
            : kinds([0, all]).includes('not measured')
              ? 'unknown'
              : 'nothing';
          expect(helps).toBe(expected);
          seen[helps]++;
        }
      }),
    );
    expect(Math.min(...Object.values(seen))).toBeGreaterThan(0);
  });
});
