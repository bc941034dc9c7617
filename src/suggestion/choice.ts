/**
 * Chooses the set of proposals; for each set the planner gives each query its cheapest plan. The order of preference: fewest
 * missed targets; fewest queries whose plan may be no faster in production or was never run; fewest queries that read a view;
 * fewest that read a view tied to their own constants; fewest bytes; least time. Afterwards it adds whatever saves enough for
 * its bytes, but never a view or an unproven plan for a query that already meets its target. Pure.
 */
import { BLOCK_BYTES } from '../base/format.ts';
import { isBetter, type ProposalSet, ProposalSets } from './proposalSets.ts';

/** A plan of a query: the proposals that it needs, and what it takes at production size. */
export interface Option {
  /** Proposals; empty for the baseline. */
  readonly needs: readonly string[];
  /** The planner's cost: the cheapest option wins. */
  readonly cost: number;
  /** ms. */
  readonly ms: number;
  /** It reads a view. */
  readonly stale: boolean;
  /** It reads a view that holds only for the query's own constants. */
  readonly tied: boolean;
  /** It reads a large table sequentially. */
  readonly scans: boolean;
  /** The planner picks another plan here, so no run shows how long this one takes. */
  readonly unproven: boolean;
  /** It may be no faster in production than the baseline: it saves less than the error of projected times. */
  readonly risky: boolean;
  /** Its query writes: only its cost counts. It is run at most once the whole set is known. */
  readonly writes?: boolean;
}

export interface QueryOptions {
  readonly id: string;
  /** ms; below it the target is met. */
  readonly targetMs: number;
  /** Relative number of calls. */
  readonly weight: number;
  /** The first is the baseline. */
  readonly options: readonly [Option, ...Option[]];
}

export interface Limits {
  /** For all chosen proposals together, at production size. */
  readonly budgetBytes: number;
  readonly bytesOf: (proposal: string) => number;
}

export interface Choice {
  readonly proposals: readonly string[];
  /** Position of each query's option. */
  readonly options: readonly number[];
  readonly bytes: number;
  /** Queries that miss their target or scan a large table. */
  readonly unmet: readonly string[];
  /** Queries that read a view. */
  readonly stale: number;
  /** Whole workload, weighted by calls. */
  readonly ms: number;
}

/** Share of the workload's time that an additional proposal must save once the targets are met … */
const WORTH = 0.01;
/** … if it makes one query this many times as fast; or the share that it must save over all queries. */
const FASTER = 1.3;
const WORTH_TOGETHER = 0.05;
/** A proposal also stays if it makes one query this many times as fast and saves this many ms, as for a lookup among slow reports. */
const MUCH_FASTER = 10;
const LEAST_SAVED_MS = 1;
/** A query that misses its target anyway: an index that saves this share of its time stays, too. */
const WORTH_UNMET = 0.5;
/** The share under `--prefer fast`. */
const LITTLE = 0.001;
/** Beyond the targets, `fresh` reads as few views as possible; `fast` spends the remaining bytes on views, too. */
export type Preference = 'fresh' | 'fast';

export function choose(
  queries: readonly QueryOptions[],
  limits: Limits,
  preference: Preference = 'fresh',
): Choice {
  const sets = new ProposalSets(queries, limits);
  const needed = sets.ids.length <= EXHAUSTIVE ? bestOfAll(sets) : climb(sets, limits);
  const more = addWorthwhile(sets, needed, 'fresh').at(-1) ?? needed;
  const fresh = withoutTheIdle(sets, more, 'fresh');
  if (preference === 'fresh') return sets.choiceOf(fresh);
  const fast = addWorthwhile(sets, fresh, 'fast').at(-1) ?? fresh;
  return sets.choiceOf(withoutTheIdle(sets, fast, 'fast'));
}

/** Smaller sets are chosen with these shares of the chosen bytes. */
const SMALLER = [0.25, 0.5];

/** Alternative sets, sorted by bytes: smaller ones, and larger ones that read more views. */
export function frontier(
  queries: readonly QueryOptions[],
  limits: Limits,
  chosen: Choice,
): readonly Choice[] {
  const sets = new ProposalSets(queries, limits);
  const larger = addWorthwhile(sets, sets.of(chosen.proposals), 'fast').map(set => sets.choiceOf(set));
  const smaller = SMALLER.map(share => choose(queries, { ...limits, budgetBytes: chosen.bytes * share }));
  const seen = new Set([setKey(chosen.proposals), setKey([])]);
  return [...smaller, ...larger]
    .filter(({ proposals }) => !seen.has(setKey(proposals)) && seen.add(setKey(proposals)))
    .sort((a, b) => a.bytes - b.bytes);
}

/** A key that does not depend on the order. */
export const setKey = (proposals: readonly string[]): string => [...proposals].sort().join(' ');

/** With at most this many proposals every set is tried. */
const EXHAUSTIVE = 12;
/** With at most this many options two are changed at once. */
const PAIRS_UP_TO = 120;

function bestOfAll(sets: ProposalSets): ProposalSet {
  const all = [...sets.ids.keys()];
  let best = sets.empty;
  for (let mask = 1; mask < 2 ** all.length; mask++) {
    const next = sets.changed(
      sets.empty,
      all.filter(position => mask & (1 << position)),
    );
    if (isBetter(next, best)) best = next;
  }
  return best;
}

/**
 * Hill climbing from the best options of each query alone, and from the baseline: adds an option, removes a proposal, does both, or
 * replaces everything that serves an option's queries, as long as the score improves.
 */
function climb(sets: ProposalSets, limits: Limits): ProposalSet {
  const offers = [
    ...new Map(
      sets.plans.flatMap(plans => plans.slice(1).map(({ needs }) => [[...needs].sort().join(' '), needs])),
    ).values(),
  ];
  const alone = sets.queries.flatMap(query => {
    const own = new ProposalSets([query], limits);
    const found = query.options.map(({ needs }) => own.of(needs));
    return own.proposals(found.reduce((best, one) => (isBetter(one, best) ? one : best)));
  });
  const [first, second] = [sets.of(alone), sets.empty].map(start => {
    for (let set = start; ; ) {
      let best = set;
      const consider = (next: ProposalSet) => {
        if (isBetter(next, best)) best = next;
      };
      const members = sets.members(set);
      for (const one of members) consider(sets.changed(set, [], [one]));
      for (const needs of offers) {
        consider(sets.changed(set, needs));
        const served = new Set(needs.flatMap(need => [...(sets.concerned[need] ?? [])]));
        const isReplaced = (one: number) =>
          [...(sets.concerned[one] ?? [])].every(query => served.has(query));
        if (served.size > 1) consider(sets.changed(set, needs, members.filter(isReplaced)));
        for (const one of members) consider(sets.changed(set, needs, [one]));
        if (offers.length <= PAIRS_UP_TO)
          for (const other of offers) consider(sets.changed(set, [...needs, ...other]));
      }
      if (best === set) return set;
      set = best;
    }
  });
  return first === undefined || second === undefined ? sets.empty : isBetter(second, first) ? second : first;
}

/** Whether the larger set is worth its bytes. */
function isWorthIt(sets: ProposalSets, without: ProposalSet, together: ProposalSet, preference: Preference) {
  const baseMs = sets.queries.reduce((sum, { weight, options: [baseline] }) => sum + weight * baseline.ms, 0);
  const savedMs = without.ms - together.ms;
  if (preference === 'fast') return savedMs > 0 && savedMs >= LITTLE * baseMs;
  if (savedMs <= 0) return false;
  const isFaster = (times: number, leastMs: number) =>
    without.taken.some(({ option: { ms } }, at) => {
      const then = together.taken[at]?.option.ms ?? ms;
      return ms >= then * times && ms - then >= leastMs;
    });
  const helpsUnmet = without.taken.some(({ option: { ms }, isUnmet }, at) => {
    const saved = ms - (together.taken[at]?.option.ms ?? ms);
    const least = WORTH_UNMET * (sets.queries[at]?.options[0].ms ?? 0);
    return isUnmet && saved >= Math.max(LEAST_SAVED_MS, least);
  });
  if (helpsUnmet && together.stale <= without.stale) return true;
  if (savedMs >= WORTH_TOGETHER * baseMs || isFaster(MUCH_FASTER, LEAST_SAVED_MS)) return true;
  return savedMs >= WORTH * baseMs && isFaster(FASTER, 0);
}

/** Adds what is worth its bytes, the most ms saved per byte first. @returns The sets on the way, without the first one. */
function addWorthwhile(
  sets: ProposalSets,
  from: ProposalSet,
  preference: Preference,
): readonly ProposalSet[] {
  const found: ProposalSet[] = [];
  for (let set = from; ; ) {
    const offers = sets.plans.flatMap((plans, query) =>
      plans.slice(1).flatMap(({ option, needs }) => {
        if (preference === 'fresh' && option.stale && set.taken[query]?.isUnmet !== true) return [];
        const next = sets.changed(set, needs);
        const isWorse = next.unmet > set.unmet || next.over > set.over || next.doubtful > set.doubtful;
        if (isWorse || !isWorthIt(sets, set, next, preference)) return [];
        return [{ next, ratio: (set.ms - next.ms) / Math.max(next.bytes - set.bytes, BLOCK_BYTES) }];
      }),
    );
    const [best] = offers.sort((a, b) => b.ratio - a.ratio);
    if (best === undefined) return found;
    set = best.next;
    found.push(set);
  }
}

/** Removes proposals that the others make unnecessary, the largest first. */
function withoutTheIdle(sets: ProposalSets, from: ProposalSet, preference: Preference): ProposalSet {
  let set = from;
  for (const position of sets.bySize(from)) {
    const next = sets.changed(set, [], [position]);
    if (next.unmet > set.unmet || next.doubtful > set.doubtful) continue;
    const isUsed = set.taken.some(({ needs }) => needs.includes(position));
    if (!isUsed || !isWorthIt(sets, next, set, preference)) set = next;
  }
  return set;
}
