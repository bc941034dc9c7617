import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { frontierOf } from '../../src/advisor/frontier.ts';
import { compareConfigurations, costsOf, planUnder, type Survey } from '../../src/advisor/survey.ts';
import { planOf, proposalOf, queryOf, surveyOf, surveys } from '../helpers/surveys.ts';

/** The definition of the file's head, word by word, from nothing but verdicts on configurations. */
function relation(survey: Survey, d: number, c: number): 'beats' | 'ties' | 'neither' {
  const [a, b] = [costsOf(survey, d), costsOf(survey, c)];
  const axes = [
    [a.bytes - a.freedBytes, b.bytes - b.freedBytes],
    [a.refreshMs, b.refreshMs],
    ...writesOf(survey, d, c),
  ] as const;
  if (axes.some(([mine, theirs]) => mine > theirs)) return 'neither';
  let gain = 0;
  for (const query of survey.queries.filter(({ failure }) => failure === undefined)) {
    const [before, after] = [planUnder(survey, query, c), planUnder(survey, query, d)];
    const verdict = compareConfigurations(survey, query, c, d);
    if (before === after) continue;
    // Two that ran into the same limit are as slow as each other for all that is known.
    const excused =
      before?.stopped !== undefined &&
      after?.stopped !== undefined &&
      before.stopped.afterMs <= after.stopped.afterMs;
    if (excused) continue;
    if (verdict.kind === 'not measured' || after?.stopped !== undefined) return 'neither';
    if (verdict.kind === 'faster' || verdict.kind === 'slower')
      gain += (verdict.beforeMs - verdict.afterMs) * query.callsADay;
  }
  if (gain < 0) return 'neither';
  const cheaper = axes.some(([mine, theirs]) => mine < theirs) || a.changes < b.changes;
  if (gain > 0 || cheaper) return 'beats';
  return a.changes === b.changes ? 'ties' : 'neither';
}

/** What each proposal adds to a write, in D and in C; where none was measured there is nothing to compare. */
function writesOf(survey: Survey, d: number, c: number): (readonly [number, number])[] {
  if (survey.proposals.every(({ writeMs }) => writeMs === undefined)) return [];
  const known = (set: number) =>
    survey.proposals.reduce((sum, { writeMs = 0 }, at) => sum + (set & (1 << at) ? writeMs : 0), 0);
  // Each unmeasured one is an axis of its own: it may cost anything, but the same in both.
  const unmeasured = survey.proposals.flatMap(({ kind, writeMs }, at) =>
    kind !== 'drop' && writeMs === undefined ? [[(d >> at) & 1, (c >> at) & 1] as const] : [],
  );
  return [[known(d), known(c)], ...unmeasured];
}

const knownIn = (survey: Survey) =>
  survey.configurations.filter(set => costsOf(survey, set).totalMs !== undefined);

describe('the frontier', () => {
  it('beats all that is off it, and nothing on it is beaten but in a ring of equal costs', () => {
    let off = 0;
    fc.assert(
      fc.property(surveys({ levels: [50, 53, 56, 59, 100], gaps: true, drops: true }), survey => {
        const { points, leftOut } = frontierOf(survey);
        const on = points.map(({ configuration }) => configuration);
        const known = knownIn(survey);
        expect(leftOut).toBe(survey.configurations.length - known.length);
        for (const set of known.filter(one => !on.includes(one))) {
          off++;
          const tied = points.some(point => point.tied.includes(set));
          const better = on.filter(point => relation(survey, point, set) !== 'neither');
          expect(better).not.toEqual([]);
          expect(tied || better.some(point => relation(survey, point, set) === 'beats')).toBe(true);
        }
        for (const c of on)
          for (const d of on.filter(other => other !== c && relation(survey, other, c) === 'beats')) {
            expect(axesOf(survey, d)).toEqual(axesOf(survey, c));
            expect(writesOf(survey, d, c).every(([mine, theirs]) => mine === theirs)).toBe(true);
            expect(on.indexOf(d)).toBeGreaterThan(on.indexOf(c));
          }
        expect(points.reduce((sum, { beats, tied }) => sum + 1 + beats + tied.length, 0)).toBe(known.length);
      }),
      { numRuns: 300 },
    );
    expect(off).toBeGreaterThan(100);
  });

  it('is the set of costs that no other dominates, where every difference is clear', () => {
    fc.assert(
      fc.property(surveys({ levels: [50, 100, 200, 400], gaps: false, drops: true }), survey => {
        const all = survey.configurations.map(set => axesOf(survey, set, true));
        const dominates = (d: readonly number[], c: readonly number[]) =>
          d.every((axis, at) => axis <= (c[at] ?? 0)) && String(d) !== String(c);
        // The number of changes decides between equals only.
        const expected = all.filter(
          c =>
            !all.some(d => dominates(d.slice(0, -1), c.slice(0, -1))) &&
            !all.some(d => String(d.slice(0, -1)) === String(c.slice(0, -1)) && dominates(d, c)),
        );
        const found = frontierOf(survey).points.map(({ configuration }) =>
          axesOf(survey, configuration, true),
        );
        expect(new Set(found.map(String))).toEqual(new Set(expected.map(String)));
        // Each point once.
        expect(new Set(found.map(String)).size).toBe(found.length);
      }),
      { numRuns: 300 },
    );
  });

  it('is the baseline alone where all differences are noise', () => {
    fc.assert(
      fc.property(surveys({ levels: [50, 50.5, 51, 51.5], gaps: false, drops: false }), survey => {
        expect(frontierOf(survey).points.map(({ configuration }) => configuration)).toEqual([0]);
      }),
    );
  });

  it('says what each point does better than the one before', () => {
    const survey = surveyOf(
      [proposalOf('a', { bytes: 10 }), proposalOf('b', { bytes: 100 })],
      [
        queryOf('one', 2, [planOf(100), planOf(50)], seen => seen & 1),
        queryOf('two', 2, [planOf(90), planOf(30)], seen => seen >> 1),
      ],
    );
    const { points, plot } = frontierOf(survey);
    expect(points.map(point => [point.configuration, point.clearlyFasterThanPrevious])).toEqual([
      [0, []],
      [1, ['one']],
      [2, ['two']],
      [3, ['one']],
    ]);
    expect(points[2]?.clearlySlowerThanPrevious).toEqual(['one']);
    expect(plot[3]).toEqual({
      configuration: 3,
      netBytes: 110,
      totalMs: 80,
      atLeast: false,
      onFrontier: true,
    });
  });

  it('does not let a plan win that was stopped before its time is known', () => {
    // a was stopped after 40 ms, when the baseline takes 41: how slow it is, is unknown.
    const survey = surveyOf(
      [proposalOf('a', { kind: 'drop', freedBytes: 10 })],
      [queryOf('one', 1, [planOf({ stopped: 40 }), planOf(41)], seen => seen)],
    );
    expect(frontierOf(survey).points.map(({ configuration }) => configuration)).toEqual([1, 0]);
  });

  it('does not take an unmeasured cost of writes for none', () => {
    // b is as fast as a and no larger, but its write cost is unknown; c has b's unknown, and more.
    const survey = surveyOf(
      [
        proposalOf('a', { bytes: 10, writeMs: 2 }),
        proposalOf('b', { bytes: 10 }),
        proposalOf('c', { bytes: 10, writeMs: 1 }),
      ],
      [queryOf('one', 3, [planOf(100), planOf(50), planOf(30)], seen => (seen === 1 || seen === 2 ? 1 : 0))],
    );
    expect([0, 1, 2, 6].map(set => costsOf(survey, set).writeMs)).toEqual([0, 2, undefined, undefined]);
    expect(frontierOf(survey).points.map(({ configuration }) => configuration)).toEqual([0, 1, 2]);
    // Without a measurement it is no axis.
    const unmeasured = {
      ...survey,
      proposals: survey.proposals.map(({ id, bytes }) => proposalOf(id, { bytes })),
    };
    expect(frontierOf(unmeasured).points).toMatchObject([
      { configuration: 0 },
      { configuration: 1, tied: [2] },
    ]);
    // An index to drop is never measured, and makes no write dearer.
    const dropping = {
      ...survey,
      proposals: survey.proposals.map(one => ({
        ...one,
        kind: one.id === 'b' ? ('drop' as const) : one.kind,
      })),
    };
    expect(costsOf(dropping, 3).writeMs).toBe(2);
  });

  it('takes hardly any time for 4,096 configurations of 10 queries', () => {
    const proposals = Array.from({ length: 12 }, (_, at) => proposalOf(`p${at}`, { bytes: 8192 * (at + 1) }));
    const queries = Array.from({ length: 10 }, (_, at) => {
      const plans = Array.from({ length: 16 }, (_, plan) => planOf(100 * 0.8 ** plan));
      const bits = [at, (at + 3) % 12, (at + 5) % 12, (at + 7) % 12];
      return queryOf(`q${at}`, 12, plans, seen =>
        bits.reduce((index, bit, place) => index + (seen & (1 << bit) ? 1 << place : 0), 0),
      );
    });
    // CPU time: how busy the machine is with other things says nothing.
    const started = process.cpuUsage();
    const { points } = frontierOf(surveyOf(proposals, queries));
    expect(points.length).toBeGreaterThan(10);
    const { user, system } = process.cpuUsage(started);
    expect((user + system) / 1000).toBeLessThan(4000);
  });
});

function axesOf(survey: Survey, configuration: number, withTime = false): number[] {
  const { bytes, freedBytes, writeMs = 0, refreshMs, totalMs = 0, changes } = costsOf(survey, configuration);
  return [bytes - freedBytes, writeMs, refreshMs, ...(withTime ? [Math.round(totalMs * 1e6), changes] : [])];
}
