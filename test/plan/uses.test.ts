import { describe, expect, it } from 'vitest';
import { sequentialScans, usedNames, usedRelations } from '../../src/plan/uses.ts';
import { fixture } from './plans.ts';

describe('what a plan uses', () => {
  it('indexes, those of bitmaps included', () => {
    expect(usedNames(fixture('bitmap-and.estimated'))).toEqual(
      new Set(['orders', 'orders_amount', 'orders_customer']),
    );
    expect(usedNames(fixture('seq-scan.estimated'))).toEqual(new Set(['orders']));
  });

  it('relations, each once', () => {
    expect(usedRelations(fixture('sub-plan.estimated'))).toEqual(new Set(['customers', 'orders']));
    expect(usedRelations(fixture('bitmap-or.estimated'))).toEqual(new Set(['orders']));
  });

  it('sequential scans on large tables, parallel ones too', () => {
    const onOrders = (name: string) =>
      sequentialScans(fixture(name)).filter(({ relation }) => relation === 'orders');
    const labels = (name: string) => onOrders(name).map(({ label }) => label);
    expect(labels('parallel-hash-join.estimated')).toEqual(['Parallel Seq Scan on plan_fixtures.orders o']);
    expect(labels('hash-join-batches.estimated')).toEqual(['Seq Scan on orders a', 'Seq Scan on orders b']);
    expect(labels('index-only-scan.estimated')).toEqual([]);
    expect(labels('never-executed.estimated')).toEqual([]);
  });
});
