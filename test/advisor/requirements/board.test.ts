import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { requirementsOf } from '../../../src/advisor/requirements/board.ts';
import { knownFrom } from '../../../src/advisor/requirements/known.ts';
import { besideLimit, worstState } from '../../../src/advisor/requirements/result.ts';
import { loadWorkload } from '../../../src/workload/load.ts';
import { knownOf } from './situation.ts';

describe('the board', () => {
  it('is REQ-01 to REQ-09 of the case study for the demo', async () => {
    const workload = await loadWorkload(resolve(import.meta.dirname, '../../..'), '/');
    const rows = requirementsOf(
      knownFrom(workload, [], {
        tables: [],
        serverVersion: undefined,
        verified: undefined,
        answer: () => undefined,
        planned: () => undefined,
        measured: () => undefined,
        objects: () => undefined,
      }),
    );
    expect(rows.map(({ id, title }) => `${id} ${title}`)).toEqual([
      'REQ-01 Daily revenue trend < 2 s',
      'REQ-02 Top products by category < 2 s',
      'REQ-03 Customer cohort analysis < 2 s',
      'REQ-04 Inventory turnover < 2 s',
      'REQ-05 Customer lifetime value < 2 s',
      'REQ-06 Category performance < 2 s',
      'REQ-07 Storage added < 2 GB',
      'REQ-08 No Seq Scan, tables > 1 M rows',
      'REQ-09 Holds ≤ 500 MB, no temp files',
    ]);
    // Nothing is known yet: nothing passes, and nothing fails.
    const states = rows.flatMap(({ before, after }) => [before.state, after.state]);
    expect(new Set(states)).toEqual(new Set(['not measured', 'not applicable']));
    expect(rows.every(({ atProductionSize }) => atProductionSize === undefined)).toBe(true);
  });

  it('keeps the numbers of the queries where a file is broken', () => {
    const rows = requirementsOf(knownOf({ queries: [{ query: { number: 1 } }, { query: { number: 3 } }] }));
    const others = rows.slice(2).map((_, at) => `REQ-0${4 + at}`);
    expect(rows.map(({ id }) => id)).toEqual(['REQ-01', 'REQ-03', ...others]);
    expect(others.length).toBeGreaterThan(2);
  });
});

describe('one verdict of several', () => {
  it('fails before it is unknown, and is unknown before it passes', () => {
    expect(worstState(['pass', 'not measured', 'fail'])).toBe('fail');
    expect(worstState(['pass', 'not measured', 'not applicable'])).toBe('not measured');
    expect(worstState(['pass', 'not applicable'])).toBe('pass');
    expect(worstState([])).toBe('not applicable');
  });

  it('says a figure exactly where it would read as its limit', () => {
    const say = (value: number) => value.toFixed(0);
    expect([1.6, 2, 2.4, 3].map(value => besideLimit(value, 2, say, String))).toEqual([
      '1.6',
      '2',
      '2.4',
      '3',
    ]);
  });
});
