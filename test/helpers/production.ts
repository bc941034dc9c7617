/** What could be said of production size, in every way that it can be said. */
import type { AtProduction, Interval, ProductionSide, Projected } from '../../src/advisor/projected.ts';
import type { Plan } from '../../src/plan/plan.ts';

export const MB = 1024 ** 2;

/** Twice as much and half as much. */
export const about = (point: number): Interval => ({ low: point / 2, point, high: point * 2 });

export function projectedAs(ms: Interval, more: Partial<Projected> = {}): Projected {
  return {
    kind: 'projected',
    ms,
    method: 'production’s plan, run at ×0.01, ×0.05',
    remarks: [],
    nodes: [{ id: 0, label: 'Seq Scan on orders', rows: about(5e6), selfMs: ms }],
    memory: { bytes: about(MB), spills: 'no', holders: [] },
    ...more,
  };
}

export function sideAt(plan: Plan | undefined, time: ProductionSide['time']): ProductionSide {
  return {
    plan,
    rewrite: undefined,
    failure: undefined,
    time,
    check: {
      predicted: time,
      measuredMs: 10,
      label: '×0.05',
      inside: time.kind === 'unknown' ? undefined : true,
    },
    rehearsals: [
      { label: '×0.01', medianMs: 2, runsMs: [2, 2.1], settings: { work_mem: '5MB' } },
      { label: '×0.05', medianMs: 10, runsMs: [10, 11], settings: { work_mem: '25MB' } },
    ],
  };
}

export function productionOf(
  before: Readonly<Record<string, ProductionSide>>,
  after: Readonly<Record<string, ProductionSide>> = before,
  more: Partial<AtProduction> = {},
): AtProduction {
  return {
    sizes: ['×0.01', '×0.05'],
    tables: [],
    serverVersion: '15.18',
    objects: new Map(),
    before: new Map(Object.entries(before)),
    after: new Map(Object.entries(after)),
    remarks: [],
    ...more,
  };
}
