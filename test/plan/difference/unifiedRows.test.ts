import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type DiffStatus, diffPlans, type PlanDiff } from '../../../src/plan/difference/diff.ts';
import { type UnifiedRow, unifiedRows } from '../../../src/plan/difference/unifiedRows.ts';
import type { Plan } from '../../../src/plan/plan.ts';
import { flattenPlan } from '../../../src/plan/tree.ts';
import { allFixtures, anyTree, fixture, node, planOf } from '../plans.ts';

const scan = (name: string) => node('Seq Scan', { 'Relation Name': name, Alias: name });

/** A difference that says only who is whose partner: the partner of each node before, undefined for none. */
function paired(partners: readonly (number | undefined)[], after: number): PlanDiff {
  const side = (partner: number | undefined, without: DiffStatus) => ({
    status: partner === undefined ? without : ('same' as const),
    partner,
    text: '',
  });
  const back = Array.from({ length: after }, (_, id) => {
    const at = partners.indexOf(id);
    return at < 0 ? undefined : at;
  });
  return {
    identical: false,
    before: partners.map(partner => side(partner, 'removed')),
    after: back.map(partner => side(partner, 'added')),
  };
}

/** `0=0 1- -1`: both, before alone, after alone. */
const text = (rows: readonly UnifiedRow[]): string =>
  rows
    .map(({ before, after }) =>
      before !== undefined && after !== undefined ? `${before}=${after}` : `${before ?? ''}-${after ?? ''}`,
    )
    .join(' ');

/** Each of 0 … n − 1 once, in order. */
const upTo = (count: number): readonly number[] => Array.from({ length: count }, (_, i) => i);

function checkRows(diff: PlanDiff): void {
  const rows = unifiedRows(diff);
  expect(rows.flatMap(({ before }) => before ?? [])).toEqual(upTo(diff.before.length));
  expect(rows.flatMap(({ after }) => after ?? [])).toEqual(upTo(diff.after.length));
  for (const { before, after } of rows) {
    expect(before === undefined && after === undefined).toBe(false);
    if (before === undefined || after === undefined) continue;
    expect(diff.before[before]?.partner).toBe(after);
    expect(diff.after[after]?.partner).toBe(before);
  }
}

const shared = (rows: readonly UnifiedRow[]): number =>
  rows.filter(({ before, after }) => before !== undefined && after !== undefined).length;

/** The most pairs in one order, by trying: O(n²), another way than the code's. */
function longest(partners: readonly (number | undefined)[]): number {
  const values = partners.filter(partner => partner !== undefined);
  const best: number[] = [];
  for (const [i, value] of values.entries())
    best[i] = 1 + Math.max(0, ...best.filter((_, j) => (values[j] ?? 0) < value));
  return Math.max(0, ...best);
}

describe('rows of two plans', () => {
  it.each([
    ['the same', [0, 1, 2], 3, '0=0 1=1 2=2'],
    ['one removed in the middle', [0, undefined, 1], 2, '0=0 1- 2=1'],
    ['one added in the middle', [0, 2], 3, '0=0 -1 1=2'],
    ['one removed and one added in its place: what went first', [0, undefined, 2], 3, '0=0 1- -1 2=2'],
    ['removed at the top and added at the end', [undefined, 0], 2, '0- 1=0 -1'],
    ['added at the top', [1], 2, '-0 0=1'],
    ['nothing in common', [undefined, undefined], 3, '0- 1- -0 -1 -2'],
    ['the last one first', [1, 2, 3, 0], 4, '-0 0=1 1=2 2=3 3-'],
    ['the first one last', [3, 0, 1, 2], 4, '0- 1=0 2=1 3=2 -3'],
    ['no node on one side', [], 2, '-0 -1'],
    ['none on the other', [undefined, undefined], 0, '0- 1-'],
  ])('%s', (_what, partners, after, expected) => {
    const diff = paired(partners, after);
    checkRows(diff);
    expect(text(unifiedRows(diff))).toBe(expected);
  });

  it('of two that cross one stays in line, whichever; the other has a row on either side', () => {
    const rows = unifiedRows(paired([0, 2, 1], 3));
    expect([rows.length, shared(rows)]).toEqual([4, 2]);
    checkRows(paired([0, 2, 1], 3));
  });

  it('all in reverse share one row only', () => {
    const rows = unifiedRows(paired([4, 3, 2, 1, 0], 5));
    // One shared, four more on either side.
    expect(rows).toHaveLength(9);
    expect(shared(rows)).toBe(1);
  });

  it('share as many rows as any order allows', () => {
    // 0 1 2 of 2 0 3 1 4: the best is 0 3 4 or 0 1 4 (three), by hand.
    expect(shared(unifiedRows(paired([2, 0, 3, 1, 4], 5)))).toBe(3);
    fc.assert(
      fc.property(
        fc
          .nat(12)
          .chain(after =>
            fc.tuple(
              fc.shuffledSubarray([...upTo(after)]),
              fc.array(fc.nat(), { maxLength: 5 }),
              fc.constant(after),
            ),
          ),
        ([partners, holes, after]) => {
          const withHoles: (number | undefined)[] = [...partners];
          for (const hole of holes) withHoles.splice(hole % (withHoles.length + 1), 0, undefined);
          const diff = paired(withHoles, after);
          checkRows(diff);
          expect(shared(unifiedRows(diff))).toBe(longest(withHoles));
        },
      ),
      { numRuns: 500 },
    );
  });
});

describe('rows of plans', () => {
  const rowsOf = (before: Plan, after: Plan): readonly string[] => {
    const [then, now] = [flattenPlan(before), flattenPlan(after)];
    return unifiedRows(diffPlans(before, after)).map(
      row => `${then[row.before ?? -1]?.label ?? ''} | ${now[row.after ?? -1]?.label ?? ''}`,
    );
  };

  it('a Sort that is saved, another access to the table', () => {
    const before = planOf(node('Sort', { 'Sort Key': ['n'] }, scan('a')));
    const after = planOf(
      node('Index Scan', { 'Relation Name': 'a', Alias: 'a', 'Index Name': 'i', 'Index Cond': '(n > 1)' }),
    );
    expect(rowsOf(before, after)).toEqual(['Sort | ', 'Seq Scan on a | Index Scan using i on a']);
  });

  it('a Gather that appears in between', () => {
    const sort = (below: ReturnType<typeof scan>) => planOf(node('Sort', { 'Sort Key': ['n'] }, below));
    expect(rowsOf(sort(scan('a')), sort(node('Gather', { 'Workers Planned': 2 }, scan('a'))))).toEqual([
      'Sort | Sort',
      ' | Gather',
      'Seq Scan on a | Seq Scan on a',
    ]);
  });

  it('sides of a join that cross: one of the two scans stays in line', () => {
    const join = (one: string, other: string) =>
      planOf(node('Nested Loop', { 'Join Type': 'Inner' }, scan(one), scan(other)));
    const [before, after] = [join('a', 'b'), join('b', 'a')];
    const diff = diffPlans(before, after);
    checkRows(diff);
    // Three partners, two of them in order: 2 shared rows and one alone on either side.
    expect(shared(unifiedRows(diff))).toBe(2);
    expect(unifiedRows(diff)).toHaveLength(4);
  });

  it('one with itself is a row for each node', () => {
    for (const name of allFixtures()) {
      const plan = fixture(name);
      const rows = unifiedRows(diffPlans(plan, plan));
      expect(
        rows.every(({ before, after }) => before === after),
        name,
      ).toBe(true);
      expect(rows, name).toHaveLength(flattenPlan(plan).length);
    }
  });

  it('recorded ones of different statements too: every node once, in order', () => {
    const names = allFixtures().filter(name => name.startsWith('18/') && name.endsWith('.analyzed'));
    expect(names.length).toBeGreaterThan(100);
    const plans = names.map(name => fixture(name));
    for (const [i, before] of plans.entries())
      checkRows(diffPlans(before, plans[(i * 7 + 1) % plans.length] ?? before));
  });

  it('any two: every node once, in order', () => {
    fc.assert(
      fc.property(anyTree, anyTree, (one, other) => {
        checkRows(diffPlans(planOf(one), planOf(other)));
      }),
      { numRuns: 300 },
    );
  });

  it('any one, and the same within something more: all its rows are shared', () => {
    fc.assert(
      fc.property(anyTree, raw => {
        const before = planOf(raw);
        const after = planOf(node('Limit', {}, raw));
        const diff = diffPlans(before, after);
        checkRows(diff);
        // A subtree that is found whole is in one order: only the Limit has a row of its own.
        expect(unifiedRows(diff)).toHaveLength(flattenPlan(after).length);
      }),
      { numRuns: 200 },
    );
  });
});
