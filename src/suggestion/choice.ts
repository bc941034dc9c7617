/**
 * Which options to take, one for each query: those that meet the targets; with the fewest queries that read a view, whose
 * rows are of its last refresh; then the fewest bytes, then the least time. After that, whatever else saves clearly enough
 * for its bytes: never a view for a query that meets its target without. Pure.
 */

/** A way to answer a query: the proposals that it needs, and what it then takes at production size. */
export interface Option {
  /** Proposals; none for the database as it is. */
  readonly needs: readonly string[];
  /** ms. */
  readonly ms: number;
  /** It reads a view. */
  readonly stale: boolean;
  /** It reads a large table sequentially. */
  readonly scans: boolean;
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
  /** Proposals, in no order. */
  readonly proposals: readonly string[];
  /** For each query the position of its option. */
  readonly options: readonly number[];
  readonly bytes: number;
  /** Queries that miss their target or scan a large table. */
  readonly unmet: readonly string[];
}

/** Share of the workload's time that more bytes must save, once the targets are met. */
const WORTH = 0.01;

export function choose(queries: readonly QueryOptions[], limits: Limits): Choice {
  const needed = meetTargets(queries, limits);
  return choiceOf(queries, withoutTheIdle(queries, limits, addWorthwhile(queries, limits, needed)), limits);
}

type Taken = readonly number[];

const optionOf = (query: QueryOptions, at: number | undefined): Option =>
  query.options[at ?? 0] ?? query.options[0];

/** What is worked out for production must be this far below a target, or chance decides. */
const MARGIN = 0.8;

export const meets = (ms: number, targetMs: number): boolean => ms < targetMs * MARGIN;

export const isUnmet = ({ targetMs }: Pick<QueryOptions, 'targetMs'>, { ms, scans }: Option): boolean =>
  !meets(ms, targetMs) || scans;

/** The fewer, the better, from the left: bytes over the budget, targets missed, queries that read a view, bytes, ms. */
function scoreOf(queries: readonly QueryOptions[], taken: Taken, { budgetBytes, bytesOf }: Limits) {
  const needed = new Set<string>();
  let unmet = 0;
  let stale = 0;
  let ms = 0;
  for (const [at, query] of queries.entries()) {
    const option = optionOf(query, taken[at]);
    for (const id of option.needs) needed.add(id);
    if (isUnmet(query, option)) unmet++;
    if (option.stale) stale++;
    ms += option.ms * query.weight;
  }
  let bytes = 0;
  for (const id of needed) bytes += bytesOf(id);
  return [Math.max(0, bytes - budgetBytes), unmet, stale, bytes, ms] as const;
}

type Score = ReturnType<typeof scoreOf>;

function isBetter(a: Score, b: Score): boolean {
  for (const [at, value] of a.entries()) {
    const other = b[at] ?? 0;
    if (value !== other) return value < other;
  }
  return false;
}

/** Beyond this many queries two are no longer changed at once. */
const PAIRS_UP_TO = 30;

/** From each query's own best, one change, or two, at a time, as long as that is better. */
function meetTargets(queries: readonly QueryOptions[], limits: Limits): Taken {
  const alone = queries.map(query => {
    const options = [...query.options.keys()];
    return options.reduce((best, at) =>
      isBetter(scoreOf([query], [at], limits), scoreOf([query], [best], limits)) ? at : best,
    );
  });
  return improved(queries, improved(queries, alone, limits), limits, queries.length <= PAIRS_UP_TO);
}

function improved(queries: readonly QueryOptions[], from: Taken, limits: Limits, pairs = false): Taken {
  let taken = from;
  let score = scoreOf(queries, taken, limits);
  for (;;) {
    let best: { readonly taken: Taken; readonly score: Score } | undefined;
    for (const next of changes(queries, taken, pairs)) {
      const reached = scoreOf(queries, next, limits);
      if (isBetter(reached, best?.score ?? score)) best = { taken: next, score: reached };
    }
    if (best === undefined) return taken;
    ({ taken, score } = best);
  }
}

function* changes(queries: readonly QueryOptions[], taken: Taken, pairs: boolean): Generator<Taken> {
  for (const [at, query] of queries.entries())
    for (const option of query.options.keys()) {
      const one = taken.with(at, option);
      yield one;
      if (!pairs) continue;
      for (const [other, { options }] of queries.entries())
        if (other > at) for (const second of options.keys()) yield one.with(other, second);
    }
}

/** What else is clearly worth its bytes: the most saved a byte first. */
function addWorthwhile(queries: readonly QueryOptions[], limits: Limits, from: Taken): Taken {
  const total = queries.reduce((sum, { weight, options: [baseline] }) => sum + weight * baseline.ms, 0);
  let taken = from;
  for (;;) {
    const there = new Set(choiceOf(queries, taken, limits).proposals);
    const offers = queries.flatMap(query =>
      query.options.slice(1).flatMap(option => {
        const more = option.needs.filter(id => !there.has(id));
        const next = withAll(queries, taken, new Set([...there, ...more]));
        const saved = msOf(queries, taken) - msOf(queries, next);
        const isStale = queries.some(
          (one, at) => optionOf(one, next[at]).stale && !optionOf(one, taken[at]).stale,
        );
        const bytes = more.reduce((sum, id) => sum + limits.bytesOf(id), 0);
        const [over] = scoreOf(queries, next, limits);
        if (isStale && !isUnmet(query, optionOf(query, taken[queries.indexOf(query)]))) return [];
        return over > 0 || saved < WORTH * total
          ? []
          : [{ next, saved, ratio: saved / Math.max(bytes, 8192) }];
      }),
    );
    const [best] = offers.sort((a, b) => b.ratio - a.ratio);
    if (best === undefined) return taken;
    taken = best.next;
  }
}

/** Leaves out what others make up for, the largest first. */
function withoutTheIdle(queries: readonly QueryOptions[], limits: Limits, from: Taken): Taken {
  const total = queries.reduce((sum, { weight, options: [baseline] }) => sum + weight * baseline.ms, 0);
  const { proposals, unmet } = choiceOf(queries, from, limits);
  let taken = from;
  let kept = new Set(proposals);
  for (const id of [...proposals].sort((a, b) => limits.bytesOf(b) - limits.bytesOf(a))) {
    const fewer = new Set([...kept].filter(one => one !== id));
    const reset = queries.map((query, at) =>
      optionOf(query, taken[at]).needs.every(one => fewer.has(one)) ? (taken[at] ?? 0) : 0,
    );
    const next = withAll(queries, reset, fewer);
    if (msOf(queries, next) - msOf(queries, taken) >= WORTH * total) continue;
    if (choiceOf(queries, next, limits).unmet.length > unmet.length) continue;
    taken = next;
    kept = fewer;
  }
  return taken;
}

/** Every query takes the fastest of what these proposals give it; it reads no view for nothing. */
function withAll(queries: readonly QueryOptions[], taken: Taken, proposals: ReadonlySet<string>): Taken {
  return queries.map((query, at) => {
    const possible = [...query.options.keys()].filter(option =>
      optionOf(query, option).needs.every(id => proposals.has(id)),
    );
    return possible.reduce(
      (best, option) => (optionOf(query, option).ms < optionOf(query, best).ms ? option : best),
      taken[at] ?? 0,
    );
  });
}

const msOf = (queries: readonly QueryOptions[], taken: Taken): number =>
  queries.reduce((sum, query, at) => sum + query.weight * optionOf(query, taken[at]).ms, 0);

function choiceOf(queries: readonly QueryOptions[], taken: Taken, { bytesOf }: Limits): Choice {
  const proposals = [...new Set(queries.flatMap((query, at) => optionOf(query, taken[at]).needs))];
  return {
    proposals,
    options: taken,
    bytes: proposals.reduce((sum, id) => sum + bytesOf(id), 0),
    unmet: queries.filter((query, at) => isUnmet(query, optionOf(query, taken[at]))).map(({ id }) => id),
  };
}
