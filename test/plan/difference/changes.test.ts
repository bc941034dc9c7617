import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { exclusiveCosts } from '../../../src/plan/accounting/costs.ts';
import { changesOf, cosmeticChanges, type PlanChange } from '../../../src/plan/difference/changes.ts';
import { diffPlans } from '../../../src/plan/difference/diff.ts';
import type { Plan } from '../../../src/plan/plan.ts';
import { flattenPlan } from '../../../src/plan/tree.ts';
import { actual, allFixtures, anyTree, fixture, node, planOf, type Raw, ran } from '../plans.ts';

const table = (name: string) => ({ 'Relation Name': name, Alias: name });
const changes = (before: Plan, after: Plan): readonly PlanChange[] =>
  changesOf(before, after, diffPlans(before, after));

/** `status before→after delta`. */
const told = (before: Plan, after: Plan): readonly string[] =>
  changes(before, after).map(
    one => `${one.status} ${one.before ?? '·'}→${one.after ?? '·'} ${Math.round(one.delta * 1000) / 1000}`,
  );

describe('changes', () => {
  it('the biggest first, whichever way it goes', () => {
    const before = planOf(
      ran(
        'Sort',
        100,
        1,
        { 'Sort Key': ['n'] },
        ran('Seq Scan', 80, 1, { ...table('a'), Filter: '(n > 1)' }),
      ),
    );
    const after = planOf(
      ran(
        'Gather',
        65,
        1,
        { 'Workers Planned': 1, 'Workers Launched': 0 },
        ran(
          'Sort',
          55,
          1,
          { 'Sort Key': ['n'] },
          ran('Index Scan', 10, 1, { ...table('a'), 'Index Name': 'i' }),
        ),
      ),
    );
    // The scan: 10 − 80. The Sort: 45 − 20, more than 5 of 100. The Gather: 65 − 55.
    expect(told(before, after)).toEqual(['changed 1→2 -70', 'same 0→1 25', 'added ·→0 10']);
  });

  it('what went counts with all that it took', () => {
    const scan = ran('Seq Scan', 30, 1, table('a'));
    const before = planOf(ran('Sort', 90, 1, { 'Sort Key': ['n'] }, scan));
    expect(told(before, planOf(scan))).toEqual(['removed 0→· -60']);
    expect(told(planOf(scan), before)).toEqual(['added ·→0 60']);
  });

  it('a step that stayed is reported from 5 % of the longer plan on, not at 5 %', () => {
    const plan = (sort: number) =>
      planOf(ran('Sort', 900 + sort, 1, { 'Sort Key': ['n'] }, ran('Seq Scan', 900, 1, table('a'))));
    // 100 → 50: 50 of 1000, 5 % exactly.
    expect(told(plan(100), plan(50))).toEqual([]);
    expect(told(plan(50), plan(100))).toEqual([]);
    // 100 → 49: 51 of 1000.
    expect(told(plan(100), plan(49))).toEqual(['same 0→0 -51']);
    expect(told(plan(49), plan(100))).toEqual(['same 0→0 51']);
  });

  it('a step that changed in kind is reported however little time it takes', () => {
    const scan = (Filter: string) => planOf(ran('Seq Scan', 30, 1, { ...table('a'), Filter }));
    expect(told(scan('(n > 1)'), scan('(n > 2)'))).toEqual(['changed 0→0 0']);
  });

  it('of times, not of costs, where both have times', () => {
    const plan = (ms: number, cost: number) =>
      planOf(ran('Seq Scan', ms, 1, { ...table('a'), 'Total Cost': cost }));
    expect(told(plan(100, 10), plan(20, 9000))).toEqual(['same 0→0 -80']);
    expect(told(plan(100, 10), plan(100, 9000))).toEqual([]);
  });

  it('of costs where one has no times: and then of steps that changed in kind only', () => {
    const sorted = (cost: number, scanCost: number, ms: number | undefined) => {
      const scan = { ...table('a'), 'Total Cost': scanCost };
      const sort = { 'Sort Key': ['n'], 'Total Cost': cost };
      return planOf(
        ms === undefined
          ? node('Sort', sort, node('Seq Scan', scan))
          : ran('Sort', ms, 1, sort, ran('Seq Scan', 1, 1, scan)),
      );
    };
    const index = planOf(node('Index Scan', { ...table('a'), 'Index Name': 'i', 'Total Cost': 40 }));
    // The Sort alone cost 300 − 180; the scan went from 180 to 40.
    expect(told(sorted(300, 180, 500), index)).toEqual(['changed 1→0 -140', 'removed 0→· -120']);
    // Costs of steps that stayed differ whenever the statistics do.
    expect(told(sorted(300, 180, undefined), sorted(9000, 20, undefined))).toEqual([]);
    expect(told(sorted(300, 180, 500), sorted(9000, 20, undefined))).toEqual([]);
  });

  it('a step that moved is reported', () => {
    const join = (one: string, other: string) =>
      planOf(
        ran(
          'Nested Loop',
          30,
          1,
          { 'Join Type': 'Inner' },
          ran('Seq Scan', 10, 1, table(one)),
          ran('Seq Scan', 10, 1, table(other)),
        ),
      );
    expect(changes(join('a', 'b'), join('b', 'a')).map(({ status }) => status)).toEqual(['moved', 'moved']);
  });

  it('of a plan and itself are none', () => {
    for (const name of allFixtures()) expect(changes(fixture(name), fixture(name)), name).toEqual([]);
  });
});

describe('cosmetic changes', () => {
  const scan = (cost: number, rows: number, more: Raw = {}) =>
    node('Seq Scan', { ...table('a'), 'Total Cost': cost, 'Plan Rows': rows, ...more });
  const count = (before: Raw, after: Raw): number => {
    const [one, other] = [planOf(before), planOf(after)];
    return cosmeticChanges(one, other, diffPlans(one, other));
  };

  it('are costs and expected rows of steps that stayed', () => {
    expect(count(scan(10, 5), scan(10, 5))).toBe(0);
    expect(count(scan(10, 5), scan(11, 5))).toBe(1);
    expect(count(scan(10, 5), scan(10, 6))).toBe(1);
    const sort = (below: Raw, cost: number) => node('Sort', { 'Sort Key': ['n'], 'Total Cost': cost }, below);
    expect(count(sort(scan(10, 5), 20), sort(scan(11, 6), 21))).toBe(2);
  });

  it('not what changed in kind: that is structural', () => {
    expect(count(scan(10, 5, { Filter: '(n > 1)' }), scan(99, 50, { Filter: '(n > 2)' }))).toBe(0);
    const index = node('Index Scan', { ...table('a'), 'Index Name': 'i', 'Total Cost': 3 });
    expect(count(scan(10, 5), index)).toBe(0);
    expect(count(scan(10, 5), node('Sort', { 'Sort Key': ['n'] }, scan(10, 5)))).toBe(0);
  });

  it('and structural ones are never counted as both', () => {
    const before = planOf(node('Sort', { 'Sort Key': ['n'], 'Total Cost': 20 }, scan(10, 5)));
    const after = planOf(
      node('Sort', { 'Sort Key': ['n'], 'Total Cost': 9 }, scan(8, 5, { Filter: '(n > 1)' })),
    );
    const diff = diffPlans(before, after);
    // The Sort only costs less; the scan has a filter now.
    expect(cosmeticChanges(before, after, diff)).toBe(1);
    expect(changesOf(before, after, diff)).toMatchObject([{ status: 'changed', before: 1, after: 1 }]);
  });

  it('of run times are none', () => {
    expect(count(ran('Seq Scan', 10, 1, table('a')), ran('Seq Scan', 99, 1, table('a')))).toBe(0);
  });
});

describe('any two plans', () => {
  const pairs = fc.tuple(anyTree, anyTree).map(([one, other]) => [planOf(one), planOf(other)] as const);

  it('every step that changed in kind is reported once, and no other one', () => {
    fc.assert(
      fc.property(pairs, ([before, after]) => {
        const diff = diffPlans(before, after);
        const found = changesOf(before, after, diff);
        const kinds = found.filter(({ status }) => status !== 'same');
        const changedBefore = diff.before.flatMap(({ status }, id) => (status === 'same' ? [] : [id]));
        const added = diff.after.flatMap(({ status }, id) => (status === 'added' ? [id] : []));
        const ascending = (ids: readonly (number | undefined)[]) =>
          ids.flatMap(id => id ?? []).sort((a, b) => a - b);
        expect(ascending(kinds.map(one => one.before))).toEqual(changedBefore);
        expect(ascending(kinds.flatMap(one => (one.status === 'added' ? [one.after] : [])))).toEqual(added);
        for (const list of [ascending(found.map(one => one.before)), ascending(found.map(one => one.after))])
          expect(new Set(list).size).toBe(list.length);
      }),
      { numRuns: 200 },
    );
  });

  it('are in order, and each is what the node took after, less what it took before', () => {
    fc.assert(
      fc.property(pairs, ([before, after]) => {
        const [then, now] = [flattenPlan(before), flattenPlan(after)];
        const found = changes(before, after);
        for (const [i, one] of found.entries()) {
          const earlier = found[i - 1];
          if (earlier !== undefined)
            expect(Math.abs(earlier.delta)).toBeGreaterThanOrEqual(Math.abs(one.delta));
          const [was, is] = [then[one.before ?? -1], now[one.after ?? -1]];
          const [a, b] = [was && actual(was).exclusiveMs, is && actual(is).exclusiveMs];
          expect(one.delta).toBe((b ?? 0) - (a ?? 0));
          expect(Number.isFinite(one.delta)).toBe(true);
        }
      }),
      { numRuns: 200 },
    );
  });

  it('the other way round have the same number of added and removed steps, exchanged', () => {
    fc.assert(
      fc.property(pairs, ([before, after]) => {
        const count = (found: readonly PlanChange[], status: string) =>
          found.filter(one => one.status === status).length;
        const found = changes(before, after);
        const { length: was } = flattenPlan(before);
        const { length: is } = flattenPlan(after);
        // Nodes before − removed = pairs = nodes after − added.
        expect(was - count(found, 'removed')).toBe(is - count(found, 'added'));
      }),
      { numRuns: 200 },
    );
  });

  it('without times: the changes of cost are what the costs say', () => {
    const bare = (raw: Raw): Raw => {
      const { Plans: children = [] } = raw as { readonly Plans?: readonly Raw[] };
      const kept = Object.entries(raw).filter(([key]) => !key.startsWith('Actual') && key !== 'Workers');
      return {
        ...Object.fromEntries(kept),
        ...(children.length > 0 ? { Plans: children.map(bare) } : {}),
      };
    };
    fc.assert(
      fc.property(anyTree, anyTree, (one, other) => {
        const [before, after] = [planOf(bare(one)), planOf(bare(other))];
        const [then, now] = [exclusiveCosts(flattenPlan(before)), exclusiveCosts(flattenPlan(after))];
        for (const change of changes(before, after)) {
          expect(change.status).not.toBe('same');
          expect(change.delta).toBe((now[change.after ?? -1] ?? 0) - (then[change.before ?? -1] ?? 0));
          expect(Number.isFinite(change.delta)).toBe(true);
        }
      }),
      { numRuns: 200 },
    );
  });

  it('cosmetic ones are never more than the steps that stayed', () => {
    fc.assert(
      fc.property(pairs, ([before, after]) => {
        const diff = diffPlans(before, after);
        const stayed = diff.before.filter(({ status }) => status === 'same').length;
        expect(cosmeticChanges(before, after, diff)).toBeLessThanOrEqual(stayed);
        expect(cosmeticChanges(before, before, diffPlans(before, before))).toBe(0);
      }),
      { numRuns: 200 },
    );
  });
});
