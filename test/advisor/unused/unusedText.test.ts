/** The line about an index that is not used, and the verdict on the planner. */
import { expect, it } from 'vitest';
import { isPlannerWrong, unusedText } from '../../../src/advisor/unused/unusedText.ts';
import { atOnce } from '../../../src/base/steps.ts';
import { planSteps } from '../../../src/plan/parse.ts';
import type { Forced, Unused } from '../../../src/session/events.ts';

const scan = (planned: number, came: number) =>
  atOnce(
    planSteps([
      {
        Plan: {
          'Node Type': 'Index Scan',
          'Relation Name': 'log',
          Alias: 'log',
          'Index Name': 'by_big',
          'Startup Cost': 0,
          'Total Cost': 700,
          'Plan Rows': planned,
          'Plan Width': 4,
          'Actual Rows': came,
          'Actual Loops': 1,
        },
      },
    ]),
  );

const UNUSED: Unused = {
  reason: 'more-expensive',
  text: '',
  index: 'by_big',
  chosenCost: 487,
  cost: 661.7,
  instead: 'Seq Scan on log',
  rows: 19_966,
  forced: undefined,
};
const forced = (runsMs: readonly number[], plan = scan(100, 100), helps: Forced['helps'] = []): Unused => ({
  ...UNUSED,
  forced: { runsMs, medianMs: runsMs[0], stoppedAfterMs: undefined, plan, helps },
});
const COSTS = 'usable, but cost 662 against 487 with Seq Scan on log, 20 k rows expected';

it('gives both costs, and the rows that the planner expects', () => {
  expect(unusedText(UNUSED, [])).toBe(COSTS);
  expect(unusedText({ ...UNUSED, text: 'its first column a is not compared' }, [])).toBe(
    `${COSTS}; its first column a is not compared`,
  );
  expect(unusedText({ ...UNUSED, cost: undefined }, [])).toBe(
    'usable, but more expensive, 20 k rows expected',
  );
  expect(unusedText({ ...UNUSED, cost: undefined, rows: undefined }, [])).toBe(
    'usable, but no planner setting leads to it',
  );
  expect(unusedText({ ...UNUSED, reason: 'type-cast', text: 'the query casts num' }, [])).toBe(
    'the query casts num',
  );
});

it('calls the planner wrong only where every forced run was faster than every other one', () => {
  expect(unusedText(forced([9]), [5, 6, 7])).toBe(`${COSTS}; forced: 9.0 ms against 6.0 ms`);
  expect(isPlannerWrong({ runsMs: [1, 2, 3] }, [4, 5])).toBe(true);
  expect(isPlannerWrong({ runsMs: [1, 2, 5] }, [4, 5])).toBe(false);
  expect(isPlannerWrong({ runsMs: [1] }, [4, 5])).toBe(false);
  expect(isPlannerWrong({ runsMs: [1, 2, 3] }, [])).toBe(false);
});

it('names the estimate that is to blame, and what to try', () => {
  const runs = [50, 51, 52];
  const lines = (unused: Unused) =>
    unusedText(unused, runs)
      .slice(COSTS.length + 2)
      .split('; ');
  expect(lines(forced([1, 1, 1], scan(10_000, 20)))).toEqual([
    'forced: 1.0 ms against 51 ms',
    'the planner is wrong: it expects 10 k rows of Index Scan using by_big on log, which returns 20',
    'try ANALYZE, a higher statistics target or CREATE STATISTICS',
  ]);
  const helps = [{ name: 'random_page_cost', value: '1.1' }];
  expect(lines(forced([1, 1, 1], scan(100, 100), helps))).toEqual([
    'forced: 1.0 ms against 51 ms',
    'the planner is wrong: its row estimates are right, so its cost settings are to blame',
    'random_page_cost = 1.1 makes it choose the index',
  ]);
  expect(lines(forced([1, 1, 1]))).toContain('try random_page_cost, effective_cache_size and work_mem');
});
