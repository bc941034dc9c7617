import { describe, expect, it } from 'vitest';
import { memoryOf } from '../../src/plan/memory/memory.ts';
import type { Plan } from '../../src/plan/plan.ts';
import { flattenPlan } from '../../src/plan/tree.ts';
import { actual, find, planOf, type Raw, ran } from './plans.ts';

const table = (name: string) => ({ 'Relation Name': name, Alias: name });
const init = (name: string) => ({ 'Parent Relationship': 'InitPlan', 'Subplan Name': name });
const hit = (blocks: number) => ({ 'Shared Hit Blocks': blocks });

/** As Citus 10 to 13 prints one task: the worker's own EXPLAIN, an array in an array. */
const task = (node: string, plan: Raw, more: Raw = {}): Raw => ({
  Node: node,
  'Remote Plan': [[{ Plan: plan, 'Execution Time': 5, ...more }]],
});
const job = (tasks: readonly Raw[], more: Raw = {}): Raw => ({
  'Task Count': 32,
  'Tasks Shown': 'One of 32',
  Tasks: tasks,
  ...more,
});
const citus = (ms: number, query: unknown, more: Raw = {}, ...children: Raw[]): Raw =>
  ran(
    'Custom Scan',
    ms,
    1,
    { 'Custom Plan Provider': 'Citus Adaptive', 'Distributed Query': query, ...more },
    ...children,
  );

const shape = (plan: Plan): readonly string[] =>
  flattenPlan(plan).map(({ depth, label, apart }) => `${depth} ${label}${apart ? ' (apart)' : ''}`);

/** Per scope: its root's inclusive figure and the sum of its nodes' exclusive ones. */
function scopes(plan: Plan): Record<number, { ms: number; sumMs: number; hit: number; sumHit: number }> {
  const found: Record<number, { ms: number; sumMs: number; hit: number; sumHit: number }> = {};
  for (const { id, scope, actual: one } of flattenPlan(plan)) {
    const entry = found[scope] ?? { ms: 0, sumMs: 0, hit: 0, sumHit: 0 };
    found[scope] = entry;
    if (id === scope) {
      entry.ms = one?.inclusiveMs ?? 0;
      entry.hit = one?.buffers?.sharedHit ?? 0;
    }
    entry.sumMs += one?.exclusiveMs ?? 0;
    entry.sumHit += one?.exclusiveBuffers?.sharedHit ?? 0;
  }
  return found;
}

describe('tasks of Citus', () => {
  const remote = ran(
    'Aggregate',
    40,
    1,
    { Strategy: 'Hashed', ...hit(90) },
    ran('Seq Scan', 30, 1, { ...table('orders_102008'), ...hit(70) }),
  );
  const plan = planOf(
    ran(
      'Sort',
      12,
      1,
      hit(9),
      citus(10, { Job: job([task('host=w1 port=5432', remote)]) }, { ...table('remote_scan'), ...hit(7) }),
    ),
  );

  it('become nodes of the tree, each plan beneath its task', () => {
    expect(shape(plan)).toEqual([
      '0 Sort',
      '1 Custom Scan (Citus Adaptive) on remote_scan',
      '2 Task',
      '3 HashAggregate (apart)',
      '4 Seq Scan on orders_102008',
    ]);
    expect(flattenPlan(plan).map(({ id }) => id)).toEqual([0, 1, 2, 3, 4]);
  });

  it('keep what stood beside them', () => {
    expect(find(plan, 'Custom Scan').raw).toMatchObject({ 'Task Count': 32, 'Tasks Shown': 'One of 32' });
    expect(find(plan, 'Custom Scan').raw).not.toHaveProperty('Distributed Query');
    expect(find(plan, 'Task').details).toEqual([
      { key: 'Node', value: 'host=w1 port=5432' },
      { key: 'Execution Time', value: '5 ms' },
    ]);
  });

  it('stand apart: 40 ms on a worker are not taken from the 10 ms of the Custom Scan', () => {
    expect(actual(find(plan, 'Sort')).exclusiveMs).toBe(2); // 12 − 10
    expect(actual(find(plan, 'Custom Scan')).exclusiveMs).toBe(10); // all its own
    expect(find(plan, 'Task').actual).toBeUndefined();
    expect(actual(find(plan, 'Aggregate')).exclusiveMs).toBe(10); // 40 − 30
    expect(actual(find(plan, 'Seq Scan')).exclusiveMs).toBe(30);
    expect(actual(find(plan, 'Sort')).exclusiveBuffers?.sharedHit).toBe(2); // 9 − 7
    expect(actual(find(plan, 'Custom Scan')).exclusiveBuffers?.sharedHit).toBe(7);
    expect(actual(find(plan, 'Aggregate')).exclusiveBuffers?.sharedHit).toBe(20); // 90 − 70
  });

  it('add up each for itself', () => {
    expect(scopes(plan)).toEqual({
      0: { ms: 12, sumMs: 12, hit: 9, sumHit: 9 },
      3: { ms: 40, sumMs: 40, hit: 90, sumHit: 90 },
    });
  });

  it('hold memory on another server', () => {
    const { holders, heldBytes } = memoryOf(plan);
    expect(holders.map(({ node }) => node.label)).toEqual(['Sort', 'HashAggregate']);
    // The Sort alone: 1 row that came × (width 0 + 24 bytes of header).
    expect(heldBytes).toBe(24);
  });
});

describe('several tasks', () => {
  const plan = planOf(
    citus(
      20,
      {
        Job: job([
          task('w1', ran('Seq Scan', 11, 1, { ...table('t_1'), ...hit(3) })),
          task('w2', ran('Seq Scan', 12, 1, { ...table('t_2'), ...hit(4) })),
          task('w3', ran('Seq Scan', 13, 1, { ...table('t_3'), ...hit(5) })),
        ]),
      },
      hit(1),
    ),
  );

  it('are all there, in order, each its own scope', () => {
    expect(shape(plan)).toEqual([
      '0 Custom Scan (Citus Adaptive)',
      '1 Task',
      '2 Seq Scan on t_1 (apart)',
      '1 Task',
      '2 Seq Scan on t_2 (apart)',
      '1 Task',
      '2 Seq Scan on t_3 (apart)',
    ]);
    expect(scopes(plan)).toEqual({
      0: { ms: 20, sumMs: 20, hit: 1, sumHit: 1 },
      2: { ms: 11, sumMs: 11, hit: 3, sumHit: 3 },
      4: { ms: 12, sumMs: 12, hit: 4, sumHit: 4 },
      6: { ms: 13, sumMs: 13, hit: 5, sumHit: 5 },
    });
  });

  it('know their workers', () => {
    const nodes = flattenPlan(plan).filter(({ nodeType }) => nodeType === 'Task');
    expect(nodes.map(({ raw }) => raw.Node)).toEqual(['w1', 'w2', 'w3']);
  });

  it('a list of one flat plan, as Citus 9 prints it, is one too', () => {
    const flat = planOf(
      citus(1, {
        Job: { Tasks: [{ Node: 'w1', 'Remote Plan': [{ Plan: ran('Seq Scan', 1, 1, table('t')) }] }] },
      }),
    );
    expect(shape(flat)).toEqual(['0 Custom Scan (Citus Adaptive)', '1 Task', '2 Seq Scan on t (apart)']);
  });
});

describe('subplans and dependent jobs', () => {
  const subplan = {
    'Subplan Duration': '12.34 ms',
    'Intermediate Data Size': '18 bytes',
    PlannedStmt: [
      {
        Plan: ran('Limit', 8, 1, {}, ran('Seq Scan', 5, 1, table('local'))),
        'Planning Time': 0.1,
        'Execution Time': 12.34,
      },
    ],
  };

  it('a subplan was run before: it stands apart', () => {
    const plan = planOf(
      citus(10, {
        Subplans: [subplan],
        Job: job([task('w1', ran('Function Scan', 2, 1, { Alias: 'intermediate_result' }))]),
      }),
    );
    expect(shape(plan)).toEqual([
      '0 Custom Scan (Citus Adaptive)',
      '1 Distributed Subplan',
      '2 Limit (apart)',
      '3 Seq Scan on local',
      '1 Task',
      '2 Function Scan on intermediate_result (apart)',
    ]);
    expect(find(plan, 'Distributed Subplan').details).toContainEqual({
      key: 'Subplan Duration',
      value: '12.34 ms',
    });
    expect(scopes(plan)).toMatchObject({ 0: { ms: 10, sumMs: 10 }, 2: { ms: 8, sumMs: 8 } });
  });

  it.each(['Dependent Jobs', 'Depended Jobs'])('%s, nested', key => {
    const inner = { 'Map Task Count': 4, 'Merge Task Count': 8 };
    const plan = planOf(
      citus(10, {
        Job: {
          'Task Count': 8,
          'Tasks Shown': 'None, not supported for re-partition queries',
          [key]: [{ 'Map Task Count': 2, 'Merge Task Count': 8, [key]: [inner] }, inner],
        },
      }),
    );
    expect(shape(plan)).toEqual([
      '0 Custom Scan (Citus Adaptive)',
      '1 MapMergeJob',
      '2 MapMergeJob',
      '1 MapMergeJob',
    ]);
    expect(flattenPlan(plan).map(({ raw }) => raw['Map Task Count'])).toEqual([undefined, 2, 4, 4]);
    expect(actual(plan.root).exclusiveMs).toBe(10);
  });

  it('Job: null is a job without tasks', () => {
    const plan = planOf(citus(10, { Subplans: [subplan], Job: null }));
    expect(shape(plan)).toEqual([
      '0 Custom Scan (Citus Adaptive)',
      '1 Distributed Subplan',
      '2 Limit (apart)',
      '3 Seq Scan on local',
    ]);
    expect(actual(plan.root).exclusiveMs).toBe(10);
    expect(planOf(citus(10, { Job: null })).root.children).toEqual([]);
    expect(planOf(citus(10, null)).root.raw['Distributed Query']).toBeNull();
  });

  it('no task is shown: nothing is lost', () => {
    const plan = planOf(citus(10, { Job: { 'Task Count': 32, 'Tasks Shown': 'None', Tasks: [] } }));
    expect(shape(plan)).toEqual(['0 Custom Scan (Citus Adaptive)']);
    expect(plan.root.details.map(({ value }) => value).join()).toContain('32');
  });

  it('a subplan in a subplan, and a distributed plan of a worker', () => {
    const deepest = citus(3, { Job: job([task('w9', ran('Result', 1, 1, hit(1)))]) }, hit(2));
    const inner = citus(4, { Subplans: [{ PlannedStmt: [{ Plan: deepest }] }], Job: null }, hit(3));
    const plan = planOf(citus(5, { Job: job([task('w1', inner)]) }, hit(4)));
    expect(shape(plan)).toEqual([
      '0 Custom Scan (Citus Adaptive)',
      '1 Task',
      '2 Custom Scan (Citus Adaptive) (apart)',
      '3 Distributed Subplan',
      '4 Custom Scan (Citus Adaptive) (apart)',
      '5 Task',
      '6 Result (apart)',
    ]);
    expect(scopes(plan)).toEqual({
      0: { ms: 5, sumMs: 5, hit: 4, sumHit: 4 },
      2: { ms: 4, sumMs: 4, hit: 3, sumHit: 3 },
      4: { ms: 3, sumMs: 3, hit: 2, sumHit: 2 },
      6: { ms: 1, sumMs: 1, hit: 1, sumHit: 1 },
    });
  });
});

describe('names of one server mean nothing on another', () => {
  const reading = (ms: number, alias: string) => ran('CTE Scan', ms, 1, { 'CTE Name': 'x', Alias: alias });

  it('a CTE of the coordinator is not read by a worker', () => {
    const remote = ran('Sort', 40, 1, {}, reading(30, 'there'));
    const plan = planOf(
      ran(
        'Hash Join',
        100,
        1,
        {},
        ran('Result', 20, 1, init('CTE x')),
        reading(25, 'here'),
        citus(10, { Job: job([task('w1', remote)]) }),
      ),
    );
    // The one scan here pays all 20 ms: 25 − 20 = 5. The join: 100 − 25 − 10 = 65.
    expect(actual(find(plan, 'CTE Scan on x here')).exclusiveMs).toBe(5);
    expect(actual(find(plan, 'CTE Scan on x there')).exclusiveMs).toBe(30);
    expect(actual(find(plan, 'Hash Join')).exclusiveMs).toBe(65);
    expect(scopes(plan)).toMatchObject({ 0: { ms: 100, sumMs: 100 }, 5: { ms: 40, sumMs: 40 } });
  });

  it('a CTE of a worker is not read by the coordinator or by another worker', () => {
    const owner = ran('Sort', 40, 1, {}, ran('Result', 20, 1, init('CTE x')), reading(30, 'owner'));
    const other = ran('Sort', 9, 1, {}, reading(7, 'other'));
    const plan = planOf(
      ran(
        'Append',
        100,
        1,
        {},
        citus(10, { Job: job([task('w1', owner), task('w2', other)]) }),
        reading(50, 'coordinator'),
      ),
    );
    expect(actual(find(plan, 'CTE Scan on x owner')).exclusiveMs).toBe(10); // 30 − 20
    expect(actual(find(plan, 'CTE Scan on x other')).exclusiveMs).toBe(7);
    expect(actual(find(plan, 'CTE Scan on x coordinator')).exclusiveMs).toBe(50);
  });

  it.each([
    ['InitPlan 1 (returns $0)', '$0'],
    ['InitPlan 1', '(InitPlan 1).col1'],
  ])('%s neither', (name, mention) => {
    const filter = { Filter: `(n > ${mention})` };
    const remote = ran(
      'Sort',
      400,
      1,
      {},
      ran('Limit', 30, 1, init(name)),
      ran('Seq Scan', 300, 1, { ...table('there'), ...filter }),
    );
    // The task comes first in the plan, and its scan is the longer one.
    const plan = planOf(
      ran(
        'Append',
        100,
        1,
        {},
        ran('Result', 20, 1, init(name)),
        citus(10, { Job: job([task('w1', remote)]) }),
        ran('Seq Scan', 50, 1, { ...table('here'), ...filter }),
      ),
    );
    expect(actual(find(plan, 'Seq Scan on here')).exclusiveMs).toBe(30); // 50 − 20
    expect(actual(find(plan, 'Seq Scan on there')).exclusiveMs).toBe(270); // 300 − 30
    expect(actual(find(plan, 'Append')).exclusiveMs).toBe(40); // 100 − 10 − 50
    expect(actual(find(plan, 'Sort')).exclusiveMs).toBe(100); // 400 − 300
  });

  it.each([
    ['InitPlan 1 (returns $0)', '$0'],
    ['InitPlan 1', '(InitPlan 1).col1'],
  ])('%s that no node names is not charged to a worker', (name, mention) => {
    const remote = ran('Seq Scan', 300, 1, { ...table('there'), Filter: `(n > ${mention})` });
    const plan = planOf(
      ran(
        'Append',
        100,
        1,
        {},
        ran('Result', 20, 1, init(name)),
        citus(10, { Job: job([task('w1', remote)]) }),
      ),
    );
    // 100 − 10 leaves 90 of the Append's own, and there the 20 fit: 70.
    expect(actual(find(plan, 'Append')).exclusiveMs).toBe(70);
    expect(actual(find(plan, 'Seq Scan')).exclusiveMs).toBe(300);
  });

  it('a worker is under no Gather of the coordinator', () => {
    const remote = ran('Seq Scan', 10, 3, table('there'));
    const plan = planOf(
      ran('Gather', 100, 1, { 'Workers Launched': 2 }, citus(10, { Job: job([task('w1', remote)]) })),
    );
    // Three loops of 10 ms one after the other, not three processes side by side.
    expect(actual(find(plan, 'Seq Scan')).inclusiveMs).toBe(30);
  });
});

describe('what only looks like it', () => {
  it('an object or a list without a plan stays a value of the node', () => {
    const raw = ran('Foreign Scan', 1, 1, { Shards: [{ Name: 's1' }], Plan: { note: 'x' }, Tasks: null });
    const plan = planOf(raw);
    expect(plan.root.children).toEqual([]);
    expect(plan.root.raw).toMatchObject({ Shards: [{ Name: 's1' }], Plan: { note: 'x' } });
  });

  it('nested beyond reason is left as it is', () => {
    let value: unknown = { Plan: ran('Result', 1, 1) };
    for (let i = 0; i < 40; i++) value = [value];
    const plan = planOf(citus(1, value));
    expect(shape(plan)).toEqual(['0 Custom Scan (Citus Adaptive)']);
    expect(plan.root.raw).toHaveProperty('Distributed Query');
  });

  it('plans of the node itself come before those of its tasks', () => {
    const plan = planOf(citus(10, { Job: job([task('w1', ran('Result', 1, 1))]) }, {}, ran('Sort', 4, 1)));
    expect(shape(plan)).toEqual(['0 Custom Scan (Citus Adaptive)', '1 Sort', '1 Task', '2 Result (apart)']);
    expect(actual(plan.root).exclusiveMs).toBe(6); // 10 − 4
  });
});
