/** What a change of configuration clearly gains and loses, ms per day; unclear differences count as zero. */
import { judged, type Rated } from './judged.ts';
import type { SurveyedPlan, SurveyedQuery } from './survey.ts';

/** One query's share. */
interface Weight {
  /**
   * ms per day; positive: faster. A lower bound if a run was stopped. −Infinity: unbounded loss. NaN: not measured.
   */
  readonly gainMs: number;
  /** 1: clearly faster; -1: clearly slower; 0: not clear. */
  readonly sign: -1 | 0 | 1;
}

const NOTHING: Weight = { gainMs: 0, sign: 0 };
const UNKNOWN: Weight = { gainMs: Number.NaN, sign: 0 };
/** A stopped plan may be arbitrarily slow. */
const UNBOUNDED = Number.NEGATIVE_INFINITY;

function weigh(query: SurveyedQuery, before: SurveyedPlan, after: SurveyedPlan): Weight {
  const verdict = judged(before, after);
  if (verdict.kind === 'same plan' || verdict.kind === 'no clear difference') return NOTHING;
  if (verdict.kind === 'not measured') {
    // Two plans that hit the timeout count as equally slow.
    const isTooSlow = ({ stopped }: SurveyedPlan) => stopped?.because === 'timeout';
    const longer = (after.stopped?.afterMs ?? 0) >= (before.stopped?.afterMs ?? 0);
    return isTooSlow(before) && isTooSlow(after) && longer ? NOTHING : UNKNOWN;
  }
  if (after.stopped !== undefined) return { gainMs: UNBOUNDED, sign: -1 };
  const gainMs = (verdict.beforeMs - verdict.afterMs) * query.callsADay;
  return { gainMs, sign: verdict.kind === 'faster' ? 1 : -1 };
}

interface Weighed {
  /** Clear gains minus clear losses, ms per day; NaN: a query was not measured. */
  readonly gainMs: number;
  readonly faster: readonly string[];
  readonly slower: readonly string[];
  readonly unmeasured: readonly string[];
}

/** Weighs each pair of plans once, for all pairs of configurations. */
export class Scale {
  private readonly tables: readonly (Weight | undefined)[][];

  /** @param queries The queries with plans, in the survey's order. */
  constructor(readonly queries: readonly SurveyedQuery[]) {
    this.tables = queries.map(({ plans }) => new Array<Weight | undefined>(plans.length ** 2));
  }

  weight(from: Rated, to: Rated, at: number): Weight {
    const [a = 0, b = 0] = [from.indexes[at], to.indexes[at]];
    const [query, table] = [this.queries[at], this.tables[at]];
    if (a === b || query === undefined || table === undefined) return NOTHING;
    const cell = a * query.plans.length + b;
    const [before, after] = [query.plans[a], query.plans[b]];
    if (before === undefined || after === undefined) return UNKNOWN;
    const weight = table[cell] ?? weigh(query, before, after);
    table[cell] = weight;
    return weight;
  }

  /** ms per day; NaN: a query was not measured. */
  gain(from: Rated, to: Rated): number {
    let gainMs = 0;
    for (const at of this.queries.keys()) gainMs += this.weight(from, to, at).gainMs;
    return gainMs;
  }

  weighed(from: Rated, to: Rated): Weighed {
    const weights = this.queries.map(({ id }, at) => ({ id, ...this.weight(from, to, at) }));
    const ids = (isIt: (weight: Weight) => boolean) => weights.filter(isIt).map(({ id }) => id);
    return {
      gainMs: weights.reduce((sum, { gainMs }) => sum + gainMs, 0),
      faster: ids(({ sign }) => sign > 0),
      slower: ids(({ sign }) => sign < 0),
      unmeasured: ids(({ gainMs }) => Number.isNaN(gainMs)),
    };
  }
}
