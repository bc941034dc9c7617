import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { diffPlans, type PlanDiff } from '../../../src/plan/difference/diff.ts';
import type { Plan } from '../../../src/plan/plan.ts';
import { flattenPlan } from '../../../src/plan/tree.ts';
import { anyTree, fixture, fixtureNames, node, planOf, type Raw } from '../plans.ts';

const table = (name: string, fields: Raw = {}) =>
  node('Seq Scan', { 'Relation Name': name, Alias: name, ...fields });

/** `label: status text`, line by line. */
function told(plan: Plan, side: PlanDiff['before']): readonly string[] {
  return flattenPlan(plan).map(({ id, label }) => {
    const { status, text } = side[id] ?? expect.fail();
    return text === '' ? `${label}: ${status}` : `${label}: ${status}, ${text}`;
  });
}

function recorded(name: string) {
  const before = fixture(`${name}.before`);
  const after = fixture(`${name}.after`);
  const diff = diffPlans(before, after);
  return { before: told(before, diff.before), after: told(after, diff.after), diff };
}

describe('the difference of recorded plans', () => {
  it('an index instead of a sequential scan, and the sort it saves', () => {
    const { before, after } = recorded('index-instead-of-sequential');
    expect(before).toEqual([
      'Sort: removed',
      'HashAggregate: changed, HashAggregate → GroupAggregate',
      'Seq Scan on orders: changed, Seq Scan → Index Only Scan using orders_date',
    ]);
    expect(after).toEqual([
      'GroupAggregate: changed, HashAggregate → GroupAggregate',
      'Index Only Scan using orders_date on orders: changed, Seq Scan → Index Only Scan using orders_date',
    ]);
  });

  it('a Gather that appears moves nothing', () => {
    const { after } = recorded('gather-appears');
    expect(after).toEqual([
      'Sort: same',
      'Finalize GroupAggregate: changed, HashAggregate → Finalize GroupAggregate',
      'Gather Merge: added',
      'Sort: added',
      'Partial HashAggregate: added',
      'Parallel Hash Join: changed, Hash Join → Parallel Hash Join',
      'Parallel Seq Scan on orders o: changed, Seq Scan → Parallel Seq Scan',
      'Parallel Hash: changed, Hash → Parallel Hash',
      'Parallel Seq Scan on customers c: changed, Seq Scan → Parallel Seq Scan',
    ]);
  });

  it('another kind of join, the same scan', () => {
    const { before, after } = recorded('nested-loop-instead-of-hash');
    expect(before.slice(3)).toEqual([
      'Hash Join: changed, Hash Join → Nested Loop',
      'Seq Scan on orders o: same',
      'Hash: removed',
      'Seq Scan on customers c: changed, Seq Scan → Index Scan using customers_pkey',
    ]);
    expect(after[5]).toBe('Memoize: added');
  });

  it('joins in another order: every table is found again', () => {
    const { diff, before } = recorded('joins-reordered');
    expect(diff.before.every(({ partner }) => partner !== undefined)).toBe(true);
    expect(before.filter(line => line.includes('Scan')).every(line => line.endsWith(': same'))).toBe(true);
    expect(before.filter(line => line.includes(': moved'))).toEqual([
      'Hash Join: moved, under Aggregate → under Hash Join',
      'Hash Join: moved, under Hash → under Aggregate',
    ]);
  });

  it('a view instead of a table is another relation', () => {
    const { before, after } = recorded('view-instead-of-tables');
    expect(before.every(line => line.endsWith(': removed'))).toBe(true);
    expect(after).toEqual(['Index Only Scan using customer_totals_spent on customer_totals: added']);
  });

  it('the sort an index makes needless', () => {
    expect(recorded('sort-gone').before).toEqual([
      'Limit: same',
      'Sort: removed',
      'Seq Scan on orders: changed, Seq Scan → Index Scan using orders_amount',
    ]);
  });

  it.each(fixtureNames('estimated'))('%s: estimated and analyzed are the same plan', name => {
    const diff = diffPlans(fixture(`${name}.estimated`), fixture(`${name}.analyzed`));
    expect(diff.identical).toBe(true);
    for (const [id, one] of diff.before.entries())
      expect(one).toEqual({ status: 'same', partner: id, text: '' });
  });
});

describe('the difference of small plans', () => {
  const statuses = (before: Raw, after: Raw) => {
    const diff = diffPlans(planOf(before), planOf(after));
    return {
      before: diff.before.map(({ status }) => status),
      texts: diff.before.map(({ text }) => text),
      diff,
    };
  };

  it('the sides of a join swapped', () => {
    const join = (first: string, second: string) => node('Hash Join', {}, table(first), table(second));
    expect(statuses(join('a', 'b'), join('b', 'a'))).toMatchObject({
      before: ['same', 'moved', 'moved'],
      texts: ['', 'outer side → inner side', 'inner side → outer side'],
    });
  });

  it.each([
    [{ Filter: '(n > 1)' }, { Filter: '(n > 2)' }, 'Filter: (n > 1) → (n > 2)'],
    [{}, { Filter: '(n > 2)' }, 'Filter added'],
    [{ Filter: '(n > 1)' }, {}, 'Filter gone'],
    [{ Filter: `(n = '${'x'.repeat(80)}')` }, { Filter: '(n > 1)' }, 'Filter changed'],
  ])('a condition: %j → %j', (before, after, text) => {
    expect(statuses(table('a', before), table('a', after))).toMatchObject({
      before: ['changed'],
      texts: [text],
    });
  });

  it('an InitPlan with another number is no change', () => {
    const one = (param: string) => table('a', { Filter: `(n > ${param})` });
    expect(statuses(one('$0'), one('$1')).before).toEqual(['same']);
    expect(diffPlans(planOf(one('$0')), planOf(one('$1'))).identical).toBe(false);
  });

  it('a table read twice keeps its aliases apart', () => {
    const read = (type: string, alias: string) => node(type, { 'Relation Name': 't', Alias: alias });
    const { diff } = statuses(
      node('Merge Join', {}, read('Seq Scan', 'a'), read('Seq Scan', 'b')),
      node('Hash Join', {}, read('Index Scan', 'b'), read('Index Scan', 'a')),
    );
    expect(diff.before.map(({ partner }) => partner)).toEqual([0, 2, 1]);
  });

  it('nothing in common', () => {
    const { diff } = statuses(node('Result'), table('a'));
    expect([diff.before, diff.after]).toEqual([
      [{ status: 'removed', partner: undefined, text: '' }],
      [{ status: 'added', partner: undefined, text: '' }],
    ]);
  });
});

describe('whatever the plans', () => {
  it('partners are mutual, and only the unpaired are added or removed', () => {
    fc.assert(
      fc.property(anyTree, anyTree, (one, other) => {
        const diff = diffPlans(planOf(one), planOf(other));
        for (const [id, { partner, status }] of diff.before.entries()) {
          expect(status === 'removed').toBe(partner === undefined);
          expect(status).not.toBe('added');
          if (partner === undefined) continue;
          expect(diff.after[partner]).toMatchObject({ partner: id, status, text: diff.before[id]?.text });
        }
        for (const { partner, status } of diff.after) expect(status === 'added').toBe(partner === undefined);
      }),
    );
  });

  it('a plan and itself are the same', () => {
    fc.assert(
      fc.property(anyTree, raw => {
        const diff = diffPlans(planOf(raw), planOf(raw));
        expect(diff.identical).toBe(true);
        expect(new Set(diff.before.map(({ status }) => status))).toEqual(new Set(['same']));
      }),
    );
  });

  it('plans too big to compare step by step are aligned by what equals', () => {
    const wide = (extra: Raw[]) =>
      node(
        'Append',
        {},
        ...extra,
        ...Array.from({ length: 3000 }, (_, i) => node('Sort', {}, table(`t${i}`))),
      );
    const diff = diffPlans(planOf(wide([])), planOf(wide([table('new', { Filter: '(n > 1)' })])));
    expect(diff.before.filter(({ status }) => status === 'same')).toHaveLength(6001);
    expect(diff.after.filter(({ status }) => status === 'added')).toHaveLength(1);
  });
});
