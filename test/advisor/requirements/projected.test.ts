import { describe, expect, it } from 'vitest';
import type { AtProduction, Interval, Projected, ProjectedTime } from '../../../src/advisor/projected.ts';
import { requirementsOf } from '../../../src/advisor/requirements/board.ts';
import { knownAtProduction } from '../../../src/advisor/requirements/known.ts';
import { about, MB, productionOf, projectedAs, sideAt } from '../../helpers/production.ts';
import { node, planOf, ran } from '../../plan/plans.ts';
import { index, knownOf, table } from './situation.ts';

const small = planOf(node('Index Scan', { 'Relation Name': 'orders', 'Index Name': 'i' }));
const whole = planOf(node('Seq Scan', { 'Relation Name': 'orders' }));

/** REQ-01 is the query's time, 02 storage, 03 sequential scans, 04 memory. */
function judged(time: ProjectedTime, more: Partial<AtProduction> = {}, plan = small) {
  const known = knownOf({
    queries: [{ before: { plan: ran('Seq Scan', 1, 1), runsMs: [1] } }],
    proposals: { i: [index('i', 5 * MB)] },
  });
  const there = knownAtProduction(
    known.workload,
    known.on,
    productionOf({ q1: sideAt(plan, time) }, undefined, more),
  );
  const [run, storage, scans, memory] = requirementsOf(known, there).map(one => one.atProductionSize);
  return { run, storage, scans, memory };
}

const between = (low: number, high: number): Interval => ({ low, point: (low + high) / 2, high });
const withMemory = (memory: Partial<Projected['memory']>) => {
  const time = projectedAs(about(100));
  return { ...time, memory: { ...time.memory, ...memory } };
};

describe('a query’s time at production size', () => {
  it('passes where the whole interval is under the target, fails where none of it is', () => {
    expect(judged(projectedAs(between(500, 1900))).run).toMatchObject({
      state: 'pass',
      figure: '≈ 1.20 s (500 ms … 1.90 s)',
    });
    expect(judged(projectedAs(between(2000, 9000))).run?.state).toBe('fail');
  });

  it('is not clear where the target lies inside', () => {
    expect(judged(projectedAs(between(1900, 2100))).run).toMatchObject({
      state: 'not measured',
      text: expect.stringContaining('not clear, the target of 2 s lies inside'),
    });
    expect(judged(projectedAs(between(1000, 2000))).run?.state).toBe('not measured');
  });

  it('is unknown with its reason, and never looks measured', () => {
    expect(judged({ kind: 'unknown', why: 'measured at one size only (×0.01)' }).run).toMatchObject({
      state: 'not measured',
      figure: 'unknown',
      text: 'unknown: measured at one size only (×0.01)',
    });
    const { run } = judged(projectedAs(about(100)));
    expect(run?.evidence[0]?.text).toMatch(/^projected, not measured: production’s plan, run at/);
  });

  it('is undefined before it is computed', () => {
    const known = knownOf({ queries: [{}] });
    expect(requirementsOf(known).every(one => one.atProductionSize === undefined)).toBe(true);
  });
});

describe('bytes and plans at production size', () => {
  it('are those of the lens', () => {
    const objects = new Map([['i', [index('i', 5000 * MB)]]]);
    expect(judged(projectedAs(about(1)), { objects }).storage?.state).toBe('fail');
    expect(judged(projectedAs(about(1))).storage?.state).toBe('not measured');
  });

  it('find a sequential scan that production would make, whatever is here', () => {
    const tables = [table('orders', 50_000_000)];
    expect(judged(projectedAs(about(1)), { tables }, whole).scans).toMatchObject({
      state: 'fail',
      text: 'Seq Scan on orders (50 M rows) in Q1',
    });
    expect(judged(projectedAs(about(1)), { tables }).scans?.state).toBe('pass');
  });
});

describe('memory at production size', () => {
  it('fails where it would spill, or holds more at its least', () => {
    expect(judged(withMemory({ spills: 'yes' })).memory).toMatchObject({
      state: 'fail',
      figure: 'would spill',
    });
    expect(judged(withMemory({ bytes: between(600 * MB, 700 * MB) })).memory?.state).toBe('fail');
  });

  it('passes only where all of it fits', () => {
    expect(judged(withMemory({ bytes: between(10 * MB, 500 * MB) })).memory?.state).toBe('pass');
    expect(judged(withMemory({ bytes: between(10 * MB, 501 * MB) })).memory?.state).toBe('not measured');
    expect(judged(withMemory({ spills: 'unclear' })).memory?.state).toBe('not measured');
    expect(judged({ kind: 'unknown', why: 'no plan' }).memory?.state).toBe('not measured');
  });
});
