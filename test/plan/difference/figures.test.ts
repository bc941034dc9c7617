/** What differs between two plans, from both sides. */
import { describe, expect, it } from 'vitest';
import { diffPlans } from '../../../src/plan/difference/diff.ts';
import { changeInWords, differenceOf } from '../../../src/plan/difference/figures.ts';
import type { Plan } from '../../../src/plan/plan.ts';
import { flattenPlan } from '../../../src/plan/tree.ts';
import { node, planOf, type Raw, ran } from '../plans.ts';

const between = (before: Plan, after: Plan) => differenceOf(before, after, diffPlans(before, after));
const settings = (values: Record<string, string>) => planOf(ran('Result', 1, 1), { Settings: values });

const sorted = (space: Raw) =>
  ran(
    'Sort',
    10,
    1,
    { 'Sort Key': ['a'], ...space },
    ran('Seq Scan', 1, 1, { 'Relation Name': 't', Alias: 't' }),
  );
const onDisk = {
  'Sort Method': 'external merge',
  'Sort Space Used': 4872,
  'Sort Space Type': 'Disk',
  'Temp Written Blocks': 609,
};
const inMemory = {
  'Sort Method': 'quicksort',
  'Sort Space Used': 16691,
  'Sort Space Type': 'Memory',
  'Temp Written Blocks': 0,
};

/** `what: from → to` of everything that reads differently. */
const words = (changes: ReturnType<typeof between>['totals']) =>
  changes.flatMap(change => {
    const text = changeInWords(change);
    return text === undefined ? [] : [`${change.what}: ${text}`];
  });

describe('settings', () => {
  it('are there with both sides, those that went away, too', () => {
    const { settings: changed } = between(
      settings({ work_mem: '64kB', jit: 'off', enable_sort: 'off' }),
      settings({ work_mem: '64MB', enable_sort: 'off', geqo: 'off' }),
    );
    expect(changed.map(({ what, before, after }) => [what, before, after])).toEqual([
      ['work_mem', '64kB', '64MB'],
      ['jit', 'off', undefined],
      ['geqo', undefined, 'off'],
    ]);
  });
});

describe('a spill that is cured', () => {
  const work = (size: string) => ({ Settings: { work_mem: size } });
  const before = planOf(sorted(onDisk), work('64kB'));
  const after = planOf(sorted(inMemory), work('64MB'));

  it('is gone, and the sort shows how', () => {
    const { findings, steps } = between(before, after);
    expect(findings.gone.map(({ rule }) => rule)).toEqual(['spill']);
    expect([findings.added, findings.unchanged]).toEqual([[], []]);
    expect(words(steps)).toEqual([
      'sort method: external merge → quicksort',
      'on disk: 4.8 MB → none',
      'memory: 64 kB → 16 MB',
      'self temp blocks written: 4.8 MB → none',
    ]);
  });

  it('is new the other way round', () => {
    const { findings } = between(after, before);
    expect(findings.added.map(({ rule }) => rule)).toEqual(['spill']);
    expect(findings.gone).toEqual([]);
  });

  it('stays where it stays, whatever its figures', () => {
    const more = planOf(sorted({ ...onDisk, 'Sort Space Used': 9000 }), work('64kB'));
    const { findings } = between(before, more);
    expect([findings.gone, findings.added]).toEqual([[], []]);
    expect(findings.unchanged.map(pair => [pair.before.text, pair.after.text])).toEqual([
      ['the sort did not fit in memory: 4.8 MB on disk', 'the sort did not fit in memory: 8.8 MB on disk'],
    ]);
  });
});

describe('totals', () => {
  it('of JIT are there when it went away', () => {
    const jit = {
      JIT: {
        Functions: 12,
        Timing: {
          Generation: { Deform: 0.4, Total: 1.5 },
          Inlining: 8,
          Optimization: 30,
          Emission: 20,
          Total: 59.5,
        },
      },
    };
    const { totals } = between(planOf(ran('Result', 90, 1), jit), planOf(ran('Result', 30, 1)));
    expect(words(totals)).toEqual([
      'JIT functions: 12 → none',
      'JIT in all: 60 ms → none',
      'JIT generation: 1.5 ms → none',
      'JIT inlining: 8.0 ms → none',
      'JIT optimization: 30 ms → none',
      'JIT emission: 20 ms → none',
    ]);
  });

  it('of workers, blocks, times and planning', () => {
    const gather = (launched: number, hit: number) =>
      ran(
        'Gather',
        9,
        1,
        { 'Workers Planned': 4, 'Workers Launched': launched, 'Shared Hit Blocks': hit },
        ran('Seq Scan', 1, 1),
      );
    const times = (planning: number, execution: number) => ({
      'Planning Time': planning,
      'Execution Time': execution,
    });
    const { totals } = between(planOf(gather(4, 128), times(1, 90)), planOf(gather(2, 256), times(2, 40)));
    expect(words(totals)).toEqual([
      'planning time: 1.0 ms → 2.0 ms',
      'execution time: 90 ms → 40 ms',
      'workers launched: 4 → 2',
      'shared blocks hit: 1.0 MB → 2.0 MB',
    ]);
  });

  it('say nothing where one side was not run, or EXPLAIN had other options', () => {
    const buffers = { 'Shared Hit Blocks': 3 };
    expect(between(planOf(ran('Result', 1, 1, buffers)), planOf(ran('Result', 1, 1))).totals).toEqual([]);
    const run = planOf(ran('Sort', 1, 1, { ...inMemory, ...buffers }), {
      'Execution Time': 1,
      'Planning Time': 1,
    });
    expect(words(between(planOf(node('Sort')), run).totals)).toEqual([]);
  });

  it('of triggers', () => {
    const trigger = (calls: number, ms: number) => ({
      Triggers: [{ 'Trigger Name': 'audit', Relation: 't', Time: ms, Calls: calls }],
    });
    const { totals } = between(
      planOf(ran('Result', 1, 1), trigger(3, 5)),
      planOf(ran('Result', 1, 1), trigger(4, 5)),
    );
    expect(words(totals)).toEqual(['trigger audit on t, calls: 3 → 4']);
  });
});

describe('unrelated relations', () => {
  const scan = (name: string, fields: Raw = {}) =>
    ran('Seq Scan', 1, 1, { 'Relation Name': name, Alias: name, ...fields });
  const statuses = (before: Raw, after: Raw) => {
    const [one, two] = [planOf(before), planOf(after)];
    const diff = diffPlans(one, two);
    return [
      ...flattenPlan(one).map(({ id, label }) => `${label}: ${diff.before[id]?.status}`),
      ...flattenPlan(two).flatMap(({ id, label }) =>
        diff.after[id]?.status === 'added' ? [`${label}: added`] : [],
      ),
    ];
  };

  it('are never the same scan', () => {
    expect(statuses(scan('a'), scan('b'))).toEqual(['Seq Scan on a: removed', 'Seq Scan on b: added']);
    expect(statuses(ran('Limit', 1, 1, {}, scan('a')), ran('Limit', 1, 1, {}, scan('b')))).toEqual([
      'Limit: same',
      'Seq Scan on a: removed',
      'Seq Scan on b: added',
    ]);
  });

  it('nor the same side of a join, nor the same bitmap', () => {
    const join = (other: string) =>
      ran('Hash Join', 9, 1, { 'Hash Cond': '(x = y)' }, scan('a'), ran('Hash', 1, 1, {}, scan(other)));
    expect(statuses(join('b'), join('c'))).toEqual([
      'Hash Join: same',
      'Seq Scan on a: same',
      'Hash: removed',
      'Seq Scan on b: removed',
      'Hash: added',
      'Seq Scan on c: added',
    ]);
    const bitmap = (name: string) =>
      ran(
        'Bitmap Heap Scan',
        1,
        1,
        { 'Relation Name': name, Alias: name },
        ran('Bitmap Index Scan', 1, 1, { 'Index Name': `${name}_i` }),
      );
    expect(statuses(bitmap('a'), bitmap('b')).every(line => /: (removed|added)$/.test(line))).toBe(true);
  });

  it('nor partitions whose aliases PostgreSQL numbered', () => {
    const part = (name: string) => scan(name, { Alias: 'p_1' });
    expect(statuses(part('p_2023'), part('p_2024'))[0]).toMatch(/: removed$/);
  });

  it('but a view under the alias of the table is in its place', () => {
    const under = (name: string) => scan(name, { Alias: 'o' });
    expect(statuses(under('orders'), under('order_totals'))).toEqual(['Seq Scan on orders o: changed']);
  });
});
