/** What holds of any plan: random ones and every recorded one. Nothing negative, nothing that is no number, nothing lost. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { misestimates } from '../../src/plan/accounting/estimates.ts';
import { changesOf } from '../../src/plan/difference/changes.ts';
import { diffPlans } from '../../src/plan/difference/diff.ts';
import { unifiedRows } from '../../src/plan/difference/unifiedRows.ts';
import { findingsOf } from '../../src/plan/findings/find.ts';
import { memoryOf } from '../../src/plan/memory/memory.ts';
import { parsePlans } from '../../src/plan/parse.ts';
import type { NodeActuals, Plan, PlanNode } from '../../src/plan/plan.ts';
import { flattenPlan } from '../../src/plan/tree.ts';
import { actual, allFixtures, anyTree, fixtureText, node, planOf, type Raw, ran } from './plans.ts';

/** Paths of figures that no figure can be, of everything inside. */
function bad(value: unknown, path = ''): readonly string[] {
  if (typeof value === 'number') return value >= 0 && Number.isFinite(value) ? [] : [`${path} ${value}`];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, part]) => bad(part, `${path}.${key}`));
}

function badOf(plan: Plan): readonly string[] {
  const nodes = flattenPlan(plan);
  const { holders, ...memory } = memoryOf(plan);
  return [
    ...nodes.flatMap(({ actual: one, label }) => bad(one, label)),
    ...bad(memory, 'memory'),
    ...holders.flatMap(({ node: one, ...rest }) => bad(rest, `memory of ${one.label}`)),
    ...misestimates(nodes).flatMap((one, id) => bad(one, `misestimate of ${nodes[id]?.label}`)),
    ...findingsOf(plan, { memoryLimitBytes: 1, largeTableRows: 1 }).flatMap(({ text, next, nodeId }) => [
      ...(/NaN|undefined|Infinity|–/.test(text + next) ? [text, next] : []),
      ...(nodeId === undefined || nodes[nodeId]?.id === nodeId ? [] : [`${text} at ${nodeId}`]),
    ]),
  ];
}

/**
 * What no node pays for, by the specification, not by the code: the root, what stands apart, and a CTE that
 * no CTE Scan reads; the nearest CTE of that name counts, and none reads itself.
 */
function unpaid(nodes: readonly PlanNode[]): readonly PlanNode[] {
  const read = new Set<number>();
  const visit = (one: PlanNode, above: readonly PlanNode[]): void => {
    const here = [...above, one];
    if (one.nodeType === 'CTE Scan') {
      const wanted = `CTE ${one.raw['CTE Name']}`;
      const candidates = here
        .toReversed()
        .flatMap(owner => owner.children.filter(({ subplanName }) => subplanName === wanted).toReversed());
      const found = candidates.find(cte => !here.includes(cte) && cte.scope === one.scope);
      if (found !== undefined) read.add(found.id);
    }
    for (const child of one.children) visit(child, here);
  };
  const [root] = nodes;
  if (root !== undefined) visit(root, []);
  return nodes.filter(
    ({ id, apart, subplanName = '' }) =>
      id === 0 || apart || (subplanName.startsWith('CTE ') && !read.has(id)),
  );
}

type Field = readonly [
  string,
  (one: NodeActuals) => number | undefined,
  (one: NodeActuals) => number | undefined,
];
const FIELDS: readonly Field[] = [
  ...(
    [
      'sharedHit',
      'sharedRead',
      'sharedDirtied',
      'sharedWritten',
      'localHit',
      'localRead',
      'localDirtied',
      'localWritten',
      'tempRead',
      'tempWritten',
    ] as const
  ).map((key): Field => [key, one => one.buffers?.[key], one => one.exclusiveBuffers?.[key]]),
  ...(['records', 'fullPageImages', 'bytes'] as const).map(
    (key): Field => [key, one => one.wal?.[key], one => one.exclusiveWal?.[key]],
  ),
];

const sum = (nodes: readonly PlanNode[], of: (one: NodeActuals) => number | undefined): number =>
  nodes.reduce((total, { actual: one }) => total + ((one && of(one)) ?? 0), 0);

/** What does not add up. */
function lost(plan: Plan): readonly string[] {
  const nodes = flattenPlan(plan);
  const roots = unpaid(nodes);
  const problems: string[] = [];
  const ms = sum(nodes, one => one.exclusiveMs);
  const wholeMs = sum(roots, one => one.inclusiveMs);
  if (Math.abs(ms - wholeMs) > 1e-9 * Math.max(1, wholeMs)) problems.push(`${ms} of ${wholeMs} ms`);
  for (const [name, inclusive, exclusive] of FIELDS) {
    const parts = sum(nodes, exclusive);
    const whole = sum(roots, inclusive);
    if (parts !== whole) problems.push(`${name} ${parts} of ${whole}`);
    const broken = nodes.find(({ actual: one }) => one && !Number.isInteger(exclusive(one) ?? 0));
    if (broken !== undefined) problems.push(`${name} of ${broken.label} is no whole number`);
  }
  const waits = (one: NodeActuals) => Object.values(one.exclusiveIo ?? {}).reduce((a, b) => a + b, 0);
  const wholeWaits = (one: NodeActuals) => Object.values(one.io ?? {}).reduce((a, b) => a + b, 0);
  const io = sum(nodes, waits);
  const wholeIo = sum(roots, wholeWaits);
  if (Math.abs(io - wholeIo) > 1e-9 * Math.max(1, wholeIo)) problems.push(`${io} of ${wholeIo} ms of I/O`);
  return problems;
}

const recorded: readonly (readonly [string, Plan])[] = allFixtures().flatMap(name =>
  parsePlans(fixtureText(name)).map((plan, i) => [`${name} #${i + 1}`, plan] as const),
);

/** anyTree with counters of every kind. */
const counted: fc.Arbitrary<Raw> = fc
  .tuple(anyTree, fc.array(fc.nat(5000), { minLength: 8, maxLength: 8 }))
  .map(([tree, amounts]) => {
    let turn = 0;
    const next = () => amounts[turn++ % amounts.length] ?? 0;
    const filled = (raw: Raw): Raw => {
      const { Plans: children = [] } = raw as { readonly Plans?: readonly Raw[] };
      return {
        ...raw,
        'Shared Read Blocks': next(),
        'Temp Written Blocks': next(),
        'Local Hit Blocks': next(),
        'WAL Records': next(),
        'WAL Bytes': next() * 100,
        'I/O Read Time': next() / 8,
        'Rows Removed by Filter': next(),
        'Heap Fetches': next(),
        ...(children.length > 0 ? { Plans: children.map(filled) } : {}),
      };
    };
    return filled(tree);
  });

describe('recorded plans', () => {
  it('have no figure that no figure can be', () => {
    expect(recorded.flatMap(([name, plan]) => badOf(plan).map(what => `${name}: ${what}`))).toEqual([]);
  });

  it('lose nothing: time, blocks of each kind, WAL, I/O', () => {
    const analyzed = recorded.filter(([, plan]) => plan.analyzed);
    expect(analyzed.length).toBeGreaterThan(100);
    expect(analyzed.flatMap(([name, plan]) => lost(plan).map(what => `${name}: ${what}`))).toEqual([]);
  });
});

describe('random plans', () => {
  it('have no figure that no figure can be', () => {
    fc.assert(
      fc.property(counted, raw => {
        expect(badOf(planOf(raw))).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });

  it('lose nothing: time, blocks of each kind, WAL, I/O', () => {
    fc.assert(
      fc.property(counted, raw => {
        expect(lost(planOf(raw))).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });

  it('give no node more than it has', () => {
    fc.assert(
      fc.property(counted, raw => {
        for (const one of flattenPlan(planOf(raw))) {
          const { exclusiveMs = 0, inclusiveMs = 0 } = actual(one);
          expect(exclusiveMs).toBeLessThanOrEqual(inclusiveMs * (1 + 1e-9));
          for (const [name, inclusive, exclusive] of FIELDS)
            expect(exclusive(actual(one)), name).toBeLessThanOrEqual(inclusive(actual(one)) ?? 0);
        }
      }),
      { numRuns: 200 },
    );
  });

  it('with figures of any kind are read without a throw and without a bad figure', () => {
    const figure = fc.oneof(
      fc.double(),
      fc.constantFrom(null, '', 'x', '12', '-3', '1e400', true, -1, -0.5, 1e308, Number.MAX_VALUE),
      fc.constantFrom([], {}, [1]),
    );
    const keys = [
      'Actual Total Time',
      'Actual Rows',
      'Actual Loops',
      'Plan Rows',
      'Plan Width',
      'Total Cost',
      'Shared Hit Blocks',
      'Rows Removed by Filter',
      'Heap Fetches',
      'Lossy Heap Blocks',
      'Exact Heap Blocks',
      'Sort Space Used',
      'Peak Memory Usage',
      'Workers Launched',
      'Workers Planned',
      'Hash Batches',
      'Disk Usage',
    ];
    const types = fc.constantFrom(
      'Sort',
      'Hash',
      'Gather',
      'Nested Loop',
      'Bitmap Heap Scan',
      'Index Only Scan',
    );
    const any = fc
      .tuple(types, fc.dictionary(fc.constantFrom(...keys), figure))
      .map(([type, fields]) => ({ 'Node Type': type, 'Actual Loops': 1, ...fields }));
    const tree = fc.tuple(any, fc.array(any, { maxLength: 3 })).map(([root, children]) => ({
      ...root,
      Plans: children.map((child, i) => ({ ...child, 'Parent Relationship': i === 0 ? 'Outer' : 'Inner' })),
    }));
    fc.assert(
      fc.property(tree, raw => {
        // The sum of two of the largest figures there are is infinite; no server has such.
        const huge = JSON.stringify(raw, (_key, value) =>
          typeof value === 'number' && Math.abs(value) > 1e50 ? 'HUGE' : value,
        ).includes('HUGE');
        const problems = badOf(planOf(raw));
        if (!huge) expect(problems).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });
});

describe('large plans', () => {
  /** Σ over all nodes under an Append of n scans: 1 ms each and 7 of its own. */
  const wide = (count: number): Plan =>
    planOf(
      ran(
        'Append',
        count + 7,
        1,
        { 'Shared Hit Blocks': 2 * count },
        ...Array.from({ length: count }, (_, i) =>
          ran('Seq Scan', 1, 1, {
            'Relation Name': `t${i}`,
            Alias: `t${i}`,
            'Shared Hit Blocks': 2,
            'Plan Rows': 1,
          }),
        ),
      ),
    );
  const deep = (levels: number, type: string): Plan => {
    let raw = ran('Seq Scan', 1, 1, { 'Relation Name': 't', Alias: 't', 'Plan Rows': 1 });
    for (let i = 1; i < levels; i++)
      raw = ran(
        type,
        1 + i,
        1,
        { 'Sort Key': [`k${i}`], 'Sort Space Used': 1, 'Sort Space Type': 'Memory' },
        raw,
      );
    return planOf(raw);
  };

  it('20,000 nodes', () => {
    const [before, after] = [wide(19_999), wide(19_998)];
    expect(flattenPlan(before)).toHaveLength(20_000);
    expect(actual(before.root).exclusiveMs).toBe(7);
    expect(actual(before.root).exclusiveBuffers?.sharedHit).toBe(0);
    expect(memoryOf(before)).toMatchObject({ holders: [], heldBytes: 0 });
    expect(findingsOf(before)).toEqual([]);
    const diff = diffPlans(before, after);
    expect([diff.before.length, diff.after.length]).toEqual([20_000, 19_999]);
    const rows = unifiedRows(diff);
    expect(rows).toHaveLength(20_000);
    // The last scan went; nothing else took more or less.
    expect(changesOf(before, after, diff)).toEqual([
      { status: 'removed', before: 19_999, after: undefined, delta: -1 },
    ]);
  });

  it('2,000 levels', () => {
    const [before, after] = [deep(2000, 'Sort'), deep(2000, 'Materialize')];
    expect(flattenPlan(before).at(-1)?.depth).toBe(1999);
    for (const one of flattenPlan(before)) expect(actual(one).exclusiveMs).toBe(1);
    const memory = memoryOf(before);
    expect(memory.holders).toHaveLength(1999);
    expect(memory.heldBytes).toBe(1999 * 1024);
    expect(findingsOf(before)).toEqual([]);
    const diff = diffPlans(before, after);
    expect([diff.before.length, diff.after.length]).toEqual([2000, 2000]);
    // No Sort is a Materialize: 1999 went, 1999 came, and the scan stayed.
    expect(unifiedRows(diff)).toHaveLength(1999 + 1999 + 1);
    expect(changesOf(before, after, diff)).toHaveLength(2 * 1999);
  });

  it('not run, deep and wide', () => {
    let raw = node('Seq Scan', { 'Relation Name': 't', 'Plan Rows': 10, 'Total Cost': 1 });
    for (let i = 1; i < 2000; i++)
      raw = node(
        'Nested Loop',
        { 'Plan Rows': 10, 'Total Cost': 1 + i },
        node('Result', { 'Plan Rows': 3 }),
        raw,
      );
    const plan = planOf(raw);
    expect(flattenPlan(plan)).toHaveLength(3999);
    expect(badOf(plan)).toEqual([]);
    const diff = diffPlans(plan, planOf(raw));
    expect(diff.identical).toBe(true);
    expect(unifiedRows(diff)).toHaveLength(3999);
    expect(changesOf(plan, plan, diff)).toEqual([]);
  });
});
