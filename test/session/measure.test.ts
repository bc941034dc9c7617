import { describe, expect, it } from 'vitest';
import { DatabaseError } from '../../src/base/databaseError.ts';
import { median } from '../../src/base/statistics.ts';
import type { Plan } from '../../src/plan/plan.ts';
import { fractionOf } from '../../src/session/control.ts';
import { another, measure, takeTurns, withRuns } from '../../src/session/measure.ts';
import type { Look } from '../../src/session/probe.ts';

const plan = (executionMs: number) => ({ planningMs: 1, executionMs }) as Plan;
const stopped = new DatabaseError('canceling statement', '57014');
const budget = { runs: 3, totalMs: 1000 };

/** Answers each look in turn; an error is thrown. */
function script(answers: readonly (Plan | Error)[]) {
  const asked: [Look, number][] = [];
  const look = async (what: Look, timeoutMs: number) => {
    const answer = answers[asked.length];
    asked.push([what, timeoutMs]);
    if (answer === undefined) throw new Error('asked too often');
    if (answer instanceof Error) throw answer;
    return answer;
  };
  return { look, asked };
}

/** A clock that shows a later hour at each look: whatever is stopped has taken its time. */
const later = () => {
  let ms = 0;
  return () => {
    ms += 100_000;
    return ms;
  };
};

describe('measuring', () => {
  it('runs once plainly, once for the tree, then until the runs are spent', async () => {
    const tree = plan(50);
    const { look, asked } = script([plan(30), tree, plan(10), plan(20)]);
    const result = await measure(look, 100, budget, () => false, later());
    expect(asked.map(([what]) => what)).toEqual(['run', 'tree', 'run', 'run']);
    expect(result).toEqual({ runsMs: [31, 11, 21], medianMs: 21, timedOutAfterMs: undefined, tree });
  });

  it('stops when the time is spent', async () => {
    const { look, asked } = script([plan(1500), plan(1600)]);
    expect((await measure(look, 30_000, budget, () => false, later())).runsMs).toEqual([1501]);
    expect(asked).toHaveLength(2);
  });

  it('calls a run stopped by the timeout a result, and asks no more', async () => {
    const { look } = script([stopped]);
    expect(await measure(look, 30_000, budget, () => false, later())).toEqual({
      runsMs: [],
      medianMs: undefined,
      timedOutAfterMs: 30_000,
      tree: undefined,
    });
  });

  it('keeps the honest time when only the tree takes too long', async () => {
    const { look } = script([plan(29_000), stopped]);
    expect(await measure(look, 30_000, budget, () => false, later())).toMatchObject({
      medianMs: 29_001,
      tree: undefined,
    });
  });

  it('does not take another session’s cancel for the timeout', async () => {
    const { look } = script([stopped]);
    await expect(
      measure(
        look,
        30_000,
        budget,
        () => false,
        () => 0,
      ),
    ).rejects.toBe(stopped);
  });

  it('tells a cancel from a timeout, and passes other errors on', async () => {
    await expect(measure(script([stopped]).look, 1, budget, () => true, later())).rejects.toBe(stopped);
    const broken = new DatabaseError('division by zero', '22012');
    await expect(measure(script([plan(1), broken]).look, 1, budget, () => false, later())).rejects.toBe(
      broken,
    );
  });
});

describe('taking turns', () => {
  it('runs both plans in the order that was asked for, and adds the runs to those that are known', async () => {
    const asked: string[] = [];
    const made = await takeTurns(['before', 'after', 'after', 'before'], async turn => asked.push(turn));
    expect(asked).toEqual(['before', 'after', 'after', 'before']);
    expect(made).toEqual({ before: [1, 4], after: [2, 3] });
    const tree = plan(1);
    const known = { runsMs: [7], medianMs: 7, timedOutAfterMs: undefined, tree };
    expect(withRuns(known, made.before)).toEqual({ ...known, runsMs: [7, 1, 4], medianMs: 4 });
  });

  it('ends with the first run that fails, or runs another plan, and keeps those before it', async () => {
    for (const end of [() => Promise.reject(stopped), async () => undefined]) {
      let runs = 0;
      const made = await takeTurns(['before', 'after', 'before'], async turn => {
        runs++;
        return turn === 'after' ? end() : 5;
      });
      expect(made).toEqual({ before: [5], after: [] });
      expect(runs).toBe(2);
    }
  });
});

describe('the budget of runs', () => {
  it.each([
    [[], true],
    [[400, 400], true],
    [[500, 500], false],
    [[1, 1, 1], false],
  ])('after %j another one: %s', (runs, more) => expect(another(runs, budget)).toBe(more));

  it('takes the median, not the mean', () => {
    expect(median([1, 100, 2])).toBe(2);
    expect(median([4, 1])).toBe(2.5);
    expect(median([])).toBeUndefined();
  });
});

describe('progress of a build', () => {
  it('only grows from phase to phase', () => {
    const steps = [
      fractionOf('initializing', 0, 0),
      fractionOf('building index: scanning table', 0.5, 0),
      fractionOf('building index: scanning table', 1, 0),
      fractionOf('building index: sorting live tuples', 1, 0.5),
      fractionOf('building index: loading tuples in tree', 1, 0.2),
      fractionOf('building index: loading tuples in tree', 1, 1),
    ];
    expect(steps).toEqual([...steps].sort((a, b) => a - b));
    expect(steps.at(-1)).toBe(1);
  });
});
