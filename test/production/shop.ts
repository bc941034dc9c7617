/** Rehearsals of a made-up plan: a sort of a filtered scan, as it would be planned and run at any size. */

import type { Plan } from '../../src/plan/plan.ts';
import { flattenPlan } from '../../src/plan/tree.ts';
import type { Rehearsal, Size } from '../../src/production/rehearsal.ts';
import { planOf, type Raw } from '../plan/plans.ts';

export const MB = 1024 ** 2;

export function sizeAt(rows: number): Size {
  return {
    label: `×${rows / 1e6}`,
    rows: new Map([['orders', rows]]),
    bytes: new Map([['orders', rows * 100]]),
  };
}

export interface Shape {
  /** Part of the rows that the filter lets through. */
  readonly share?: number;
  /** What the planner thinks of it. */
  readonly expected?: number;
  /** ms of the scan and of the sort, by themselves. */
  readonly ms?: (rows: number) => readonly [scan: number, sort: number];
  readonly spills?: (rows: number) => boolean;
  /** Of the sort, at its size. */
  readonly workMemBytes?: number;
}

/** Executed where `ms` is given to it. */
export function planAt(rows: number, shape: Shape = {}, executed = false): Plan {
  const { share = 0.1, expected = share, ms = () => [1, 1], spills = () => false } = shape;
  const [scanMs, sortMs] = ms(rows);
  const came = Math.round(rows * share);
  const ran = (total: number, fields: Raw): Raw =>
    executed
      ? {
          'Actual Startup Time': 0,
          'Actual Total Time': total,
          'Actual Rows': came,
          'Actual Loops': 1,
          'Shared Hit Blocks': Math.ceil((rows * 100) / 8192),
          'Shared Read Blocks': 0,
          ...fields,
        }
      : {};
  const planned = { 'Plan Rows': Math.round(rows * expected), 'Plan Width': 16, 'Total Cost': rows };
  const sort = spills(rows)
    ? { 'Sort Method': 'external merge', 'Sort Space Used': came / 50, 'Sort Space Type': 'Disk' }
    : { 'Sort Method': 'quicksort', 'Sort Space Used': (came * 64) / 1024, 'Sort Space Type': 'Memory' };
  return planOf(
    {
      'Node Type': 'Sort',
      'Sort Key': ['day'],
      ...planned,
      ...ran(scanMs + sortMs, sort),
      Plans: [
        {
          'Node Type': 'Seq Scan',
          'Parent Relationship': 'Outer',
          'Relation Name': 'orders',
          Alias: 'orders',
          Filter: 'paid',
          ...planned,
          ...ran(scanMs, { 'Rows Removed by Filter': rows - came }),
        },
      ],
    },
    {
      ...(executed ? { 'Execution Time': scanMs + sortMs, 'Planning Time': 0.5 } : {}),
      Settings: { work_mem: `${Math.round((shape.workMemBytes ?? MB) / 1024)}kB` },
    },
  );
}

export function rehearsalAt(rows: number, shape: Shape = {}): Rehearsal {
  const tree = planAt(rows, shape, true);
  const own = flattenPlan(tree).map(({ actual }) => actual?.exclusiveMs ?? 0);
  const total = own.reduce((sum, ms) => sum + ms, 0);
  return {
    size: sizeAt(rows),
    settings: [],
    estimated: planAt(rows, shape),
    tree,
    runsMs: [total * 0.98, total, total * 1.02],
    planningMs: 0.5,
    selfMs: [own, own.map(ms => ms * 0.98), own.map(ms => ms * 1.02)],
    workers: undefined,
  };
}
