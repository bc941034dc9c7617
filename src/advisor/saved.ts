import { median } from '../base/statistics.ts';
import type { Mask } from './masks.ts';
import { BASELINE, planUnder, type Survey, type SurveyedPlan, type SurveyedQuery, timeOf } from './survey.ts';

/** Chance that can be repeated: the same seed, the same numbers (mulberry32). Pure but for its own state. */
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
 * What a configuration saves, all queries together: Σ calls a day × (time of the baseline − time of the configuration).
 * Its interval is a bootstrap of the medians: each plan's runs are drawn anew, with replacement, 2,000 times, and the
 * middle 95 % of the sums are kept. The draws are seeded: the same runs always give the same interval. A plan that both
 * configurations have is no difference, whatever its runs were. A query that was stopped under both, by different plans, says
 * nothing of either: it is left out of what is saved, and named. Of what is projected the interval goes from all errors one way to all errors the
 * other way. Pure.
 */

export interface Saved {
  /** ms a day; below 0 where the configuration is slower. undefined where the difference of a query is not known. */
  readonly savedMs: number | undefined;
  /**
   * 95 %, of the medians' scatter alone; of what is projected, all that it may be. undefined for what was not run twice. A stopped
   * run's bound does not scatter.
   */
  readonly interval: readonly [number, number] | undefined;
  /** A run of the baseline was stopped: it saves more. */
  readonly atLeast: boolean;
  /** Ids of queries that were stopped under both: not in savedMs, which is of the others. */
  readonly stopped: readonly string[];
  /** ms a day of all queries that have plans; a lower bound where a run was stopped; undefined: not all were run. */
  readonly beforeMs: number | undefined;
  readonly afterMs: number | undefined;
  /** False where the workload says no calls a day: this is one call of each query. */
  readonly weighted: boolean;
  readonly queries: readonly SavedOfQuery[];
}

interface SavedOfQuery {
  readonly query: string;
  readonly callsADay: number;
  /** ms a day */
  readonly savedMs: number | undefined;
  readonly atLeast: boolean;
  /** Under both; then nothing is known of what it saves. */
  readonly stopped: boolean;
}

const DRAWS = 2000;
const SEED = 20_260_101;
/** One run has no scatter. */
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
  // With none left there is nothing that the sum would be of.
  const savedMs =
    finished.length === 0 && queries.length > 0 ? undefined : total(finished.map(query => query.savedMs));
  const spent = (plans: readonly (SurveyedPlan | undefined)[]) =>
    total(
      plans.map((plan, index) => {
        const time = plan === undefined ? undefined : timeOf(plan)?.ms;
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

/** Sums are known only where all of their parts are. */
const total = (parts: readonly (number | undefined)[]): number | undefined =>
  parts.reduce<number | undefined>(
    (sum, part) => (sum === undefined || part === undefined ? undefined : sum + part),
    0,
  );

function savedOfQuery({ query: { id, callsADay }, before, after }: Side): SavedOfQuery {
  const known = { query: id, callsADay, stopped: false };
  if (before !== undefined && before === after) return { ...known, savedMs: 0, atLeast: false };
  const [from, to] = [before, after].map(plan => (plan === undefined ? undefined : timeOf(plan)));
  if (from?.atLeast && to?.atLeast) return { ...known, savedMs: undefined, atLeast: false, stopped: true };
  // A configuration that was stopped may take any time.
  if (from === undefined || to === undefined || to.atLeast)
    return { ...known, savedMs: undefined, atLeast: false };
  return { ...known, savedMs: (from.ms - to.ms) * callsADay, atLeast: from.atLeast };
}

/** Where every plan that changes is projected. */
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
