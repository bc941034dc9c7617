/**
 * Which proposals to take. The planner then gives each query the cheapest plan that they allow. First the targets: as few
 * as can be are missed; then as few queries as can be have a plan that may be no faster in production, or that no run has shown; then as few as
 * can be read a view, whose rows are of its last refresh; then as few as can be read a view that holds for their own constants
 * alone; then the fewest bytes, then the least time. After that, whatever else saves clearly enough for its bytes: never a view, and never a
 * plan without a run, for a query that meets its target without. Pure.
 */

/** A plan of a query: the proposals that it needs, and what it takes at production size. */
export interface Option {
  /** Proposals; none for the database as it is. */
  readonly needs: readonly string[];
  /** The planner's, by which it chooses. */
  readonly cost: number;
  /** ms. */
  readonly ms: number;
  /** It reads a view. */
  readonly stale: boolean;
  /** Of such a view, one that holds for the query's own constants alone. */
  readonly tied: boolean;
  /** It reads a large table sequentially. */
  readonly scans: boolean;
  /** The rows here give the query another plan: no run says how long this one takes. */
  readonly unproven: boolean;
  /** It may be no faster in production than the database as it is: it saves less there than times are off. */
  readonly risky: boolean;
  /** The query writes: no plan of it is run, and the planner's word has to do. */
  readonly neverRun?: boolean;
}

export interface QueryOptions {
  readonly id: string;
  /** ms; below it the target is met. */
  readonly targetMs: number;
  /** How often it is called, compared with the others. */
  readonly weight: number;
  /** The first is the database as it is. */
  readonly options: readonly [Option, ...Option[]];
}

export interface Limits {
  /** Of all chosen proposals together, production's bytes. */
  readonly budgetBytes: number;
  readonly bytesOf: (proposal: string) => number;
}

export interface Choice {
  readonly proposals: readonly string[];
  /** For each query the position of the option that it then has. */
  readonly options: readonly number[];
  readonly bytes: number;
  /** Queries that miss their target or scan a large table. */
  readonly unmet: readonly string[];
  /** Queries that read a view. */
  readonly stale: number;
  /** Of the whole workload, by how often each query is called. */
  readonly ms: number;
}

/** Share of the workload's time that more bytes must save, once the targets are met… */
const WORTH = 0.01;
/** …while one query is so many times as fast with them, or all queries together save so large a share. */
const FASTER = 1.3;
const WORTH_TOGETHER = 0.05;
/** Nor is it left out where a query is so many times as fast with it, and saves so many ms: a lookup among slow reports. */
const MUCH_FASTER = 10;
const LEAST_SAVED_MS = 1;
/** The same where speed is all that counts. */
const LITTLE = 0.001;
/** What is worked out for production must be this far below a target, or chance decides. */
const MARGIN = 0.8;

export const meets = (ms: number, targetMs: number): boolean => ms < targetMs * MARGIN;

/** A time that may be no better than before meets nothing. */
export const isUnmet = (
  { targetMs }: Pick<QueryOptions, 'targetMs'>,
  { ms, scans, risky }: Option,
): boolean => !meets(ms, targetMs) || scans || risky;

/** What to take beyond the targets: `fresh` reads as few views as can be, `fast` uses the bytes that are left for views, too. */
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

/** Sets that save more within the limit, each with one plan more than the one before: views included. */
const faster = (queries: readonly QueryOptions[], limits: Limits, from: readonly string[]) =>
  addWorthwhile(queries, limits, new Set(from), 'fast');

/** Shares of the chosen bytes with which a smaller set is tried. */
const SMALLER = [0.25, 0.5];

/** Other sets, by their bytes: what fewer bytes give, and what the rest of the limit gives if more queries may read views. */
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

/** Equal for the same proposals, in whatever order. */
export const setKey = (proposals: readonly string[]): string => [...proposals].sort().join(' ');

type Proposals = ReadonlySet<string>;

interface State extends Choice {
  /** Of each query, unweighted, ms. */
  readonly times: readonly number[];
  /** Queries with a plan that may be no faster, or that no run has shown although they could be run. */
  readonly doubtful: number;
  /** Bytes over the budget. */
  readonly over: number;
  /** Queries with a plan that no run has shown. */
  readonly unproven: number;
  /** The fewer, the better, from the left: `over`, targets missed, `risky` plans, `unproven`, queries that read a view, of those `tied`, bytes, ms. */
  readonly score: readonly number[];
}

/** What the planner makes of these proposals. */
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
    if (option.risky || (option.unproven && option.neverRun !== true)) doubtful++;
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

/** Up to so many proposals all sets of them are tried. */
const EXHAUSTIVE = 12;
/** Up to so many options two are changed at once. */
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
 * From what is best for each query alone: one option more, one proposal less, both, or an option instead of all that its queries
 * have, as long as that is better.
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

/** Whether proposals more are clearly worth their bytes. @param baseMs Of the workload, as the database is. */
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

/** What else is clearly worth its bytes: the most saved a byte first. @returns The sets on the way, without the first one. */
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

/** Leaves out what others make up for, the largest first. */
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
