import { median } from '../base/statistics.ts';
import type { Mask } from './masks.ts';
import { BASELINE, planUnder, type Survey, type SurveyedPlan, type SurveyedQuery, timeOf } from './survey.ts';

/** A seeded random number generator (mulberry32): the same seed gives the same numbers. */
export function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/**
 * What a configuration saves over all queries: Σ calls per day × (baseline's time − configuration's time). The interval is
 * a bootstrap of the medians: 2,000 seeded draws with replacement, of which the middle 95 % are kept. A plan that both
 * configurations share is no difference, however its runs scatter.
 */
interface Saved {
  /** ms per day; negative if the configuration is slower. undefined: the difference of a query is not known. */
  readonly savedMs: number | undefined;
  /** 95 % interval of the medians' scatter; for projections the whole range. undefined: a plan ran only once. */
  readonly interval: readonly [number, number] | undefined;
  /** A run of the baseline was stopped, so it saves more. */
  readonly atLeast: boolean;
  /** Ids of queries that were stopped under both configurations; savedMs leaves them out. */
  readonly stopped: readonly string[];
  /** ms per day over all queries with plans; a lower bound if a run was stopped; undefined: a query has no time. */
  readonly beforeMs: number | undefined;
  readonly afterMs: number | undefined;
  /** False if the workload gives no calls per day: then one call of each query. */
  readonly weighted: boolean;
  readonly queries: readonly SavedOfQuery[];
}

interface SavedOfQuery {
  readonly query: string;
  readonly callsADay: number;
  /** ms per day */
  readonly savedMs: number | undefined;
  readonly atLeast: boolean;
  /** Under both configurations, so the saving is unknown. */
  readonly stopped: boolean;
}

const DRAWS = 2000;
const SEED = 20_260_101;
const FEWEST_RUNS = 2;

interface Side {
  readonly query: SurveyedQuery;
  readonly before: SurveyedPlan | undefined;
  readonly after: SurveyedPlan | undefined;
}

export function savedOf(survey: Survey, configuration: Mask): Saved {
  const sides = survey.queries
    .filter(({ failure }) => failure === undefined)
    .map(query => ({
      query,
      before: planUnder(survey, query, BASELINE),
      after: planUnder(survey, query, configuration),
    }));
  const queries = sides.map(savedOfQuery);
  const finished = queries.filter(({ stopped }) => !stopped);
  // No finished query: there is nothing to sum.
  const savedMs =
    finished.length === 0 && queries.length > 0 ? undefined : total(finished.map(query => query.savedMs));
  const spent = (plans: readonly (SurveyedPlan | undefined)[]) =>
    total(
      plans.map((plan, index) => {
        const time = timeOf(plan)?.ms;
        return time === undefined ? undefined : time * (sides[index]?.query.callsADay ?? 1);
      }),
    );
  return {
    savedMs,
    interval:
      savedMs === undefined
        ? undefined
        : survey.atProduction === true
          ? spanOf(sides)
          : bootstrap(sides.filter((_, at) => queries[at]?.stopped === false)),
    atLeast: savedMs !== undefined && queries.some(({ atLeast }) => atLeast),
    stopped: queries.flatMap(({ query, stopped }) => (stopped ? [query] : [])),
    beforeMs: spent(sides.map(({ before }) => before)),
    afterMs: spent(sides.map(({ after }) => after)),
    weighted: survey.weighted,
    queries,
  };
}

/** undefined if any part is. */
const total = (parts: readonly (number | undefined)[]): number | undefined =>
  parts.reduce<number | undefined>(
    (sum, part) => (sum === undefined || part === undefined ? undefined : sum + part),
    0,
  );

function savedOfQuery({ query: { id, callsADay }, before, after }: Side): SavedOfQuery {
  const known = { query: id, callsADay, stopped: false };
  if (before !== undefined && before === after) return { ...known, savedMs: 0, atLeast: false };
  const [from, to] = [before, after].map(timeOf);
  if (from?.atLeast && to?.atLeast) return { ...known, savedMs: undefined, atLeast: false, stopped: true };
  // After a stopped run the new time has no upper bound.
  if (from === undefined || to === undefined || to.atLeast)
    return { ...known, savedMs: undefined, atLeast: false };
  return { ...known, savedMs: (from.ms - to.ms) * callsADay, atLeast: from.atLeast };
}

/** The range of the saving if every changed plan is projected: all errors one way … all errors the other way. */
function spanOf(sides: readonly Side[]): readonly [number, number] {
  const changed = sides.filter(({ before, after }) => before !== after);
  const interval = (plan: SurveyedPlan | undefined) =>
    plan?.projected?.kind === 'projected' ? plan.projected.ms : { low: 0, high: 0 };
  const sum = (part: (side: Side) => number) =>
    changed.reduce((total, side) => total + part(side) * side.query.callsADay, 0);
  return [
    sum(({ before, after }) => interval(before).low - interval(after).high),
    sum(({ before, after }) => interval(before).high - interval(after).low),
  ];
}

function bootstrap(sides: readonly Side[]): readonly [number, number] | undefined {
  const changed = sides.filter(({ before, after }) => before !== after);
  const plans = changed.flatMap(({ before, after }) => [before, after]);
  const isKnown = (plan: SurveyedPlan | undefined) =>
    plan !== undefined && (plan.stopped !== undefined || plan.runsMs.length >= FEWEST_RUNS);
  if (!plans.every(isKnown)) return undefined;
  const random = randomOf(SEED);
  const draw = (plan: SurveyedPlan | undefined): number => {
    if (plan === undefined) return 0;
    if (plan.stopped !== undefined) return plan.stopped.afterMs;
    const { runsMs } = plan;
    return median(runsMs.map(() => runsMs[Math.floor(random() * runsMs.length)] ?? 0)) ?? 0;
  };
  const sums = Array.from({ length: DRAWS }, () =>
    changed.reduce(
      (sum, { query, before, after }) => sum + (draw(before) - draw(after)) * query.callsADay,
      0,
    ),
  ).sort((a, b) => a - b);
  return [sums[Math.floor(DRAWS * 0.025)] ?? 0, sums[Math.ceil(DRAWS * 0.975) - 1] ?? 0];
}
