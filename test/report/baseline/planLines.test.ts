import { describe, expect, it } from 'vitest';
import type { ComparableNode } from '../../../src/report/baseline/baseline.ts';
import { planDifference } from '../../../src/report/baseline/planLines.ts';
import { planOf } from './documents.ts';

const chain = (length: number, label: (i: number) => string): ComparableNode[] =>
  Array.from({ length }, (_, i) => planOf(label(i))).flat();

describe('the difference of two plans', () => {
  it('is nothing for the same labels', () => {
    expect(planDifference(planOf('Sort\n  Seq Scan on a'), planOf('Sort\n  Seq Scan on a'))).toEqual([]);
    expect(planDifference([], [])).toEqual([]);
  });

  it('shows what came and went, with two lines around it', () => {
    const before = chain(9, i => `Step ${i}`);
    const after = before.with(4, ...(planOf('Other') as [ComparableNode]));
    expect(planDifference(before, after)).toEqual([
      '  …',
      '  Step 2',
      '  Step 3',
      '- Step 4',
      '+ Other',
      '  Step 5',
      '  Step 6',
      '  …',
    ]);
  });

  it('takes a step that moved deeper for another line', () => {
    expect(planDifference(planOf('Seq Scan on a'), planOf('Gather\n  Seq Scan on a'))).toEqual([
      '- Seq Scan on a',
      '+ Gather',
      '+   Seq Scan on a',
    ]);
  });

  it('of huge plans, or of absurd depth, takes no time and no memory', () => {
    const lines = planDifference(
      chain(20_000, i => `a${i}`),
      chain(20_000, i => `b${i}`),
    );
    expect(lines).toHaveLength(40_000);
    const [deep] = planOf('x');
    if (deep === undefined) throw new Error('a node');
    expect(planDifference([], [{ ...deep, depth: 1e12 }])[0]?.length).toBeLessThan(300);
  });
});
