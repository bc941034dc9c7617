/** Which configuration to keep: the cheapest that meets what can be met, the smallest near the fastest. Pure. */
import { byCost, byTime, ratedOf } from './judged.ts';
import type { Mask } from './masks.ts';
import { type Met, metOf } from './met.ts';
import type { Requirement } from './requirement.ts';
import { type Costs, costsOf, type Survey } from './survey.ts';
import { weighAll } from './weigh.ts';

export interface Choices extends Met {
  /** Meets all that can be met together, and costs least: net bytes, then writes, refresh, changes, total time. */
  readonly cheapest: Choice | undefined;
  /** Costs least of those whose total time is within the share of the least one. */
  readonly nearFastest: Choice | undefined;
  /** The least total time; of those that are not clearly slower in any query, the cheapest. A bound is never it. */
  readonly fastest: Choice | undefined;
  /**
   * Costs least of those that meet all that can be met together and are within the share of the fastest of them. Where
   * none of them has a total time: `cheapest`.
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

/** @param requirements As timeRequirements() makes them, and others; none: everything meets them. */
export function choicesOf(
  survey: Survey,
  requirements: readonly Requirement[],
  { within = 0.05 }: { readonly within?: number } = {},
): Choices {
  const all = survey.configurations
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
    nearFastest: nearest(all, within),
    fastest: fastestOf(survey),
    recommended: nearest(meets, within) ?? cheapest,
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

/** Two totals that differ by noise alone must not make the dearer one the fastest. */
function fastestOf(survey: Survey): Choice | undefined {
  const queries = survey.queries.filter(({ failure }) => failure === undefined);
  const timed = ratedOf(survey).filter(isTimed).sort(byCost);
  const [least] = [...timed].sort(byTime);
  if (least === undefined) return undefined;
  const found = timed.find(one => weighAll(queries, least, one).slower.length === 0) ?? least;
  return { configuration: found.configuration, costs: found.costs };
}
