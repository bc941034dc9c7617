import { describe, expect, it } from 'vitest';
import { changeOf, compare, type Figure, figureOf, verdictOf } from '../../src/tui/model/figure.ts';
import { settingsState } from '../../src/tui/settings/types.ts';
import type { State } from '../../src/tui/state/types.ts';

const measured = (ms: number, ...runsMs: number[]): Figure => ({
  how: 'measured',
  ms,
  runsMs: runsMs.length > 0 ? runsMs : [ms],
  configuration: '',
});
const stopped = (afterMs: number): Figure => ({ how: 'timed out', afterMs });
const estimated: Figure = { how: 'estimated', cost: 10, problem: undefined };

describe('what a change does to a run time', () => {
  it('is a factor in a direction', () => {
    expect(compare(measured(100), measured(10))).toMatchObject({ kind: 'faster', atLeast: false });
    expect(compare(measured(10), measured(100))).toMatchObject({
      kind: 'slower',
      beforeMs: 10,
      afterMs: 100,
    });
  });

  it('is no difference where the runs overlap or the medians nearly agree', () => {
    expect(compare(measured(115, 80, 115, 130), measured(120, 110, 120, 150)).kind).toBe(
      'no clear difference',
    );
    expect(compare(measured(100), measured(104)).kind).toBe('no clear difference');
    expect(compare(measured(100, 95, 100, 105), measured(120, 118, 120, 125)).kind).toBe('slower');
  });

  it('is a bound where one side was stopped, and unknown where that bounds nothing', () => {
    expect(compare(stopped(30_000), measured(100))).toMatchObject({ kind: 'faster', atLeast: true });
    expect(compare(measured(100), stopped(30_000))).toMatchObject({ kind: 'slower', atLeast: true });
    expect(compare(stopped(30_000), measured(40_000)).kind).toBe('unknown');
    expect(compare(stopped(30_000), stopped(30_000)).kind).toBe('unknown');
  });

  it('is never told from an estimate', () => {
    expect(compare(estimated, measured(1)).kind).toBe('unknown');
    expect(compare(measured(1), estimated).kind).toBe('unknown');
  });
});

describe('the target', () => {
  it('is met below it, missed from it on, and open while nothing was run', () => {
    expect(verdictOf(measured(1999.9), 2000)).toBe('met');
    expect(verdictOf(measured(2000), 2000)).toBe('missed');
    expect(verdictOf(stopped(30_000), 2000)).toBe('missed');
    expect(verdictOf(stopped(1_000), 2000)).toBe('unknown');
    expect(verdictOf(estimated, 2000)).toBe('unknown');
  });
});

describe('how a figure was got', () => {
  const plan = { fingerprint: 'f', root: { totalCost: 1 } };
  const measurement = { runsMs: [5], medianMs: 5, timedOutAfterMs: undefined, tree: undefined };
  /** `broken` is on and could not be built: the plan was made, and measured, without it. */
  const state = (measuredUnder: string) =>
    ({
      on: ['broken', 'good'],
      settings: settingsState([]),
      builds: {},
      plans: { q: { 'broken good': { state: 'planned', plan, missing: ['broken'], rewrite: undefined } } },
      measurements: { q: { f: { result: { measurement, configuration: measuredUnder } } } },
    }) as unknown as State;

  it('is measured where it was run with all that could be built, else reused', () => {
    expect(figureOf(state('good'), 'q', 'after').how).toBe('measured');
    expect(figureOf(state(''), 'q', 'after').how).toBe('reused');
  });

  it('is unknown where an index on what it reads may not be used in this transaction', () => {
    const reads = (relation: string, unusable: string | undefined) => {
      const root = { totalCost: 1, relation, children: [] };
      const same = { state: 'planned', plan: { fingerprint: 'f', root }, missing: [], rewrite: undefined };
      const objects = [{ table: 'orders', usable: unusable === undefined }];
      return {
        ...state(''),
        on: ['late'],
        workload: { proposals: [{ id: 'late', kind: 'index' }] },
        builds: { late: { state: 'built', built: { objects, unusable } } },
        plans: { q: { '': same, late: same } },
      } as unknown as State;
    };
    const orders = reads('orders', 'start again');
    expect(figureOf(orders, 'q', 'before').how).toBe('measured');
    expect(figureOf(orders, 'q', 'after')).toEqual({ how: 'unknown', reason: 'start again' });
    expect(changeOf(orders, 'q').kind).toBe('unusable');
    expect(changeOf(reads('other', 'start again'), 'q').kind).toBe('same plan');
    expect(changeOf(reads('orders', undefined), 'q').kind).toBe('same plan');
  });
});
