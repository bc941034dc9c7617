/** Rows of nodes at production size: what workers do again, what children and limits allow. */
import { describe, expect, it } from 'vitest';
import type { Plan } from '../../src/plan/plan.ts';
import { flattenPlan } from '../../src/plan/tree.ts';
import { nodesAtProduction, workDone } from '../../src/production/quantities.ts';
import type { Rehearsal, Size } from '../../src/production/rehearsal.ts';
import { planOf, type Raw } from '../plan/plans.ts';

const sizeAt = (rows: number): Size => ({
  label: String(rows),
  rows: new Map([
    ['lines', rows],
    ['nation', 25],
  ]),
  bytes: new Map(),
});

/** @param shape Of a node: what is planned, and what came of it at a size. */
type Shape = (rows: number, processes: number, executed: boolean) => Raw;

const ran = (executed: boolean, rows: number, loops: number): Raw =>
  executed ? { 'Actual Rows': rows / loops, 'Actual Loops': loops, 'Actual Total Time': 1 } : {};

const rehearsalAt = (shape: Shape, rows: number, processes: number): Rehearsal => ({
  size: sizeAt(rows),
  settings: [],
  estimated: planOf(shape(rows, processes, false)),
  tree: planOf(shape(rows, processes, true)),
  runsMs: [1],
  planningMs: 0,
  selfMs: [[1]],
  workers: undefined,
});

/** From 60,000 and 300,000 lines to 6 million, in three processes; at the smallest size the workers came too late. */
function rowsAt(shape: Shape): ReadonlyMap<string, { low: number; point: number; high: number }> {
  const target: Plan = planOf(shape(6_000_000, 3, false));
  const seen = [rehearsalAt(shape, 60_000, 1), rehearsalAt(shape, 300_000, 3)];
  const ahead = nodesAtProduction(seen, target, sizeAt(6_000_000));
  return new Map(flattenPlan(target).map(({ id, label }) => [label, ahead[id]?.rows ?? expect.fail()]));
}

const gather = (processes: number, executed: boolean, total: number, below: Raw): Raw => ({
  'Node Type': 'Gather',
  'Plan Rows': Math.round(total),
  'Workers Planned': 2,
  ...(executed ? { 'Workers Launched': processes - 1 } : {}),
  ...ran(executed, total, 1),
  Plans: [{ 'Parent Relationship': 'Outer', ...below }],
});

const scan = (rows: number, processes: number, executed: boolean, share: number): Raw => ({
  'Node Type': 'Seq Scan',
  'Parent Relationship': 'Outer',
  'Parallel Aware': true,
  'Relation Name': 'lines',
  Alias: 'lines',
  'Plan Rows': Math.round((rows * share) / 2.4),
  ...ran(executed, rows * share, processes),
});

const nation = (processes: number, executed: boolean): Raw => ({
  'Node Type': 'Hash',
  'Parent Relationship': 'Inner',
  'Plan Rows': 25,
  ...ran(executed, 25 * processes, processes),
  Plans: [
    {
      'Node Type': 'Seq Scan',
      'Parent Relationship': 'Outer',
      'Relation Name': 'nation',
      Alias: 'nation',
      'Plan Rows': 25,
      ...ran(executed, 25 * processes, processes),
    },
  ],
});

describe('rows of workers', () => {
  const joined: Shape = (rows, processes, executed) =>
    gather(processes, executed, rows * 0.1, {
      'Node Type': 'Hash Join',
      'Join Type': 'Inner',
      'Plan Rows': Math.round((rows * 0.1) / 2.4),
      ...ran(executed, rows * 0.1, processes),
      Plans: [scan(rows, processes, executed, 0.1), nation(processes, executed)],
    });

  it('again in each process are those of the table, once for each of them', () => {
    const rows = rowsAt(joined);
    // 25 of one process and 75 of three are no growth.
    expect(rows.get('Seq Scan on nation')).toEqual({ low: 75, point: 75, high: 75 });
    expect(rows.get('Hash')).toEqual({ low: 75, point: 75, high: 75 });
  });

  it('together grow with the data, and are all that a Gather gives out', () => {
    const rows = rowsAt(joined);
    const scanned = rows.get('Parallel Seq Scan on lines');
    expect(scanned?.point).toBeCloseTo(600_000, -3);
    expect(rows.get('Hash Join')).toEqual(scanned);
    expect(rows.get('Gather')).toEqual(scanned);
  });

  it('is the same work in one process and in three', () => {
    const nodes = flattenPlan(planOf(joined(60_000, 1, true)));
    const at = nodes.find(({ label }) => label === 'Seq Scan on nation')?.id ?? -1;
    expect(workDone(planOf(joined(60_000, 1, true)))[at]).toBe(workDone(planOf(joined(60_000, 3, true)))[at]);
  });

  it('are as many groups as there are, in each process of a partial aggregate', () => {
    const groups: Shape = (rows, processes, executed) => ({
      'Node Type': 'Aggregate',
      Strategy: 'Sorted',
      'Partial Mode': 'Finalize',
      'Group Key': ['kind'],
      'Plan Rows': 5,
      ...ran(executed, 5, 1),
      Plans: [
        {
          'Parent Relationship': 'Outer',
          ...gather(processes, executed, 5 * processes, {
            'Node Type': 'Aggregate',
            Strategy: 'Hashed',
            'Partial Mode': 'Partial',
            'Group Key': ['kind'],
            'Plan Rows': 5,
            ...ran(executed, 5 * processes, processes),
            Plans: [scan(rows, processes, executed, 1)],
          }),
        },
      ],
    });
    const rows = rowsAt(groups);
    expect(rows.get('Finalize GroupAggregate')?.point).toBe(5);
    expect(rows.get('Partial HashAggregate')?.point).toBeCloseTo(15);
    expect(rows.get('Gather')?.point).toBeCloseTo(15);
  });
});

describe('bounds', () => {
  it('are the LIMIT and the rows that come', () => {
    const limited: Shape = (rows, _processes, executed) => ({
      'Node Type': 'Limit',
      'Plan Rows': 100,
      ...ran(executed, Math.min(100, rows / 6000), 1),
      Plans: [
        {
          'Node Type': 'Sort',
          'Parent Relationship': 'Outer',
          'Sort Key': ['n'],
          'Plan Rows': rows / 100,
          ...ran(executed, Math.min(100, rows / 6000), 1),
          Plans: [{ ...scan(rows, 1, executed, 1 / 6000), 'Parallel Aware': false }],
        },
      ],
    });
    const rows = rowsAt(limited);
    // 10 and 50 rows would go on to 1,000.
    expect(rows.get('Seq Scan on lines')?.point).toBeCloseTo(1000, -2);
    expect(rows.get('Limit')?.high).toBe(100);
  });
});
