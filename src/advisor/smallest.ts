/** Which configuration to keep: the cheapest that meets what can be met, the smallest near the fastest. Pure. */
import { answersDiffer } from './answers.ts';
import { byCost, byTime } from './cheaper.ts';
import { type Rated, ratedOf } from './judged.ts';
import type { Mask } from './masks.ts';
import { type Met, metOf } from './met.ts';
import type { Requirement } from './requirement.ts';
import { type Costs, costsOf, type Survey, timeOf } from './survey.ts';
import { weighAll } from './weigh.ts';

export interface Choices extends Met {
  /** Meets all that can be met together, and costs least: net bytes, then writes, refresh, changes, total time. */
  readonly cheapest: Choice | undefined;
  /** Costs least of those whose total time is within the share of the least one; at production size the same as `fastest`. */
  readonly nearFastest: Choice | undefined;
  /** The least total time; of those that are not clearly slower in any query, the cheapest. A bound is never it. */
  readonly fastest: Choice | undefined;
  /**
   * Costs least of those that meet all that can be met together and are within the share of the fastest of them. Held
   * against each other are those of them that finish the most queries (a query that was stopped under all of them says
   * nothing of any), by the time of those. undefined where none of them was measured: no time, no advice. At production size
   * in place of the share: clearly slower in no query than the fastest of them. What a proposal costs is sure; what it is kept for must be clear.
   */
  readonly recommended: Choice | undefined;
  /** The share, 0.05 is 5 %. */
  readonly within: number;
  /** False above 12 proposals: not every configuration was looked at, and a better one may be among the others. */
  readonly exact: boolean;
}

export interface Choice {
  readonly configuration: Mask;
  readonly costs: Costs;
}

/**
 * Configurations that return something else than the queries do are no choice, and meet nothing.
 * @param requirements As timeRequirements() makes them, and others; none: everything meets them.
 */
export function choicesOf(
  survey: Survey,
  requirements: readonly Requirement[],
  { within = 0.05 }: { readonly within?: number } = {},
): Choices {
  const all = survey.configurations
    .filter(configuration => !answersDiffer(survey, configuration))
    .map(configuration => ({ configuration, costs: costsOf(survey, configuration) }))
    .sort(byCost);
  const met = metOf(
    all.map(({ configuration }) => configuration),
    requirements,
  );
  const meeting = new Set<Mask>(met.meeting);
  const meets = all.filter(({ configuration }) => meeting.has(configuration));
  const [cheapest] = meets;
  return {
    ...met,
    cheapest,
    nearFastest: survey.atProduction === true ? fastestOf(survey, ratedOf(survey)) : nearest(all, within),
    fastest: fastestOf(survey, ratedOf(survey)),
    recommended: recommend(survey, meets, within),
    within,
    exact: survey.exact,
  };
}

const isTimed = ({ costs }: Choice) => costs.totalMs !== undefined && !costs.atLeast;

/** @param choices Cheapest first. */
function nearest(choices: readonly Choice[], within: number): Choice | undefined {
  const timed = choices.filter(isTimed);
  const least = Math.min(...timed.map(({ costs }) => costs.totalMs ?? Number.POSITIVE_INFINITY));
  return timed.find(({ costs }) => (costs.totalMs ?? 0) <= least * (1 + within));
}

function recommend(survey: Survey, meets: readonly Choice[], within: number): Choice | undefined {
  const candidates = new Set(meets.map(({ configuration }) => configuration));
  const meeting = ratedOf(survey).filter(({ configuration }) => candidates.has(configuration));
  if (survey.atProduction === true) return fastestOf(survey, meeting);
  const rated = meeting.map(one => ({ ...one, ...finished(survey, one) }));
  const fewest = Math.min(...rated.map(({ stopped }) => stopped));
  const compared = rated.filter(({ stopped }) => stopped === fewest).sort(byCost);
  const least = Math.min(...compared.map(({ ms }) => ms));
  const found = compared.find(({ ms }) => ms <= least * (1 + within));
  return found === undefined ? undefined : { configuration: found.configuration, costs: found.costs };
}

/** How many queries it was stopped in, and what the others take, ms a day. */
function finished(survey: Survey, { plans }: Rated): { readonly stopped: number; readonly ms: number } {
  const queries = survey.queries.filter(({ failure }) => failure === undefined);
  const ms = plans.map((plan, index) =>
    plan.stopped === undefined ? (timeOf(plan)?.ms ?? 0) * (queries[index]?.callsADay ?? 1) : 0,
  );
  return {
    stopped: plans.filter(({ stopped }) => stopped !== undefined).length,
    ms: ms.reduce((total, each) => total + each, 0),
  };
}

/** Two totals that differ by noise alone must not make the dearer one the fastest. */
function fastestOf(survey: Survey, among: readonly Rated[]): Choice | undefined {
  const queries = survey.queries.filter(({ failure }) => failure === undefined);
  const timed = among.filter(isTimed).sort(byCost);
  const [least] = [...timed].sort(byTime);
  if (least === undefined) return undefined;
  const found = timed.find(one => weighAll(queries, least, one).slower.length === 0) ?? least;
  return { configuration: found.configuration, costs: found.costs };
}
