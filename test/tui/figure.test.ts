import { describe, expect, it } from 'vitest';
import { changeOf, compare, type Figure, figureOf, verdictOf } from '../../src/tui/model/figure.ts';
import { settingsState } from '../../src/tui/settings/settings.ts';
import type { State } from '../../src/tui/state/state.ts';

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
    expect(compare(measured(101, 100, 101, 102, 103), measured(121, 118, 120, 121, 125)).kind).toBe('slower');
  });

  it('is none of so few runs that no test could find one', () => {
    expect(compare(measured(100), measured(50))).toEqual({ kind: 'not measured', tooFew: true });
  });

  it('is not clear where the runs overlap or nearly agree', () => {
    const overlapping = compare(measured(115, 80, 115, 116, 130), measured(120, 110, 119, 120, 150));
    expect(overlapping.kind).toBe('no clear difference');
    const oneBusy = compare(measured(102, 100, 101, 102, 103, 104), measured(96, 94, 95, 96, 97, 110));
    expect(oneBusy.kind).toBe('no clear difference');
    const close = compare(measured(100, 99, 100, 101, 102), measured(104, 103, 104, 104, 105));
    expect(close.kind).toBe('no clear difference');
  });

  it('is a bound where one side was stopped, and not known where that bounds nothing', () => {
    expect(compare(stopped(30_000), measured(100))).toMatchObject({ kind: 'faster', atLeast: true });
    expect(compare(measured(100), stopped(30_000))).toMatchObject({ kind: 'slower', atLeast: true });
    expect(compare(stopped(30_000), measured(40_000)).kind).toBe('not measured');
    expect(compare(stopped(30_000), stopped(30_000)).kind).toBe('not measured');
  });

  it('is never made of an estimate', () => {
    expect(compare(estimated, measured(1))).toEqual({ kind: 'not measured' });
    expect(compare(measured(1), estimated)).toEqual({ kind: 'not measured' });
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
  const plan = { fingerprint: 'f', totalCost: 1, root: {} };
  const measurement = { runsMs: [5], medianMs: 5, timedOutAfterMs: undefined, tree: undefined };
  /** `broken` is on and could not be built: the plan was made, and measured, without it. */
  const state = (measuredUnder: string) =>
    ({
      workload: { queries: [{ id: 'q' }, { id: 'w', writes: 'UPDATE' }], proposals: [] },
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

  it('is only planned where the statement writes, whatever is said to be measured', () => {
    const { plans, measurements, ...rest } = state('good');
    const writing = { ...rest, plans: { w: plans.q }, measurements: { w: measurements.q } } as State;
    expect(figureOf(writing, 'w', 'after')).toEqual({
      how: 'planned',
      cost: 1,
      reason: 'it writes (UPDATE): planned, never run',
    });
  });

  it('is unknown where an index on what it reads may not be used in this transaction', () => {
    const reads = (relation: string, unusable: string | undefined) => {
      const root = { totalCost: 1, relation, children: [] };
      const same = { state: 'planned', plan: { fingerprint: 'f', root }, missing: [], rewrite: undefined };
      const objects = [{ table: 'orders', usable: unusable === undefined }];
      return {
        ...state(''),
        on: ['late'],
        workload: { queries: [], proposals: [{ id: 'late', kind: 'index' }] },
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

  it('is still known while more runs are added to it, and not while it is measured again', () => {
    const running = (more: object) => {
      const known = state('good');
      const { result } = known.measurements.q?.f ?? {};
      const measurements = { q: { f: { result, runningSince: 1, ...more } } };
      return figureOf({ ...known, measurements } as State, 'q', 'after').how;
    };
    expect(running({ more: true })).toBe('measured');
    expect(running({})).toBe('running');
  });
});
