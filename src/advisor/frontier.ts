/**
 * The configurations that nothing beats on total time, net bytes, the cost of writes and that of a refresh. Pure.
 *
 * D *beats* C when D costs no more in any of bytes, writes and refresh, what D makes clearly slower does not outweigh what
 * it makes clearly faster (ms a day; a difference that is not clear counts as none, one that was not measured as any), and D is cheaper in one of them, or
 * clearly gains time, or is fewer changes. So noise alone puts nothing on the frontier.
 *
 * "No clear difference" is not transitive, and so neither is this: C may be as good as D, and D as B, but not C as B.
 * Therefore configurations are taken in a fixed order, cheapest first, and each is held against those only that were kept
 * before. Whatever is off the frontier is beaten by (or `tied` with) one that is ON it; nothing dearer can ever beat
 * something cheaper, so that a kept one can only be beaten by a later one of exactly its own costs. Costs of writes that
 * were not measured are no more than others only where those are unmeasured, too, of the same proposals (cheaper.ts).
 */
import { answersDiffer } from './answers.ts';
import { byCost, byTime, costsKey, costsNoMore, netBytes } from './cheaper.ts';
import { type Rated, ratedOf } from './judged.ts';
import { type Mask, size } from './masks.ts';
import type { Survey } from './survey.ts';
import { Scale } from './weigh.ts';

/** From one to the other, ms a day; NaN where it was not measured: then neither beats the other. */
type Gain = (from: Rated, to: Rated) => number;

export interface Frontier {
  /** From the cheapest to the dearest. */
  readonly points: readonly FrontierPoint[];
  /** Every configuration whose times are known, the beaten ones too. */
  readonly plot: readonly PlotPoint[];
  /** How many were left out, because a plan or a time of theirs is not known. */
  readonly leftOut: number;
  /** How many were left out, because they return something else than the queries do. */
  readonly different: number;
}

export interface FrontierPoint {
  readonly configuration: Mask;
  readonly costs: Rated['costs'];
  /** Against the point before it in the list: ids of queries. */
  readonly clearlyFasterThanPrevious: readonly string[];
  readonly clearlySlowerThanPrevious: readonly string[];
  /** Others of the same costs and number of changes, without a clear difference in time. */
  readonly tied: readonly Mask[];
  /** How many it beats. */
  readonly beats: number;
}

export interface PlotPoint {
  readonly configuration: Mask;
  /** Below 0 where more is freed than added. */
  readonly netBytes: number;
  /** ms a day; a lower bound where `atLeast`. */
  readonly totalMs: number;
  readonly atLeast: boolean;
  readonly onFrontier: boolean;
}

export function frontierOf(survey: Survey): Frontier {
  const queries = survey.queries.filter(({ failure }) => failure === undefined);
  const rated = ratedOf(survey).filter(({ costs }) => costs.totalMs !== undefined);
  const scale = new Scale(queries);
  const gain: Gain = (from, to) => scale.gain(from, to);
  const kept: { readonly rated: Rated; readonly tied: Mask[]; beats: number }[] = [];
  for (const candidate of inOrder(rated, gain)) {
    const better = kept.find(one => isNoWorse(one.rated, candidate, gain));
    if (better === undefined) kept.push({ rated: candidate, tied: [], beats: 0 });
    else if (beats(better.rated, candidate, gain)) better.beats++;
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

/** Whether D beats C, as it is said above. */
function beats(d: Rated, c: Rated, gain: Gain): boolean {
  if (!costsNoMore(d.costs, c.costs)) return false;
  const gainMs = gain(c, d);
  return (
    gainMs > 0 || (gainMs === 0 && (!costsNoMore(c.costs, d.costs) || d.costs.changes < c.costs.changes))
  );
}

/** Beats it, or is as good in everything. */
function isNoWorse(d: Rated, c: Rated, gain: Gain): boolean {
  if (!costsNoMore(d.costs, c.costs)) return false;
  const gainMs = gain(c, d);
  if (gainMs !== 0) return gainMs > 0;
  return !costsNoMore(c.costs, d.costs) || d.costs.changes <= c.costs.changes;
}

/** Cheapest first; of equal costs whatever beats another comes before it, as far as they do not beat each other in a ring. */
function inOrder(rated: readonly Rated[], gain: Gain): Rated[] {
  const groups = new Map<string, Rated[]>();
  for (const one of [...rated].sort(byCost)) {
    const key = costsKey(one.costs);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [one]);
    else group.push(one);
  }
  return [...groups.values()].flatMap(group => ordered(group, gain));
}

/** The next one is beaten by none that is left; in a ring, the fastest. */
function ordered(group: readonly Rated[], gain: Gain): Rated[] {
  const rest = [...group].sort(
    (a, b) =>
      byTime(a, b) || size(a.configuration) - size(b.configuration) || a.configuration - b.configuration,
  );
  if (rest.length === 1) return rest;
  const beaters = new Map(
    rest.map(one => [one, rest.filter(other => other !== one && beats(other, one, gain)).length]),
  );
  const order: Rated[] = [];
  while (rest.length > 0) {
    const free = rest.findIndex(one => beaters.get(one) === 0);
    for (const next of rest.splice(Math.max(free, 0), 1)) {
      order.push(next);
      for (const one of rest) if (beats(next, one, gain)) beaters.set(one, (beaters.get(one) ?? 0) - 1);
    }
  }
  return order;
}
