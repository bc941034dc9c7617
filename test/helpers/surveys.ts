/** Surveys made up for tests: by hand, and at random. */
import fc from 'fast-check';
import type { Lattice } from '../../src/advisor/lattice.ts';
import type { ProjectedTime } from '../../src/advisor/projected.ts';
import type { Survey, SurveyedPlan, SurveyedProposal, SurveyedQuery } from '../../src/advisor/survey.ts';
import { parsePlan } from '../../src/plan/parse.ts';
import type { Plan, PlanNode } from '../../src/plan/plan.ts';

/** Six runs around a time: close enough for any factor above 1.1 to be clear, p = 2 ÷ C(12, 6). */
const around = (ms: number): number[] => [0.99, 1, 1.01, 0.995, 1.005, 1].map(factor => factor * ms);

export function proposalOf(id: string, known: Partial<SurveyedProposal> = {}): SurveyedProposal {
  return {
    id,
    title: id,
    kind: 'index',
    bytes: 0,
    freedBytes: 0,
    objects: [],
    buildMs: 1,
    refreshMs: 0,
    refreshHow: 'measured',
    writeMs: undefined,
    ...known,
  };
}

/** Reads the table `t`. */
const ESTIMATE = parsePlan([
  {
    Plan: {
      'Node Type': 'Seq Scan',
      'Relation Name': 't',
      'Startup Cost': 0,
      'Total Cost': 1,
      'Plan Rows': 1,
      'Plan Width': 1,
    },
  },
]);

/** @param time ms of all its runs; an array: the runs themselves; `{ stopped }`: where it was stopped. */
export function planOf(
  time: number | readonly number[] | { readonly stopped: number } | undefined,
  uses = 0,
): SurveyedPlan {
  const runsMs = typeof time === 'number' ? around(time) : Array.isArray(time) ? time : [];
  const stopped =
    typeof time === 'object' && 'stopped' in time
      ? { because: 'timeout' as const, afterMs: time.stopped }
      : undefined;
  return {
    fingerprint: `${JSON.stringify(time)} ${uses}`,
    rewrite: undefined,
    estimate: ESTIMATE,
    tree: undefined,
    configuration: 0,
    uses,
    firstMs: runsMs[0],
    runsMs,
    stopped,
    skipped: false,
    treeless: false,
    failure: undefined,
  };
}

/** A plan of production: what it is projected to take; a text: why it is unknown. */
export function productionPlanOf(
  ms: readonly [low: number, point: number, high: number] | string,
  uses = 0,
): SurveyedPlan {
  const projected: ProjectedTime =
    typeof ms === 'string'
      ? { kind: 'unknown', why: ms }
      : {
          kind: 'projected',
          ms: { low: ms[0], point: ms[1], high: ms[2] },
          method: 'by hand',
          remarks: [],
          nodes: [],
          memory: { bytes: { low: 0, point: 0, high: 0 }, spills: 'no', holders: [] },
        };
  const fingerprint = `${JSON.stringify(ms)} ${uses}`;
  return {
    ...planOf(undefined, uses),
    fingerprint,
    estimate: { fingerprint, totalCost: 1, root: { children: [] as readonly PlanNode[] } } as Plan,
    projected,
  };
}

/** @param planAt What can be seen → index of the plan; undefined: not known. */
export function queryOf(
  id: string,
  count: number,
  plans: readonly SurveyedPlan[],
  planAt: (seen: number) => number | undefined,
  known: Partial<SurveyedQuery> = {},
): SurveyedQuery {
  const asked: Lattice['asked'] = new Map();
  for (let seen = 0; seen < 2 ** count; seen++) {
    const plan = planAt(seen);
    if (plan !== undefined) asked.set(seen, plan);
  }
  return {
    id,
    number: 1,
    title: `Query ${id}`,
    targetMs: 100,
    callsADay: 1,
    relevant: 2 ** count - 1,
    asked,
    intervals: [],
    plans,
    failure: undefined,
    ...known,
  };
}

export function surveyOf(
  proposals: readonly SurveyedProposal[],
  queries: readonly SurveyedQuery[],
  known: Partial<Survey> = {},
): Survey {
  return {
    proposals,
    leftOut: [],
    queries,
    answers: new Map(),
    effort: {
      explains: 12,
      executions: 40,
      builds: proposals.length,
      cells: queries.length * 2 ** proposals.length,
      asked: 8,
      inferred: queries.length * 2 ** proposals.length - 8,
      verified: 0,
      disagreed: 0,
      elapsedMs: 12_345,
    },
    complete: true,
    configurations: Array.from({ length: 2 ** proposals.length }, (_, index) => index),
    exact: true,
    budgetSpent: false,
    weighted: queries.some(({ callsADay }) => callsADay !== 1),
    ...known,
  };
}

interface RandomOptions {
  /** Times that plans are around, ms. */
  readonly levels: readonly number[];
  /** Plans that were stopped, or never run; configurations without a plan; queries that failed; unmeasured writes. */
  readonly gaps: boolean;
  readonly drops: boolean;
  readonly most?: number;
}

export function surveys({ levels, gaps, drops, most = 4 }: RandomOptions): fc.Arbitrary<Survey> {
  const proposal = fc.record({
    bytes: fc.constantFrom(0, 8192, 16384, 81920),
    refreshMs: fc.constantFrom(0, 0, 50),
    writeMs: fc.constantFrom(0, 0.5, 0.5, 2, ...(gaps ? [undefined] : [])),
    drop: drops ? fc.boolean() : fc.constant(false),
  });
  const time = fc.oneof(
    { weight: 8, arbitrary: fc.constantFrom(...levels) },
    ...(gaps
      ? [
          { weight: 1, arbitrary: fc.constantFrom(...levels).map(stopped => ({ stopped })) },
          { weight: 1, arbitrary: fc.constant(undefined) },
        ]
      : []),
  );
  return fc
    .record({
      proposals: fc.array(proposal, { minLength: 1, maxLength: most }),
      written: fc.boolean(),
      queries: fc.array(
        fc.record({
          times: fc.array(time, { minLength: 1, maxLength: 5 }),
          at: fc.array(fc.nat(), { minLength: 2 ** most, maxLength: 2 ** most }),
          calls: fc.constantFrom(0, 1, 1, 3),
          failed: gaps ? fc.constantFrom(false, false, false, true) : fc.constant(false),
        }),
        { minLength: 1, maxLength: 3 },
      ),
    })
    .map(made => {
      const proposals = made.proposals.map(({ drop, bytes, refreshMs, writeMs }, index) =>
        proposalOf(`p${index}`, {
          kind: drop ? 'drop' : 'index',
          bytes: drop ? 0 : bytes,
          freedBytes: drop ? bytes : 0,
          refreshMs: drop ? 0 : refreshMs,
          writeMs: made.written && !drop ? writeMs : undefined,
        }),
      );
      const count = proposals.length;
      const queries = made.queries.map(({ times, at, calls, failed }, index) =>
        queryOf(
          `q${index}`,
          count,
          failed ? [] : times.map(planned => planOf(planned)),
          // Now and then a configuration whose plan is unknown.
          seen => {
            const drawn = at[seen] ?? 0;
            return failed || (gaps && drawn % 17 === 0) ? undefined : drawn % times.length;
          },
          { callsADay: calls, failure: failed ? 'refused' : undefined },
        ),
      );
      return surveyOf(proposals, queries);
    });
}
