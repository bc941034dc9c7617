/**
 * What a survey knows: the plan of each query under each configuration, the run times of each plan, the costs of each
 * proposal. Immutable: the machine makes a new one whenever it learns something.
 */

import { median } from '../base/statistics.ts';
import type { Plan } from '../plan/plan.ts';
import type { AnswerCheck, BuiltObject } from '../session/events.ts';
import { factsOf } from '../workload/proposalKinds.ts';
import type { Proposal } from '../workload/workload.ts';
import type { IndexNeed } from './indexNeeds.ts';
import { type Interval, planOf } from './lattice.ts';
import { full, type Mask, maskWhere, positions, size } from './masks.ts';
import type { ProjectedTime } from './projected.ts';
import { unusableAmong, whyUnknown } from './unknownEffect.ts';
import { judge, judgeProjected, type Runs, type Verdict } from './verdict.ts';

export interface Survey {
  /** The proposals that could be built, in the workload's order: bit i of a configuration stands for the i-th. */
  readonly proposals: readonly SurveyedProposal[];
  /** The proposals that could not be built: no configuration has them. */
  readonly leftOut: readonly { readonly id: string; readonly reason: string }[];
  /** The proposals that the database has already, and as which object: every configuration has them. */
  readonly inPlace?: readonly { readonly id: string; readonly what: string }[] | undefined;
  /** What else needs the indexes to drop (indexNeeds.ts). */
  readonly indexNeeds?: readonly IndexNeed[] | undefined;
  readonly queries: readonly SurveyedQuery[];
  /** Statements that write, `01-update (UPDATE)`: they are never run and take no part. */
  readonly neverRun?: readonly string[] | undefined;
  /** Whether each rewrite returns what its query returns; by answerKey(). */
  readonly answers: ReadonlyMap<string, AnswerCheck>;
  readonly effort: Effort;
  /** False while questions are open, and after an early stop. */
  readonly complete: boolean;
  /** All 2^n of up to 12 proposals; of more, those that the search has visited. */
  readonly configurations: readonly Mask[];
  readonly exact: boolean;
  /** The time budget ran out before every difference was clear. */
  readonly budgetSpent: boolean;
  /** The workload gives calls per day; otherwise each query counts as one call. */
  readonly weighted: boolean;
  /** Planned in a lens of production: no time was measured. */
  readonly atProduction?: true | undefined;
}

export interface SurveyedProposal {
  readonly id: string;
  readonly title: string;
  readonly kind: Proposal['kind'];
  /** Added by all its objects; 0 for an index to drop. */
  readonly bytes: number;
  /** Freed by the indexes it drops; 0 for all other kinds. */
  readonly freedBytes: number;
  readonly objects: readonly BuiltObject[];
  readonly buildMs: number;
  /** One refresh of its views, ms; 0 without a view. */
  readonly refreshMs: number;
  /** 'built': taken from the build, which does the same work. */
  readonly refreshHow: 'measured' | 'built';
  /** Added to the insert plus the update of one row in each of its tables, ms; undefined: not measured. */
  readonly writeMs: number | undefined;
  /** Why this transaction may not use it, and what to do: its effect is unknown. */
  readonly unusable?: string | undefined;
}

export interface SurveyedQuery {
  readonly id: string;
  readonly number: number;
  readonly title: string;
  readonly targetMs: number;
  /** From workload.json; 1 without an entry. */
  readonly callsADay: number;
  /** The proposals that may change its plan. */
  readonly relevant: Mask;
  /** Visible set → index of the plan that the planner returned. */
  readonly asked: ReadonlyMap<Mask, number>;
  /** The same for inferred plans that `--verify` asked for. */
  readonly verified?: ReadonlyMap<Mask, number> | undefined;
  readonly intervals: readonly Interval[];
  /** Distinct plans in the order they were found. */
  readonly plans: readonly SurveyedPlan[];
  /** Why it has no plan: the server refused the query. */
  readonly failure: string | undefined;
}

export interface SurveyedPlan {
  readonly fingerprint: string;
  /** Id of the rewrite; undefined for the query's own text. */
  readonly rewrite: string | undefined;
  readonly estimate: Plan;
  /** The executed plan; with the time of each node (`timed`) if a person will look at it. */
  readonly tree: Plan | undefined;
  /** One configuration that has this plan. */
  readonly configuration: Mask;
  /** The proposals that it reads, as bits of the visible set. */
  readonly uses: Mask;
  /** The query's first run, ms: it fills caches and does not count. */
  readonly firstMs: number | undefined;
  /** Counted runs, ms, interleaved with runs of the query's other plans. */
  readonly runsMs: readonly number[];
  readonly stopped:
    | { readonly because: 'timeout' | 'cannot matter' | 'budget'; readonly afterMs: number }
    | undefined;
  /** Never run: every configuration that has it loses, however fast this plan is. */
  readonly skipped: boolean;
  /** The run that times each node was stopped or failed. */
  readonly treeless: boolean;
  readonly failure: string | undefined;
  /** The projected run time, in a survey of production: the plan never ran there. */
  readonly projected?: ProjectedTime | undefined;
}

export interface Effort {
  readonly explains: number;
  /** Runs of queries, including stopped runs and runs that time each node. */
  readonly executions: number;
  readonly builds: number;
  /** (query, configuration) pairs: 2^n for each query. */
  readonly cells: number;
  /** Cells whose plan the planner returned, and cells whose plan was inferred from others. */
  readonly asked: number;
  readonly inferred: number;
  /** Inferred cells that `--verify` asked the planner for, and how many of them it contradicted. */
  readonly verified: number;
  readonly disagreed: number;
  readonly elapsedMs: number;
}

export const BASELINE: Mask = 0;

/** Every proposal on; an index to drop is hidden. */
export const allProposals = ({ proposals }: Pick<Survey, 'proposals'>): Mask => full(proposals.length);

/** The indexes to drop. The planner sees the configuration with these bits flipped. */
export const dropBits = (proposals: readonly Pick<SurveyedProposal, 'kind'>[]): Mask =>
  maskWhere(proposals, proposal => factsOf(proposal).standsForExisting);

/** Proposals without a write cost. An index to drop needs none: no write gets slower without it. */
const unmeasuredBits = (proposals: readonly SurveyedProposal[]): Mask =>
  maskWhere(proposals, one => !factsOf(one).standsForExisting && one.writeMs === undefined);

export function idsOf({ proposals }: Pick<Survey, 'proposals'>, configuration: Mask): string[] {
  return positions(configuration).flatMap(position => proposals[position]?.id ?? []);
}

/** Ignores unknown ids. */
export function maskOf(
  { proposals }: { readonly proposals: readonly { readonly id: string }[] },
  ids: Iterable<string>,
): Mask {
  const wanted = new Set(ids);
  return maskWhere(proposals, ({ id }) => wanted.has(id));
}

/** undefined: the plan is not known. */
export function planUnder(
  survey: Pick<Survey, 'proposals'>,
  query: SurveyedQuery,
  configuration: Mask,
): SurveyedPlan | undefined {
  const index = planOf(query, configuration ^ dropBits(survey.proposals));
  return index === undefined ? undefined : query.plans[index];
}

/**
 * Why the query's plan under a configuration proves nothing: it reads a table with an index that this transaction may
 * not use.
 */
function unknownUnder(
  survey: Pick<Survey, 'proposals'>,
  query: SurveyedQuery,
  configuration: Mask,
): string | undefined {
  const { proposals } = survey;
  if (proposals.every(({ unusable }) => unusable === undefined)) return undefined;
  const unusable = unusableAmong(proposals, id => proposals.find(one => one.id === id));
  const plans = [BASELINE, configuration].map(one => planUnder(survey, query, one)?.estimate);
  return whyUnknown(plans, idsOf(survey, configuration), unusable);
}

/** Whether the planner returned the plan or the survey inferred it; undefined: the plan is not known. */
export function howKnown(
  survey: Pick<Survey, 'proposals'>,
  query: SurveyedQuery,
  configuration: Mask,
): 'asked' | 'inferred' | undefined {
  const seen = configuration ^ dropBits(survey.proposals);
  if (planOf(query, seen) === undefined) return undefined;
  // The lattice files an answer under the relevant bits alone: only the exact set counts as asked.
  return query.asked.has(seen) ? 'asked' : 'inferred';
}

export const wasRun = ({ firstMs, runsMs }: Pick<SurveyedPlan, 'firstMs' | 'runsMs'>): boolean =>
  firstMs !== undefined || runsMs.length > 0;

export const runsOf = ({ runsMs, stopped, firstMs }: SurveyedPlan): Runs => ({
  // Without a counted run, the first run is the only figure.
  runsMs: runsMs.length > 0 || firstMs === undefined ? runsMs : [firstMs],
  stoppedAfterMs: stopped?.afterMs,
});

/**
 * The median of a plan's runs, ms; the limit if a run was stopped; the middle of a projection. undefined: neither run
 * nor projected.
 */
export function timeOf(
  plan: SurveyedPlan | undefined,
): { readonly ms: number; readonly atLeast: boolean } | undefined {
  if (plan === undefined) return undefined;
  if (plan.projected !== undefined)
    return plan.projected.kind === 'projected' ? { ms: plan.projected.ms.point, atLeast: false } : undefined;
  const { runsMs, stoppedAfterMs } = runsOf(plan);
  if (stoppedAfterMs !== undefined) return { ms: stoppedAfterMs, atLeast: true };
  const ms = median(runsMs);
  return ms === undefined ? undefined : { ms, atLeast: false };
}

export function compareConfigurations(
  survey: Pick<Survey, 'proposals'>,
  query: SurveyedQuery,
  from: Mask,
  to: Mask,
): Verdict {
  const [before, after] = [planUnder(survey, query, from), planUnder(survey, query, to)];
  if (before === undefined || after === undefined) return { kind: 'not measured' };
  if ([from, to].some(configuration => unknownUnder(survey, query, configuration) !== undefined))
    return { kind: 'not measured' };
  return before === after ? { kind: 'same plan' } : judgePlans(before, after);
}

/** Compares run times, or projections where both plans have one. */
export const judgePlans = (before: SurveyedPlan, after: SurveyedPlan): Verdict =>
  before.projected === undefined || after.projected === undefined
    ? judge(runsOf(before), runsOf(after))
    : judgeProjected(before.projected, after.projected);

export interface Costs {
  /**
   * Σ calls per day × run time over all queries, ms per day; a lower bound if `atLeast`; undefined: a query has no
   * time.
   */
  readonly totalMs: number | undefined;
  readonly atLeast: boolean;
  readonly bytes: number;
  readonly freedBytes: number;
  /** undefined: the write cost of one of its proposals was not measured. */
  readonly writeMs: number | undefined;
  /** The measured part of the write cost, and the proposals that lack one; none if no proposal was measured. */
  readonly writes: { readonly knownMs: number; readonly unmeasured: Mask };
  readonly refreshMs: number;
  readonly changes: number;
}

export function costsOf(survey: Pick<Survey, 'proposals' | 'queries'>, configuration: Mask): Costs {
  const chosen = positions(configuration).flatMap(position => survey.proposals[position] ?? []);
  const sum = (value: (proposal: SurveyedProposal) => number) =>
    chosen.reduce((total, proposal) => total + value(proposal), 0);
  const times = survey.queries
    .filter(({ failure }) => failure === undefined)
    .map(query => {
      const isUnknown = unknownUnder(survey, query, configuration) !== undefined;
      const time = isUnknown ? undefined : timeOf(planUnder(survey, query, configuration));
      return time === undefined ? undefined : { ...time, ms: time.ms * query.callsADay };
    });
  const known = times.filter(time => time !== undefined);
  const areWritesKnown = survey.proposals.some(({ writeMs }) => writeMs !== undefined);
  const writes = {
    knownMs: sum(({ writeMs = 0 }) => writeMs),
    unmeasured: areWritesKnown ? configuration & unmeasuredBits(survey.proposals) : 0,
  };
  return {
    totalMs: known.length < times.length ? undefined : known.reduce((total, { ms }) => total + ms, 0),
    atLeast: known.some(({ atLeast }) => atLeast),
    bytes: sum(({ bytes }) => bytes),
    freedBytes: sum(({ freedBytes }) => freedBytes),
    writeMs: areWritesKnown && writes.unmeasured === 0 ? writes.knownMs : undefined,
    writes,
    refreshMs: sum(({ refreshMs }) => refreshMs),
    changes: size(configuration),
  };
}

/**
 * Without any time for one query (it divides by zero, say) no configuration would have a total. So the query counts
 * as failed: the advice reports it and leaves it out. A survey of production without any time at all stays as it is:
 * it is about plans.
 */
export function usableOf(survey: Survey): Survey {
  const isTimed = survey.queries.some(({ plans }) => plans.some(plan => timeOf(plan) !== undefined));
  if (survey.atProduction === true && !isTimed) return survey;
  const spoilt = survey.queries.some(query => failureOf(query) !== query.failure);
  return spoilt
    ? { ...survey, queries: survey.queries.map(query => ({ ...query, failure: failureOf(query) })) }
    : survey;
}

function failureOf({ failure, plans }: SurveyedQuery): string | undefined {
  const [reason] = plans.flatMap(
    ({ failure: why, projected }) => why ?? (projected?.kind === 'unknown' ? projected.why : []),
  );
  return failure ?? (plans.every(plan => timeOf(plan) === undefined) ? reason : undefined);
}

/**
 * Production's survey before any rehearsal: plans from a lens, and no times.
 * @param planned Its `answers` come from the session that compared the rewrites.
 */
export const plannedAtProduction = (planned: Survey): Survey => ({
  ...planned,
  budgetSpent: false,
  atProduction: true,
  queries: planned.queries.map(query => ({
    ...query,
    plans: query.plans.map(plan => ({
      ...plan,
      projected: { kind: 'unknown', why: 'nothing was rehearsed' },
    })),
  })),
});
