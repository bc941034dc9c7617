/**
 * Chooses the set of proposals; for each set the planner gives each query its cheapest plan. The order of preference: fewest
 * missed targets; fewest queries whose plan may be no faster in production or was never run; fewest queries that read a view;
 * fewest that read a view tied to their own constants; fewest bytes; least time. Afterwards it adds whatever saves enough for
 * its bytes, but never a view or an unproven plan for a query that already meets its target. Pure.
 */

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
/** The share under `--prefer fast`. */
const LITTLE = 0.001;
/** Projected times must be this far below a target, or noise would decide. */
const MARGIN = 0.8;

export const meets = (ms: number, targetMs: number): boolean => ms < targetMs * MARGIN;

/** A risky plan meets no target. */
export const isUnmet = (
  { targetMs }: Pick<QueryOptions, 'targetMs'>,
  { ms, scans, risky }: Option,
): boolean => !meets(ms, targetMs) || scans || risky;

/** Beyond the targets, `fresh` reads as few views as possible; `fast` spends the remaining bytes on views, too. */
export type Preference = 'fresh' | 'fast';

export function choose(
  queries: readonly QueryOptions[],
  limits: Limits,
  preference: Preference = 'fresh',
): Choice {
  const needed = meetTargets(queries, limits);
  const more = addWorthwhile(queries, limits, needed, 'fresh').at(-1)?.proposals ?? needed;
  const fresh = withoutTheIdle(queries, limits, new Set(more), 'fresh');
  if (preference === 'fresh') return stateOf(queries, fresh, limits);
  const fast = faster(queries, limits, [...fresh]).at(-1)?.proposals ?? fresh;
  return stateOf(queries, withoutTheIdle(queries, limits, new Set(fast), 'fast'), limits);
}

/** Larger sets within the limit, each with one more plan than the one before; they may read views. */
const faster = (queries: readonly QueryOptions[], limits: Limits, from: readonly string[]) =>
  addWorthwhile(queries, limits, new Set(from), 'fast');

/** Smaller sets are chosen with these shares of the chosen bytes. */
const SMALLER = [0.25, 0.5];

/** Alternative sets, sorted by bytes: smaller ones, and larger ones that read more views. */
export function frontier(
  queries: readonly QueryOptions[],
  limits: Limits,
  chosen: Choice,
): readonly Choice[] {
  const smaller = SMALLER.map(share => choose(queries, { ...limits, budgetBytes: chosen.bytes * share }));
  const seen = new Set([setKey(chosen.proposals), setKey([])]);
  return [...smaller, ...faster(queries, limits, chosen.proposals)]
    .filter(({ proposals }) => !seen.has(setKey(proposals)) && seen.add(setKey(proposals)))
    .sort((a, b) => a.bytes - b.bytes);
}

/** A key that does not depend on the order. */
export const setKey = (proposals: readonly string[]): string => [...proposals].sort().join(' ');

type Proposals = ReadonlySet<string>;

interface State extends Choice {
  /** ms for each query, unweighted. */
  readonly times: readonly number[];
  /** Queries whose plan may be no faster, or was not run although it could have been. */
  readonly doubtful: number;
  /** Bytes over the budget. */
  readonly over: number;
  /** Queries with a plan that no run has shown. */
  readonly unproven: number;
  /**
   * Compared from the left, lower is better: `over`, missed targets, risky plans, unproven plans, queries that read a view, those
   * that read a tied one, bytes, ms.
   */
  readonly score: readonly number[];
}

function stateOf(queries: readonly QueryOptions[], proposals: Proposals, limits: Limits): State {
  const unmet: string[] = [];
  const options: number[] = [];
  let stale = 0;
  let tied = 0;
  let unproven = 0;
  let ms = 0;
  const times: number[] = [];
  let doubtful = 0;
  let risky = 0;
  for (const query of queries) {
    let best = 0;
    let option = query.options[0];
    for (const [at, one] of query.options.entries())
      if (one.cost < option.cost && one.needs.every(id => proposals.has(id))) [best, option] = [at, one];
    options.push(best);
    if (isUnmet(query, option)) unmet.push(query.id);
    if (option.stale) stale++;
    if (option.tied) tied++;
    if (option.unproven) unproven++;
    ms += option.ms * query.weight;
    times.push(option.ms);
    if (option.risky) risky++;
    if (option.risky || (option.unproven && option.writes !== true)) doubtful++;
  }
  let bytes = 0;
  for (const id of proposals) bytes += limits.bytesOf(id);
  const over = Math.max(0, bytes - limits.budgetBytes);
  return {
    proposals: [...proposals],
    options,
    bytes,
    unmet,
    stale,
    ms,
    times,
    doubtful,
    over,
    unproven,
    score: [over, unmet.length, risky, unproven, stale, tied, bytes, ms],
  };
}

function isBetter(a: State, b: State): boolean {
  for (const [at, value] of a.score.entries()) {
    const other = b.score[at] ?? 0;
    if (value !== other) return value < other;
  }
  return false;
}

/** With at most this many proposals every set is tried. */
const EXHAUSTIVE = 12;
/** With at most this many options two are changed at once. */
const PAIRS_UP_TO = 120;

function meetTargets(queries: readonly QueryOptions[], limits: Limits): Proposals {
  const all = [...new Set(queries.flatMap(({ options }) => options.flatMap(({ needs }) => needs)))];
  return all.length <= EXHAUSTIVE ? bestOfAll(queries, all, limits) : climb(queries, limits);
}

function bestOfAll(queries: readonly QueryOptions[], all: readonly string[], limits: Limits): Proposals {
  let best = stateOf(queries, new Set(), limits);
  for (let mask = 1; mask < 2 ** all.length; mask++) {
    const next = stateOf(queries, new Set(all.filter((_, at) => mask & (1 << at))), limits);
    if (isBetter(next, best)) best = next;
  }
  return new Set(best.proposals);
}

/**
 * Hill climbing from the best options of each query alone: adds an option, removes a proposal, does both, or replaces
 * everything that serves an option's queries, as long as the score improves.
 */
function climb(queries: readonly QueryOptions[], limits: Limits): Proposals {
  const offers = queries.flatMap(({ options }) => options.slice(1).map(({ needs }) => needs));
  const needing = new Map<string, Set<string>>();
  for (const { id, options } of queries)
    for (const need of options.flatMap(({ needs }) => needs))
      needing.set(need, new Set([...(needing.get(need) ?? []), id]));
  const isFor = (need: string, served: ReadonlySet<string>) =>
    [...(needing.get(need) ?? [])].every(query => served.has(query));
  const alone = queries.map(query => {
    const states = query.options.map(({ needs }) => stateOf([query], new Set(needs), limits));
    return states.reduce((best, one) => (isBetter(one, best) ? one : best)).proposals;
  });
  const starts = [new Set(alone.flat()), new Set<string>()].map(start => {
    let state = stateOf(queries, start, limits);
    for (;;) {
      let best = state;
      const try_ = (proposals: Proposals) => {
        const next = stateOf(queries, proposals, limits);
        if (isBetter(next, best)) best = next;
      };
      const there = new Set(state.proposals);
      const fewer = state.proposals.map(id => new Set(state.proposals.filter(one => one !== id)));
      for (const one of fewer) try_(one);
      for (const needs of offers) {
        try_(new Set([...there, ...needs]));
        const served = new Set(needs.flatMap(need => [...(needing.get(need) ?? [])]));
        if (served.size > 1) try_(new Set([...[...there].filter(need => !isFor(need, served)), ...needs]));
        for (const one of fewer) try_(new Set([...one, ...needs]));
        if (offers.length <= PAIRS_UP_TO)
          for (const second of offers) try_(new Set([...there, ...needs, ...second]));
      }
      if (best === state) return state;
      state = best;
    }
  });
  const [first, second] = starts;
  if (first === undefined || second === undefined) return new Set();
  return new Set((isBetter(second, first) ? second : first).proposals);
}

const baselineMs = (queries: readonly QueryOptions[]): number =>
  queries.reduce((sum, { weight, options: [baseline] }) => sum + weight * baseline.ms, 0);

/** @param baseMs The whole workload's time in the baseline. */
function isWorthIt(without: State, together: State, baseMs: number, preference: Preference): boolean {
  const isFaster = (times: number, savedMs: number) =>
    without.times.some((ms, at) => {
      const then = together.times[at] ?? ms;
      return ms >= then * times && ms - then >= savedMs;
    });
  const savedMs = without.ms - together.ms;
  if (preference === 'fast') return savedMs > 0 && savedMs >= LITTLE * baseMs;
  if (savedMs <= 0) return false;
  if (savedMs >= WORTH_TOGETHER * baseMs || isFaster(MUCH_FASTER, LEAST_SAVED_MS)) return true;
  return savedMs >= WORTH * baseMs && isFaster(FASTER, 0);
}

/**
 * Adds what is worth its bytes, the most ms saved per byte first.
 * @returns The sets on the way, without the first one.
 */
function addWorthwhile(
  queries: readonly QueryOptions[],
  limits: Limits,
  from: Proposals,
  preference: Preference,
): readonly State[] {
  const baseMs = baselineMs(queries);
  const found: State[] = [];
  let state = stateOf(queries, from, limits);
  for (;;) {
    const there = new Set(state.proposals);
    const offers = queries.flatMap(query =>
      query.options.slice(1).flatMap(option => {
        if (preference === 'fresh' && option.stale && !state.unmet.includes(query.id)) return [];
        const next = stateOf(queries, new Set([...there, ...option.needs]), limits);
        const saved = state.ms - next.ms;
        const isWorse =
          next.unmet.length > state.unmet.length || next.over > state.over || next.doubtful > state.doubtful;
        if (isWorse || !isWorthIt(state, next, baseMs, preference)) return [];
        return [{ next, ratio: saved / Math.max(next.bytes - state.bytes, 8192) }];
      }),
    );
    const [best] = offers.sort((a, b) => b.ratio - a.ratio);
    if (best === undefined) return found;
    state = best.next;
    found.push(state);
  }
}

/** Removes proposals that the others make unnecessary, the largest first. */
function withoutTheIdle(
  queries: readonly QueryOptions[],
  limits: Limits,
  from: Proposals,
  preference: Preference,
): Proposals {
  const baseMs = baselineMs(queries);
  let state = stateOf(queries, from, limits);
  for (const id of [...from].sort((a, b) => limits.bytesOf(b) - limits.bytesOf(a))) {
    const next = stateOf(queries, new Set(state.proposals.filter(one => one !== id)), limits);
    const isUsed = state.options.some(
      (at, index) => queries[index]?.options[at]?.needs.includes(id) === true,
    );
    if (next.unmet.length > state.unmet.length || next.doubtful > state.doubtful) continue;
    if (!isUsed || !isWorthIt(next, state, baseMs, preference)) state = next;
  }
  return new Set(state.proposals);
}
