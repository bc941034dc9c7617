/** Times beneath a Gather, against executions whose truth is known: what each process did, and what EXPLAIN prints of it. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findingsOf } from '../../src/plan/findings/find.ts';
import { memoryOf } from '../../src/plan/memory/memory.ts';
import { flattenPlan, parentIds } from '../../src/plan/tree.ts';
import { actual, find, node, planOf, type Raw, ran, worker } from './plans.ts';

/** What one process did in a node: loops, and ms with the children. */
interface Did {
  readonly loops: number;
  readonly ms: number;
}

/** By process: 0 is the leader. */
type Done = readonly Did[];

interface Executed {
  readonly type: string;
  readonly done: Done;
  readonly parallelAware: boolean;
  readonly children: readonly Executed[];
}

/** How a node runs, given how often each process enters it. */
type Recipe = (entered: readonly number[]) => Executed;

const dies = (max: number) => fc.array(fc.nat(max), { minLength: 7, maxLength: 7 });

function made(
  type: string,
  loops: readonly number[],
  own: readonly number[],
  children: readonly Executed[],
  aware = false,
): Executed {
  const done = loops.map((count, process) => ({
    loops: count,
    ms:
      children.reduce((ms, child) => ms + (child.done[process]?.ms ?? 0), 0) +
      (count > 0 ? (own[process % own.length] ?? 0) / 100 : 0),
  }));
  return { type, done, parallelAware: aware, children };
}

const recipe: fc.Arbitrary<Recipe> = fc.letrec<{ recipe: Recipe }>(tie => ({
  recipe: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    dies(20_000).map(
      (own): Recipe =>
        entered =>
          made('Seq Scan', entered, own, []),
    ),
    fc.tuple(tie('recipe'), dies(5000)).map(
      ([child, own]): Recipe =>
        entered =>
          made('Sort', entered, own, [child(entered)]),
    ),
    fc.tuple(tie('recipe'), tie('recipe'), dies(500), dies(40)).map(
      ([outer, inner, own, rows]): Recipe =>
        entered => {
          const inside = entered.map((count, process) => count * (rows[process % rows.length] ?? 0));
          return made('Nested Loop', entered, own, [outer(entered), inner(inside)]);
        },
    ),
    // Each branch is run by one process, or by all.
    fc
      .tuple(
        fc.array(fc.tuple(tie('recipe'), fc.option(fc.nat(6))), { minLength: 1, maxLength: 4 }),
        dies(300),
      )
      .map(
        ([branches, own]): Recipe =>
          entered => {
            const children = branches.map(([branch, taker]) =>
              branch(
                taker === null
                  ? entered
                  : entered.map((count, process) => (process === taker % entered.length ? count : 0)),
              ),
            );
            return made('Append', entered, own, children, true);
          },
      ),
  ),
})).recipe;

const thousandth = (ms: number) => Math.round(ms * 1000) / 1000;

/** As EXPLAIN prints it: the sum of all loops, the average of their times, under VERBOSE each worker that ran it. */
function printed({ type, done, parallelAware, children }: Executed, verbose: boolean): Raw {
  const loops = done.reduce((sum, one) => sum + one.loops, 0);
  const ms = done.reduce((sum, one) => sum + one.ms, 0);
  const workers = done.flatMap((one, process) =>
    process === 0 || one.loops === 0 ? [] : [worker(process - 1, thousandth(one.ms / one.loops), one.loops)],
  );
  return ran(
    type,
    loops === 0 ? 0 : thousandth(ms / loops),
    loops,
    { 'Parallel Aware': parallelAware, ...(verbose && workers.length > 0 ? { Workers: workers } : {}) },
    ...children.map(child => printed(child, verbose)),
  );
}

const execution = fc.tuple(recipe, fc.integer({ min: 0, max: 4 })).map(([make, launched]) => {
  const top = make(Array.from({ length: launched + 1 }, () => 1));
  const whole = Math.max(...top.done.map(({ ms }) => ms)) + 1;
  const flat: Executed[] = [];
  const visit = (one: Executed) => {
    flat.push(one);
    one.children.forEach(visit);
  };
  visit(top);
  const plan = (verbose: boolean) =>
    planOf(
      ran(
        'Gather',
        whole,
        1,
        { 'Workers Planned': launched, 'Workers Launched': launched },
        printed(top, verbose),
      ),
    );
  return { launched, flat, plan };
});

/** What rounding to a thousandth a loop can explain. */
const rounding = (one: Executed) => 0.0006 * (1 + 2 * one.done.reduce((sum, { loops }) => sum + loops, 0));

describe('beneath a Gather', () => {
  it('with VERBOSE a node took what its slowest process took', () => {
    fc.assert(
      fc.property(execution, ({ flat, plan }) => {
        const nodes = flattenPlan(plan(true)).slice(1);
        flat.forEach((one, i) => {
          const found = nodes[i]?.actual?.inclusiveMs ?? Number.NaN;
          const slack = flat.slice(i).reduce((sum, below) => sum + rounding(below), 0);
          expect(Math.abs(found - Math.max(...one.done.map(({ ms }) => ms)))).toBeLessThanOrEqual(slack);
        });
      }),
      { numRuns: 300 },
    );
  });

  it('without VERBOSE it took no more than all processes together, and no less than an equal share of each that ran it', () => {
    fc.assert(
      fc.property(execution, ({ flat, launched, plan }) => {
        const nodes = flattenPlan(plan(false)).slice(1);
        flat.forEach((one, i) => {
          const found = nodes[i]?.actual?.inclusiveMs ?? Number.NaN;
          const all = one.done.reduce((sum, { ms }) => sum + ms, 0);
          const slack = flat.slice(i).reduce((sum, below) => sum + rounding(below), 0);
          expect(found).toBeLessThanOrEqual(all + slack);
          expect(found).toBeGreaterThanOrEqual(all / (launched + 1) - slack);
        });
      }),
      { numRuns: 300 },
    );
  });

  it.each([true, false])(
    'nothing is negative, counted twice, or longer than what it ran in (VERBOSE: %s)',
    verbose => {
      fc.assert(
        fc.property(execution, ({ plan }) => {
          const made = plan(verbose);
          const nodes = flattenPlan(made);
          const parents = parentIds(nodes);
          let sum = 0;
          for (const { id, actual: here } of nodes) {
            const { exclusiveMs = Number.NaN, inclusiveMs = Number.NaN, loops = 0 } = here ?? {};
            expect(exclusiveMs).toBeGreaterThanOrEqual(0);
            expect(exclusiveMs).toBeLessThanOrEqual(inclusiveMs + 1e-9);
            sum += exclusiveMs;
            const above = nodes[parents[id] ?? -1]?.actual;
            if (above === undefined) continue;
            // Averages are rounded to a thousandth of a ms: docs/plans.md.
            const slack = 0.0005 * (loops + above.loops) + 1e-9;
            expect(inclusiveMs).toBeLessThanOrEqual((above.inclusiveMs ?? 0) + slack);
          }
          expect(sum).toBeCloseTo(actual(made.root).inclusiveMs ?? Number.NaN, 6);
        }),
        { numRuns: 300 },
      );
    },
  );
});

const two = { 'Workers Planned': 2, 'Workers Launched': 2 };
const branch = (verbose = false) =>
  ran(
    'Nested Loop',
    124,
    1,
    {},
    ran('Seq Scan', 0.03, 1, { 'Relation Name': 'a' }),
    ran('Index Only Scan', 4.119, 30, {
      'Relation Name': 'b',
      ...(verbose ? { Workers: [worker(1, 4.119, 30)] } : {}),
    }),
  );

describe('a branch that one process ran', () => {
  it('took as long as it did there, however many processes the Gather has', () => {
    const append = ran(
      'Append',
      60,
      3,
      { 'Parallel Aware': true },
      branch(),
      ran('Seq Scan', 50, 1, { 'Relation Name': 'c' }),
    );
    const plan = planOf(ran('Gather', 131, 1, two, append));
    expect(actual(find(plan, 'Index Only Scan on b')).inclusiveMs).toBeCloseTo(123.57, 9);
    expect(actual(find(plan, 'Nested Loop')).inclusiveMs).toBe(124);
    expect(actual(find(plan, 'Parallel Append')).inclusiveMs).toBeCloseTo(124, 2);
  });

  it('is the leader’s where VERBOSE lists workers elsewhere, but not there', () => {
    const outer = ran('Seq Scan', 10, 3, { 'Parallel Aware': true, Workers: [worker(0, 10), worker(1, 10)] });
    const join = ran(
      'Nested Loop',
      60,
      3,
      { Workers: [worker(0, 12), worker(1, 11)] },
      outer,
      ran('Index Scan', 1, 120),
    );
    const plan = planOf(ran('Gather', 160, 1, two, join));
    // The other two found nothing to look up.
    expect(actual(find(plan, 'Index Scan')).inclusiveMs).toBe(120);
    expect(actual(find(plan, 'Nested Loop')).inclusiveMs).toBe(157);
  });

  it('holds its memory once', () => {
    const sort = (loops: number) =>
      ran(
        'Hash Join',
        60,
        loops,
        {},
        ran('Seq Scan', 1, loops),
        ran('Hash', 9, loops, { 'Peak Memory Usage': 100 }),
      );
    const held = (root: Raw) => memoryOf(planOf(ran('Gather', 131, 1, two, root))).heldBytes / 1024;
    expect(held(sort(3))).toBe(300);
    expect(held(ran('Append', 60, 3, { 'Parallel Aware': true }, sort(1), sort(1)))).toBe(200);
  });

  it('does so before the run, where it has nothing to share', () => {
    const wide = { 'Plan Rows': 1e9, 'Plan Width': 100, 'Total Cost': 1 };
    const sort = (aware: boolean) =>
      node('Sort', wide, node('Seq Scan', { ...wide, 'Relation Name': 't', 'Parallel Aware': aware }));
    const processes = (root: Raw) =>
      memoryOf(planOf(node('Gather', { 'Workers Planned': 2 }, root))).holders.map(one => one.processes);
    expect(processes(node('Append', { 'Parallel Aware': true }, sort(false), sort(true)))).toEqual([1, 3]);
    expect(processes(sort(false))).toEqual([3]);
  });
});

describe('rows of a table that several processes scan', () => {
  it('are those of the tree, where the plan was not run', () => {
    const scan = node('Seq Scan', {
      'Relation Name': 'big',
      'Parallel Aware': true,
      'Plan Rows': 41_666_667,
      'Total Cost': 9,
    });
    const plan = planOf(node('Gather', { 'Workers Planned': 12, 'Plan Rows': 5e8, 'Total Cost': 9 }, scan));
    expect(findingsOf(plan).map(({ text }) => text)).toEqual([
      'sequential scan on a large table: 500 M rows',
    ]);
  });
});
