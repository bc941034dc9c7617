/**
 * The Pareto frontier: configurations that no other one beats on total time, net bytes, write cost and refresh cost.
 *
 * D *beats* C if D costs no more in bytes, writes and refresh, its clear slowdowns (ms per day) do not outweigh its clear
 * speedups, and D is cheaper in one cost, clearly faster, or fewer changes. A difference that is not clear counts as
 * zero; one that was not measured prevents the comparison. So noise alone puts nothing on the frontier.
 *
 * "No clear difference" is not transitive, and so neither is this relation. Configurations are therefore taken in a fixed
 * order, cheapest first, and each is compared only with those kept before it. Every other configuration is beaten by (or
 * `tied` with) one on the frontier. An unmeasured write cost is no more than another one only if the other configuration
 * lacks the same measurements (cheaper.ts).
 */
import { answersDiffer } from './answers.ts';
import { byCost, byTime, costsKey, costsNoMore, netBytes } from './cheaper.ts';
import { type Rated, ratedOf } from './judged.ts';
import { type Mask, size } from './masks.ts';
import type { Survey } from './survey.ts';
import { Scale } from './weigh.ts';

interface Frontier {
  /** Cheapest first. */
  readonly points: readonly FrontierPoint[];
  /** Every configuration with known times, including the beaten ones. */
  readonly plot: readonly PlotPoint[];
  /** Configurations without a known plan or time. */
  readonly leftOut: number;
  /** Configurations that return other rows than the queries. */
  readonly different: number;
}

interface FrontierPoint {
  readonly configuration: Mask;
  readonly costs: Rated['costs'];
  /** Ids of queries, compared with the previous point. */
  readonly clearlyFasterThanPrevious: readonly string[];
  readonly clearlySlowerThanPrevious: readonly string[];
  /** Configurations with the same costs and number of changes, and no clear difference in time. */
  readonly tied: readonly Mask[];
  readonly beats: number;
}

interface PlotPoint {
  readonly configuration: Mask;
  readonly netBytes: number;
  /** ms per day; a lower bound if `atLeast`. */
  readonly totalMs: number;
  readonly atLeast: boolean;
  readonly onFrontier: boolean;
}

export function frontierOf(survey: Survey): Frontier {
  const queries = survey.queries.filter(({ failure }) => failure === undefined);
  const rated = ratedOf(survey).filter(({ costs }) => costs.totalMs !== undefined);
  const scale = new Scale(queries);
  const kept: { readonly rated: Rated; readonly tied: Mask[]; beats: number }[] = [];
  for (const candidate of inOrder(rated, scale)) {
    const better = kept.find(one => against(one.rated, candidate, scale) !== undefined);
    if (better === undefined) kept.push({ rated: candidate, tied: [], beats: 0 });
    else if (against(better.rated, candidate, scale) === 'beats') better.beats++;
    else better.tied.push(candidate.configuration);
  }
  const points = kept.map(({ rated: one, ...rest }, index): FrontierPoint => {
    const before = kept[index - 1]?.rated;
    const { faster, slower } = scale.weighed(before ?? one, one);
    return {
      configuration: one.configuration,
      costs: one.costs,
      clearlyFasterThanPrevious: faster,
      clearlySlowerThanPrevious: slower,
      ...rest,
    };
  });
  const on = new Set(points.map(({ configuration }) => configuration));
  const plot = rated.map(({ configuration, costs }) => ({
    configuration,
    netBytes: netBytes(costs),
    totalMs: costs.totalMs ?? Number.NaN,
    atLeast: costs.atLeast,
    onFrontier: on.has(configuration),
  }));
  const different = survey.configurations.filter(one => answersDiffer(survey, one)).length;
  return { points, plot, leftOut: survey.configurations.length - rated.length - different, different };
}

/** Whether D beats C or equals it in everything; undefined: neither. A gain that was not measured (NaN) is neither. */
function against(d: Rated, c: Rated, scale: Scale): 'beats' | 'equals' | undefined {
  if (!costsNoMore(d.costs, c.costs)) return undefined;
  const gainMs = scale.gain(c, d);
  if (gainMs !== 0) return gainMs > 0 ? 'beats' : undefined;
  if (!costsNoMore(c.costs, d.costs) || d.costs.changes < c.costs.changes) return 'beats';
  return d.costs.changes === c.costs.changes ? 'equals' : undefined;
}

/** Cheapest first; among equal costs a configuration comes after those that beat it, except in a cycle. */
function inOrder(rated: readonly Rated[], scale: Scale): Rated[] {
  const groups = new Map<string, Rated[]>();
  for (const one of [...rated].sort(byCost)) {
    const key = costsKey(one.costs);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [one]);
    else group.push(one);
  }
  return [...groups.values()].flatMap(group => ordered(group, scale));
}

/** Takes next a configuration that no remaining one beats; in a cycle, the fastest. */
function ordered(group: readonly Rated[], scale: Scale): Rated[] {
  const rest = [...group].sort(
    (a, b) =>
      byTime(a, b) || size(a.configuration) - size(b.configuration) || a.configuration - b.configuration,
  );
  if (rest.length === 1) return rest;
  const beats = (one: Rated, other: Rated) => against(one, other, scale) === 'beats';
  const beaters = new Map(
    rest.map(one => [one, rest.filter(other => other !== one && beats(other, one)).length]),
  );
  const order: Rated[] = [];
  while (rest.length > 0) {
    const free = rest.findIndex(one => beaters.get(one) === 0);
    for (const next of rest.splice(Math.max(free, 0), 1)) {
      order.push(next);
      for (const one of rest) if (beats(next, one)) beaters.set(one, (beaters.get(one) ?? 0) - 1);
    }
  }
  return order;
}
