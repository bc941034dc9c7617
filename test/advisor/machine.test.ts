/** A survey from its first question to its last, answered by a planner made by hand. */
import { describe, expect, it } from 'vitest';
import { type SurveyGrounds, SurveyMachine, type SurveyOptions } from '../../src/advisor/machine.ts';
import type { Question } from '../../src/advisor/question.ts';
import { allProposals, compareConfigurations, costsOf, planUnder } from '../../src/advisor/survey.ts';
import type { BackgroundAnswer } from '../../src/session/backgroundTasks.ts';
import { indexShape } from '../../src/workload/indexShape.ts';
import type { Workload } from '../../src/workload/workload.ts';
import { makeWorkload } from '../helpers/workload.ts';
import { noise, scanOf } from './surveys.ts';

const READS = {
  relations: new Set(['orders']),
  ctes: new Set<string>(),
  columns: new Set<string>(),
  compared: new Set<string>(),
  opaque: false,
};

/** Times of each index on each query, ms; the planner takes the one that comes first here and is there. */
type Planner = Readonly<Record<string, readonly (readonly [string | undefined, number])[]>>;

async function grounds(workload: Workload): Promise<SurveyGrounds> {
  const shape = await indexShape('CREATE INDEX ON orders (x)');
  return {
    workload,
    tables: new Map([['orders', { hasParts: false }]]),
    reads: new Map(workload.queries.map(({ id }) => [id, READS])),
    touched: new Map(
      workload.proposals.map(({ id }) => [
        id,
        { relations: ['orders'], indexes: [{ on: 'orders', shape }], exists: false },
      ]),
    ),
  };
}

function answer(planner: Planner, { task }: Question, random: (ms: number) => number): BackgroundAnswer {
  switch (task.kind) {
    case 'build': {
      const object = {
        kind: 'index',
        name: task.proposalId,
        table: 'orders',
        bytes: 1000,
        rows: 1,
        usable: true,
      } as const;
      return { kind: 'built', built: { buildMs: 1, bytes: 1000, objects: [object] } };
    }
    case 'compare':
    case 'read':
    case 'whyUnused':
      throw new Error('nothing to compare or to read');
    default: {
      const [index, ms] =
        planner[task.queryId]?.find(([name]) => name === undefined || task.proposals.includes(name)) ?? [];
      const plan = scanOf(index);
      if (task.kind === 'estimate') return { kind: 'estimated', plan, rewrite: undefined, explains: 1 };
      const took = random(ms ?? 0);
      return took > task.limitMs
        ? { kind: 'stopped', afterMs: task.limitMs }
        : { kind: 'ran', plan, ms: took };
    }
  }
}

async function survey(planner: Planner, proposals: readonly string[], options: Partial<SurveyOptions> = {}) {
  const workload = await makeWorkload({
    queries: Object.fromEntries(Object.keys(planner).map(id => [id, 'SELECT 1 FROM orders'])),
    proposals: Object.fromEntries(proposals.map(id => [id, `CREATE INDEX ${id} ON orders (x)`])),
  });
  const machine = new SurveyMachine(
    await grounds(workload),
    { verify: false, budgetMs: 1e9, plansOnly: false, ...options },
    () => 0,
  );
  const random = noise(1, 0.01);
  const asked: string[] = [];
  for (let question = machine.next(); question !== undefined; question = machine.next()) {
    asked.push(question.task.kind);
    question.learn(answer(planner, question, random));
  }
  return { survey: machine.survey(), asked };
}

const FIVE = ['a', 'b', 'c', 'd', 'e'];

describe('a survey', () => {
  it('knows whether the workload says how often its queries are called, once a day each too', async () => {
    const workload = await makeWorkload({ queries: { one: 'SELECT 1 FROM orders' }, proposals: {} });
    const isWeighted = async (callsADay: Workload['callsADay']) => {
      const options = { verify: false, budgetMs: 1e9, plansOnly: true };
      return new SurveyMachine(await grounds({ ...workload, callsADay }), options, () => 0).survey().weighted;
    };
    expect([await isWeighted({}), await isWeighted({ one: 1 })]).toEqual([false, true]);
  });

  it('builds each proposal once, knows the plan of every cell, and asks for few', async () => {
    const { survey: found, asked } = await survey(
      {
        one: [
          ['a', 10],
          ['b', 20],
          [undefined, 100],
        ],
        two: [
          ['c', 300],
          [undefined, 100],
        ],
      },
      FIVE,
    );
    expect(asked.filter(kind => kind === 'build')).toHaveLength(5);
    expect(found.effort).toMatchObject({ cells: 64, asked: 7, inferred: 57, explains: 7, builds: 5 });
    expect(found).toMatchObject({ complete: true, exact: true, budgetSpent: false });
    const [one, two] = found.queries;
    if (one === undefined || two === undefined) throw new Error('two queries');
    for (let configuration = 0; configuration < 32; configuration++) {
      const [hasA, hasB, hasC] = [1, 2, 4].map(mask => (configuration & mask) !== 0);
      const expected = scanOf(hasA ? 'a' : hasB ? 'b' : undefined).fingerprint;
      expect(planUnder(found, one, configuration)?.fingerprint).toBe(expected);
      expect(planUnder(found, two, configuration)?.fingerprint).toBe(
        scanOf(hasC ? 'c' : undefined).fingerprint,
      );
    }
    expect(compareConfigurations(found, one, 0, allProposals(found))).toMatchObject({ kind: 'faster' });
    expect(compareConfigurations(found, two, 0, 4)).toMatchObject({ kind: 'slower' });
  });

  it('runs each distinct plan a few times, and those that the answer changes node by node', async () => {
    const planner = { one: [['a', 10] as const, ['b', 20] as const, [undefined, 100] as const] };
    const { survey: found } = await survey(planner, FIVE);
    const [one] = found.queries;
    expect(one?.plans.map(({ runsMs }) => runsMs.length)).toEqual([4, 4, 4]);
    // The first run fills the caches.
    expect(one?.plans.map(({ firstMs }) => firstMs !== undefined)).toEqual([true, false, false]);
    // Those, that one, and two trees; brute force runs 32 cells.
    expect(found.effort.executions).toBe(15);
  });

  it('stops what has lost, and says it is a bound', async () => {
    const { survey: found } = await survey(
      {
        one: [
          ['b', 60_000],
          [undefined, 100],
        ],
      },
      ['a', 'b', 'c'],
    );
    // The plan of everything is run up to the timeout, whatever it takes.
    const [one] = found.queries;
    expect(one?.plans[0]?.stopped ?? one?.plans[1]?.stopped).toEqual({ because: 'timeout', afterMs: 30_000 });
    expect(costsOf(found, 2)).toMatchObject({ atLeast: true });
  });

  it('does not run to its end what only a configuration has that is beaten anyway', async () => {
    const { survey: found } = await survey(
      {
        one: [
          ['a', 10],
          ['b', 20_000],
          [undefined, 100],
        ],
      },
      ['a', 'b'],
    );
    const slow = found.queries[0]?.plans.find(({ stopped }) => stopped !== undefined);
    expect(slow?.stopped).toMatchObject({ because: 'cannot matter' });
    expect(slow?.stopped?.afterMs).toBeLessThan(20_000);
  });

  it('measures nothing when the budget of time is spent, and says so', async () => {
    const planner = { one: [['a', 10] as const, [undefined, 100] as const] };
    const { survey: found } = await survey(planner, ['a'], { budgetMs: 0 });
    expect(found).toMatchObject({ budgetSpent: true, effort: { executions: 0 } });
  });

  it('finds the best of 14 proposals without looking at all 16,384 configurations', async () => {
    const many = Array.from({ length: 14 }, (_, index) => `p${index}`);
    const { survey: found } = await survey(
      {
        one: [
          ['p3', 10],
          ['p7', 30],
          [undefined, 100],
        ],
        two: [
          ['p11', 5],
          [undefined, 50],
        ],
      },
      many,
    );
    expect(found.exact).toBe(false);
    expect(found.configurations.length).toBeLessThan(200);
    const totals = found.configurations.map(
      configuration => costsOf(found, configuration).totalMs ?? Number.NaN,
    );
    expect(Math.min(...totals)).toBeLessThan(16);
    expect(found.configurations).toContain((1 << 3) | (1 << 11));
  });
});
