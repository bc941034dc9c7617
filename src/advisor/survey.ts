/**
 * What is known of all configurations of a session: which plan each query has under each, how long each plan takes, and
 * what each proposal costs. Everything the advisor says is worked out of one of these; a new one is made whenever more
 * is known. Pure data, and the few ways to look something up in it.
 */

import { median } from '../base/statistics.ts';
import type { Plan } from '../plan/plan.ts';
import type { AnswerCheck, BuiltObject } from '../session/events.ts';
import { factsOf } from '../workload/proposalKinds.ts';
import type { Proposal } from '../workload/workload.ts';
import type { Keeper } from './keepers.ts';
import { type Interval, planOf } from './lattice.ts';
import { full, type Mask, positions, size } from './masks.ts';
import type { ProjectedTime } from './projected.ts';
import { judgeProjected } from './projectedVerdict.ts';
import { unusableAmong, whyUnknown } from './unknownEffect.ts';
import { judge, type Runs, type Verdict } from './verdict.ts';

export interface Survey {
  /** Those that could be built, in the workload's order: bit i of a configuration is the i-th. */
  readonly proposals: readonly SurveyedProposal[];
  /** Those that could not: no configuration has them. */
  readonly leftOut: readonly { readonly id: string; readonly reason: string }[];
  /** Those that the database has already, and what is there: every configuration has them. */
  readonly inPlace?: readonly { readonly id: string; readonly what: string }[] | undefined;
  /** What some of the indexes to drop are kept for (keepers.ts). */
  readonly keepers?: readonly Keeper[] | undefined;
  readonly queries: readonly SurveyedQuery[];
  /** `01-update (UPDATE)`: what writes is never run, and has no part in it. */
  readonly neverRun?: readonly string[] | undefined;
  /** Of each rewrite that a plan reads: whether it returns what its query returns; by answerKey. */
  readonly answers: ReadonlyMap<string, AnswerCheck>;
  readonly effort: Effort;
  /** False while something is still to be found out, and where it was stopped before. */
  readonly complete: boolean;
  /** Those that are looked at: all 2^n up to 12 proposals, else what a search has come upon. */
  readonly configurations: readonly Mask[];
  readonly exact: boolean;
  /** The budget of time was spent before every difference was clear. */
  readonly budgetSpent: boolean;
  /** The workload says how often queries are called a day; else each counts as one call. */
  readonly weighted: boolean;
  /** It is of production, seen through a lens: no time of it was measured. */
  readonly atProduction?: true | undefined;
}

export interface SurveyedProposal {
  readonly id: string;
  readonly title: string;
  readonly kind: Proposal['kind'];
  /** Of all it adds; 0 for an index to drop. */
  readonly bytes: number;
  /** Of the indexes it would drop; 0 for all others. */
  readonly freedBytes: number;
  readonly objects: readonly BuiltObject[];
  readonly buildMs: number;
  /** What one refresh of its views takes, ms; 0 without a view. */
  readonly refreshMs: number;
  /** 'built': as long as building it took, which does the same work. */
  readonly refreshHow: 'measured' | 'built';
  /** What it adds to writing one row, ms, insert and update of each of its tables together; undefined: not measured. */
  readonly writeMs: number | undefined;
  /** Why the transaction that measured may not use it, and what to do: its effect is unknown. */
  readonly unusable?: string | undefined;
}

export interface SurveyedQuery {
  readonly id: string;
  readonly number: number;
  readonly title: string;
  readonly targetMs: number;
  /** From workload.json; 1 for each query where it has none. */
  readonly callsADay: number;
  /** What of all that can be seen may change its plan. */
  readonly relevant: Mask;
  /** Visible set → plan, as it was asked. */
  readonly asked: ReadonlyMap<Mask, number>;
  /** Of `--verify`; not set without it. */
  readonly verified?: ReadonlyMap<Mask, number> | undefined;
  readonly intervals: readonly Interval[];
  /** The distinct ones, in the order they were found. */
  readonly plans: readonly SurveyedPlan[];
  /** Why there is no plan: the server refused the query. */
  readonly failure: string | undefined;
}

export interface SurveyedPlan {
  readonly fingerprint: string;
  /** Id of the rewrite; undefined for the query's own text. */
  readonly rewrite: string | undefined;
  readonly estimate: Plan;
  /** As it was executed: with the time of each node (`timed`) where it is one to be shown. undefined until then. */
  readonly tree: Plan | undefined;
  /** A configuration that has it. */
  readonly configuration: Mask;
  /** The proposals that it reads, as bits of the visible set. */
  readonly uses: Mask;
  /** The query's first run, ms: it fills caches, and is not counted. */
  readonly firstMs: number | undefined;
  /** Counted runs in the order they were made, interleaved with the query's other plans, ms. */
  readonly runsMs: readonly number[];
  readonly stopped:
    | { readonly because: 'timeout' | 'cannot matter' | 'budget'; readonly afterMs: number }
    | undefined;
  /** Never run: every configuration that has it is beaten, however fast it is. */
  readonly skipped: boolean;
  /** The run that times each node was stopped, or failed. */
  readonly treeless: boolean;
  /** Why it was not run. */
  readonly failure: string | undefined;
  /** What it is worked out to take at production size, of which the survey then is; it was never run there. */
  readonly projected?: ProjectedTime | undefined;
}

/** What it took. */
export interface Effort {
  readonly explains: number;
  /** Runs of a query's text, stopped ones and those for the tree too. */
  readonly executions: number;
  readonly builds: number;
  /** (query, configuration) cells: 2^n of each query. */
  readonly cells: number;
  /** Cells whose plan was asked for, and those it was inferred for. */
  readonly asked: number;
  readonly inferred: number;
  /** Cells that were inferred and asked for all the same (`--verify`), and in how many of them the planner disagreed. */
  readonly verified: number;
  readonly disagreed: number;
  readonly elapsedMs: number;
}

export const BASELINE: Mask = 0;

/** Every proposal switched on; an index to drop is switched off. */
export const everything = ({ proposals }: Pick<Survey, 'proposals'>): Mask => full(proposals.length);

/** Bits of the indexes to drop: what can be seen is the configuration with these flipped. */
export function dropBits(proposals: readonly Pick<SurveyedProposal, 'kind'>[]): Mask {
  return proposals.reduce(
    (mask, proposal, index) => (factsOf(proposal).standsForExisting ? mask | (1 << index) : mask),
    0,
  );
}

/** Those whose write cost is not known. An index to drop is never measured: without it no write costs more. */
function unmeasuredBits(proposals: readonly SurveyedProposal[]): Mask {
  return proposals.reduce(
    (mask, proposal, index) =>
      !factsOf(proposal).standsForExisting && proposal.writeMs === undefined ? mask | (1 << index) : mask,
    0,
  );
}

/** Ids of a configuration, in the workload's order. */
export function idsOf({ proposals }: Pick<Survey, 'proposals'>, configuration: Mask): string[] {
  return positions(configuration).flatMap(position => proposals[position]?.id ?? []);
}

/** Unknown ids are left out. */
export function maskOf(
  { proposals }: { readonly proposals: readonly { readonly id: string }[] },
  ids: Iterable<string>,
): Mask {
  const wanted = new Set(ids);
  return proposals.reduce((mask, { id }, index) => (wanted.has(id) ? mask | (1 << index) : mask), 0);
}

/** The plan of a query under a configuration; undefined where it is not known. */
export function planUnder(
  survey: Pick<Survey, 'proposals'>,
  query: SurveyedQuery,
  configuration: Mask,
): SurveyedPlan | undefined {
  const index = planOf(query, configuration ^ dropBits(survey.proposals));
  return index === undefined ? undefined : query.plans[index];
}

/** Why a configuration says nothing of a query: it reads a table with an index that the session may not use. */
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

/** 'asked', 'inferred', or undefined where the plan is not known. */
export function howKnown(
  survey: Pick<Survey, 'proposals'>,
  query: SurveyedQuery,
  configuration: Mask,
): 'asked' | 'inferred' | undefined {
  const seen = configuration ^ dropBits(survey.proposals);
  if (planOf(query, seen) === undefined) return undefined;
  // What cannot matter to the query is as good as asked only where nothing else was left out.
  return query.asked.has(seen) ? 'asked' : 'inferred';
}

export const wasRun = ({ firstMs, runsMs }: Pick<SurveyedPlan, 'firstMs' | 'runsMs'>): boolean =>
  firstMs !== undefined || runsMs.length > 0;

export const runsOf = ({ runsMs, stopped, firstMs }: SurveyedPlan): Runs => ({
  // Until there is a counted run the first one is all there is.
  runsMs: runsMs.length > 0 || firstMs === undefined ? runsMs : [firstMs],
  stoppedAfterMs: stopped?.afterMs,
});

/**
 * A plan's run time, ms: the median of its runs; a bound where it was stopped; the middle of what is projected. undefined
 * where it was not run and has no projection.
 */
export function timeOf(plan: SurveyedPlan): { readonly ms: number; readonly atLeast: boolean } | undefined {
  if (plan.projected !== undefined)
    return plan.projected.kind === 'projected' ? { ms: plan.projected.ms.point, atLeast: false } : undefined;
  const { runsMs, stoppedAfterMs } = runsOf(plan);
  if (stoppedAfterMs !== undefined) return { ms: stoppedAfterMs, atLeast: true };
  const ms = median(runsMs);
  return ms === undefined ? undefined : { ms, atLeast: false };
}

/** How a query changes from one configuration to another. */
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

/** By their runs, or by what they are projected to take. */
export const judgePlans = (before: SurveyedPlan, after: SurveyedPlan): Verdict =>
  before.projected === undefined || after.projected === undefined
    ? judge(runsOf(before), runsOf(after))
    : judgeProjected(before.projected, after.projected);

/** What a configuration costs. */
export interface Costs {
  /** Σ calls a day × run time over all queries, ms a day. A lower bound where `atLeast`; undefined: not all were run. */
  readonly totalMs: number | undefined;
  readonly atLeast: boolean;
  readonly bytes: number;
  readonly freedBytes: number;
  /** undefined where the write cost was not measured, of one of its proposals at least. */
  readonly writeMs: number | undefined;
  /** Of those of its proposals that it was measured of, and which it was not: none of them where none of all was. */
  readonly writes: { readonly knownMs: number; readonly unmeasured: Mask };
  readonly refreshMs: number;
  /** How many changes it is. */
  readonly changes: number;
}

export function costsOf(survey: Pick<Survey, 'proposals' | 'queries'>, configuration: Mask): Costs {
  const chosen = positions(configuration).flatMap(position => survey.proposals[position] ?? []);
  const sum = (value: (proposal: SurveyedProposal) => number) =>
    chosen.reduce((total, proposal) => total + value(proposal), 0);
  const times = survey.queries
    .filter(({ failure }) => failure === undefined)
    .map(query => {
      const plan = planUnder(survey, query, configuration);
      const isUnknown = plan === undefined || unknownUnder(survey, query, configuration) !== undefined;
      const time = isUnknown ? undefined : timeOf(plan);
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
