/** Plans and differences as a pipe gets them; look at the difference of a file before you accept it. */
import { describe, expect, it } from 'vitest';
import { parsePlan } from '../../src/plan/parse.ts';
import type { Plan } from '../../src/plan/plan.ts';
import { flattenPlan } from '../../src/plan/tree.ts';
import { differenceLines } from '../../src/report/differenceText.ts';
import { planLines } from '../../src/report/planText.ts';
import { fixture, fixtureNames, fixtureText, node, planOf, type Raw, ran } from '../plan/plans.ts';
import { CITUS, chain } from './plans.ts';

/** As the program prints them: without blanks at the ends of lines. */
function printed(lines: readonly string[]): string {
  return `${lines.map(line => line.trimEnd()).join('\n')}\n`;
}

function lineWith(lines: readonly string[], text: string): string {
  const found = lines.find(line => line.includes(text));
  if (found === undefined) throw new Error(`no line with ${text}`);
  return found;
}

describe('a plan', () => {
  it.each([
    ['parallel-verbose', '15/parallel-verbose.analyzed'],
    ['cte-twice', '15/cte-twice.analyzed'],
    ['never-executed', '15/never-executed.analyzed'],
    ['trigger-foreign-key', '15/trigger-foreign-key.analyzed'],
    ['hash-join-batches', '15/hash-join-batches.analyzed'],
    ['grouping-sets-sorted', '18/grouping-sets-sorted.analyzed'],
    ['parallel-incremental-sort', '18/parallel-incremental-sort.analyzed'],
    ['timing-off', '15/timing-off.analyzed'],
    ['memoize-evictions', '18/memoize-evictions.analyzed'],
    ['serialize', '18/serialize.analyzed'],
    ['estimated', '15/init-plan.estimated'],
  ])('%s', async (name, path) => {
    await expect(printed(planLines(fixture(path)))).toMatchFileSnapshot(`texts/plan-${name}.txt`);
  });

  it('of Citus', async () => {
    await expect(printed(planLines(parsePlan(CITUS)))).toMatchFileSnapshot('texts/plan-citus.txt');
  });

  it('has every node and never a figure on the line of a node that did not run', () => {
    const plan = fixture('15/never-executed.analyzed');
    const lines = planLines(plan);
    for (const { label } of flattenPlan(plan)) expect(lineWith(lines, label)).toBeDefined();
    expect(lineWith(lines, 'Bitmap Heap Scan')).toMatch(/^ +never +20 /);
  });

  it('says what rows removed are: of each loop, where the rows beside them are totals', () => {
    const scan = (loops: number) =>
      planLines(planOf(ran('Seq Scan', 1, loops, { 'Rows Removed by Filter': 7, Filter: '(a > 1)' })));
    expect(lineWith(scan(3), 'Rows Removed')).toMatch(/: 7 in each loop$/);
    expect(lineWith(scan(3), 'Loops')).toMatch(/Loops: 3$/);
    expect(lineWith(scan(1), 'Rows Removed')).toMatch(/: 7$/);
    expect(scan(1).join()).not.toContain('Loops');
  });

  it('gives units to what the server counts in kB, and leaves texts of the query alone', () => {
    const lines = planLines(
      planOf(
        ran('Sort', 1, 1, {
          'Sort Method': 'external merge',
          'Sort Space Used': 3600,
          'Sort Space Type': 'Disk',
          Filter: "(a = 'Peak Memory Usage: 5, Disk Usage: 0')",
          Workers: [{ 'Worker Number': 0, 'Peak Memory Usage': 5, 'Disk Usage': 0 }],
        }),
      ),
    );
    expect(lineWith(lines, 'Sort Method')).toMatch(/external merge, 3600 kB on disk$/);
    expect(lineWith(lines, 'Filter')).toContain("'Peak Memory Usage: 5, Disk Usage: 0'");
    expect(lineWith(lines, 'Worker 0')).toMatch(/Worker 0: Peak Memory Usage: 5 kB$/);
  });

  it('takes values of any shape', () => {
    let deep: unknown = 'x';
    for (let i = 0; i < 20_000; i++) deep = [deep];
    const sets = [{ 'Hash Keys': [deep, ['a', 'b'], []] }, 'text', { 'Group Keys': 7 }];
    const lines = planLines(planOf(ran('Aggregate', 1, 1, { 'Grouping Sets': sets, 'Sort Method': deep })));
    expect(lines.filter(line => line.includes('Hash Key')).map(line => line.trim())).toEqual([
      'Hash Key: (object)',
      'Hash Key: a, b',
      'Hash Key: ()',
    ]);
  });

  it('has no times or costs where the server gave none', () => {
    const lines = planLines(planOf(node('Seq Scan', { 'Relation Name': 'a', Alias: 'a' })));
    expect(lines[0]).toMatch(/^not run, without costs · 1 node · fingerprint [0-9a-f]{16}$/);
    expect(lineWith(lines, 'Seq Scan').trim()).toBe('Seq Scan on a');
  });

  it('tells findings beneath the tree, with what to try', () => {
    const lines = planLines(fixture('15/sort-on-disk.analyzed'));
    const at = lines.indexOf('Findings');
    expect(lines.slice(at + 1).map(line => line.trim())).toEqual([
      '! warning spill: Sort',
      'the sort did not fit in memory: 3.5 MB on disk',
      'try: more work_mem, fewer or narrower rows, or an index that has them in order',
    ]);
  });
});

describe('a difference', () => {
  const names = fixtureNames('before');

  it.each(names)('%s', async name => {
    const lines = differenceLines(fixture(`15/${name}.before`), fixture(`15/${name}.after`));
    await expect(printed(lines)).toMatchFileSnapshot(`texts/difference-${name}.txt`);
  });

  it('of all six pairs there are files', () => {
    expect(names.length).toBe(6);
  });

  it('in time, where both plans have times', async () => {
    const before = parsePlan(fixtureText('15/sub-plan-below-gather.analyzed'));
    const after = parsePlan(fixtureText('18/sub-plan-below-gather.analyzed'));
    await expect(printed(differenceLines(before, after))).toMatchFileSnapshot('texts/difference-timed.txt');
  });

  it('of a plan and itself is none', () => {
    const plan = fixture('15/cte-twice.analyzed');
    const lines = differenceLines(plan, plan);
    expect(lines).toContain('The same plan.');
    expect(lines.join('\n')).not.toContain('Changes');
    expect(lines.filter(line => / [~+>-] [└├]/.test(line))).toEqual([]);
  });

  it('has every node of both plans once', () => {
    for (const name of names) {
      const before = fixture(`15/${name}.before`);
      const after = fixture(`15/${name}.after`);
      const tree =
        differenceLines(before, after, 1000).join('\n').split('rows   node\n')[1]?.split('\n\n')[0] ?? '';
      const lines = tree.split('\n');
      const paired = lines.filter(line => / → /.test(line.slice(0, 20))).length;
      expect(lines.length + paired, name).toBe(flattenPlan(before).length + flattenPlan(after).length);
    }
  });

  it('explains the signs it uses, and only those', () => {
    const verdict = (name: string) =>
      lineWith(differenceLines(fixture(`15/${name}.before`), fixture(`15/${name}.after`)), 'Another plan');
    expect(verdict('sort-gone')).toBe('Another plan: 1 changed (~), 1 removed (-), 1 the same.');
    expect(verdict('joins-reordered')).toBe('Another plan: 2 moved (>), 9 the same.');
  });
});

describe('names and texts of a plan', () => {
  const ESCAPE = '\u001b[2J\u202eevil\r\nrow';
  const evil = (more: Raw = {}): Plan =>
    planOf(
      ran(
        'Nested Loop',
        2,
        1,
        { [`Key${ESCAPE}`]: ESCAPE, ...more },
        ran('Seq Scan', 1, 1, {
          'Relation Name': ESCAPE,
          Alias: ESCAPE,
          Filter: `(a = '${ESCAPE}')`,
          'Rows Removed by Filter': 100_000,
        }),
        node('Index Scan', { 'Index Name': ESCAPE, 'Subplan Name': `CTE ${ESCAPE}` }),
      ),
      {
        Settings: { [ESCAPE]: ESCAPE },
        Triggers: [{ 'Trigger Name': ESCAPE, Relation: ESCAPE, Time: 1, Calls: 1 }],
        [ESCAPE]: ESCAPE,
      },
    );
  /** What a terminal obeys, and what reorders or hides text. */
  // biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is the point
  const UNSAFE = /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2066-\u2069]/;

  it('cannot steer a terminal', () => {
    const lines = planLines(evil());
    expect(lines.filter(line => UNSAFE.test(line))).toEqual([]);
    expect(lines.filter(line => line.includes('␛[2J')).length).toBeGreaterThan(5);
    expect(lines).toContain('Findings');
  });

  it('nor in a difference', () => {
    const lines = differenceLines(evil(), evil({ 'Join Filter': ESCAPE, 'Join Type': 'Left' }));
    expect(lines.filter(line => UNSAFE.test(line))).toEqual([]);
    expect(lines.join('\n')).toContain('␛[2J');
  });
});

describe('a plan of 2,000 levels', () => {
  const plan = parsePlan([{ Plan: chain(2_000) }]);

  it('is printed', () => {
    const lines = planLines(plan);
    expect(lines.filter(line => line.includes('Subquery Scan')).length).toBe(1_999);
    expect(Math.max(...lines.map(({ length }) => length))).toBeLessThan(1_000);
  });

  it('is compared', () => {
    const other = parsePlan([{ Plan: chain(2_000, { Filter: '(n > 1)' }) }]);
    const lines = differenceLines(plan, other);
    expect(lineWith(lines, 'Another plan')).toMatch(/ 1 changed \(~\)/);
  });
});
