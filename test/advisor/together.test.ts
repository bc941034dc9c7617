import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bit } from '../../src/advisor/masks.ts';
import { compareConfigurations } from '../../src/advisor/survey.ts';
import { togetherOf } from '../../src/advisor/together.ts';
import { planOf, proposalOf, queryOf, surveyOf, surveys } from '../helpers/surveys.ts';

const THREE = ['a', 'b', 'c'].map(id => proposalOf(id));

describe('pairs', () => {
  it('that only help together', () => {
    const survey = surveyOf(THREE, [
      queryOf('one', 3, [planOf(100), planOf(20, 3)], seen => ((seen & 3) === 3 ? 1 : 0)),
    ]);
    expect(togetherOf(survey)).toMatchObject([
      { query: 'one', proposals: ['a', 'b'], kind: 'only together', beside: [], both: { kind: 'faster' } },
    ]);
  });

  it('that replace each other', () => {
    const survey = surveyOf(THREE, [
      queryOf('one', 3, [planOf(100), planOf(20, 1), planOf(20.1, 4)], seen =>
        seen & 1 ? 1 : seen & 4 ? 2 : 0,
      ),
    ]);
    expect(togetherOf(survey)).toMatchObject([
      {
        proposals: ['a', 'c'],
        kind: 'replace each other',
        beside: [],
        each: [{ kind: 'faster' }, { kind: 'faster' }],
      },
    ]);
  });

  it('says beside what it shows, where the baseline does not show it', () => {
    // a and b only matter where c is.
    const survey = surveyOf(THREE, [
      queryOf('one', 3, [planOf(100), planOf(20, 7)], seen => (seen === 7 ? 1 : 0)),
    ]);
    const pairs = togetherOf(survey).map(({ proposals, beside }) => [...proposals, ...beside]);
    expect(pairs).toEqual([
      ['a', 'b', 'c'],
      ['a', 'c', 'b'],
      ['b', 'c', 'a'],
    ]);
  });

  it('says nothing where each helps by itself, nor of what was not measured', () => {
    const each = queryOf('one', 2, [planOf(100), planOf(50), planOf(40), planOf(10)], seen => seen);
    const unmeasured = queryOf(
      'two',
      2,
      [planOf(100), planOf(undefined), planOf(10)],
      seen => [0, 1, 0, 2][seen],
    );
    expect(togetherOf(surveyOf(THREE.slice(0, 2), [each, unmeasured]))).toEqual([]);
  });

  it('says how many of the differences it speaks of were not measured', () => {
    // Both together help; what b does beside c alone is unknown, since that plan was never run.
    const survey = surveyOf(THREE, [
      queryOf('one', 3, [planOf(100), planOf(20, 3), planOf(undefined, 6)], seen =>
        (seen & 3) === 3 ? 1 : seen === 6 ? 2 : 0,
      ),
    ]);
    expect(togetherOf(survey)).toMatchObject([
      // {c} → {b, c}; {b, c} → all is a's gain beside b.
      { proposals: ['a', 'b'], kind: 'only together', beside: [], unmeasured: 1 },
    ]);
    // What is not looked at is not missing.
    const looked = { ...survey, configurations: survey.configurations.filter(set => set !== 6) };
    expect(togetherOf(looked)).toMatchObject([{ kind: 'only together', unmeasured: 0 }]);
  });

  it('are those that looking at all squares of the lattice finds', () => {
    const found = { 'only together': 0, 'replace each other': 0 };
    fc.assert(
      fc.property(surveys({ levels: [50, 52, 54, 100], gaps: true, drops: true, most: 3 }), survey => {
        const expected = survey.queries
          .filter(({ failure }) => failure === undefined)
          .flatMap(query => {
            const kind = (from: number, to: number) => compareConfigurations(survey, query, from, to).kind;
            const sets = survey.configurations;
            const clear = (p: number, set: number) => !(set & p) && kind(set, set | p) === 'faster';
            const none = (from: number, to: number) => !['faster', 'not measured'].includes(kind(from, to));
            return survey.proposals.flatMap((one, i) =>
              survey.proposals.slice(i + 1).flatMap((other, rest) => {
                const [a, b] = [bit(i), bit(i + 1 + rest)];
                const free = sets.filter(set => !(set & (a | b)));
                const helpsWithout = free.some(set => clear(a, set) || clear(b, set));
                const helpsWith = free.some(set => clear(a, set | b) || clear(b, set | a));
                const together =
                  !helpsWithout &&
                  free.some(
                    set => none(set, set | a) && none(set, set | b) && kind(set, set | a | b) === 'faster',
                  );
                const replace =
                  !helpsWith &&
                  free.some(
                    set =>
                      clear(a, set) &&
                      clear(b, set) &&
                      kind(set, set | a | b) === 'faster' &&
                      none(set | a, set | a | b) &&
                      none(set | b, set | a | b),
                  );
                const found = [
                  ...(together ? ['only together'] : []),
                  ...(replace ? ['replace each other'] : []),
                ];
                const open = (p: number, set: number) => !(set & p) && kind(set, set | p) === 'not measured';
                const without = free.flatMap(set => [open(a, set), open(b, set)]);
                const beside = free.flatMap(set => [open(a, set | b), open(b, set | a)]);
                return found.map(word => {
                  const unmeasured = (word === 'only together' ? without : beside).filter(Boolean).length;
                  return `${query.id} ${one.id} ${other.id} ${word} ${unmeasured}`;
                });
              }),
            );
          });
        const pairs = togetherOf(survey);
        for (const { kind } of pairs) found[kind]++;
        expect(
          pairs
            .map(
              ({ query, proposals, kind, unmeasured }) =>
                `${query} ${proposals.join(' ')} ${kind} ${unmeasured}`,
            )
            .sort(),
        ).toEqual(expected.sort());
      }),
      { numRuns: 500 },
    );
    expect(Math.min(...Object.values(found))).toBeGreaterThan(3);
  });
});
