/** What a change of configuration clearly gains and loses, in ms a day; noise counts as nothing. Pure. */
import { judged, type Rated } from './judged.ts';
import type { SurveyedPlan, SurveyedQuery } from './survey.ts';

/** One query's share, ms a day. */
export interface Weight {
  /** Above 0: faster. At least that much, where a run was stopped. Infinity is never gained. */
  readonly gainMs: number;
  /** Clearly faster or slower; 0: neither is clear. */
  readonly sign: -1 | 0 | 1;
}

const NOTHING: Weight = { gainMs: 0, sign: 0 };
/** Nothing bounds how slow a plan is that was stopped. */
const UNBOUNDED = Number.NEGATIVE_INFINITY;

/** From one plan of a query to another. */
export function weigh(query: SurveyedQuery, before: SurveyedPlan, after: SurveyedPlan): Weight {
  const verdict = judged(before, after);
  if (verdict.kind === 'same plan') return NOTHING;
  if (after.stopped !== undefined) {
    // Two that ran into the same limit are as slow as each other for all that anybody knows.
    if (before.stopped !== undefined && after.stopped.afterMs >= before.stopped.afterMs) return NOTHING;
    return { gainMs: UNBOUNDED, sign: verdict.kind === 'slower' ? -1 : 0 };
  }
  if (verdict.kind !== 'faster' && verdict.kind !== 'slower') return NOTHING;
  const gainMs = (verdict.beforeMs - verdict.afterMs) * query.callsADay;
  return { gainMs, sign: verdict.kind === 'faster' ? 1 : -1 };
}

export interface Weighed {
  /** What is clearly gained less what is clearly lost, ms a day. */
  readonly gainMs: number;
  /** Ids. */
  readonly faster: readonly string[];
  readonly slower: readonly string[];
}

/** @param queries Those that have plans, in the survey's order. */
export function weighAll(queries: readonly SurveyedQuery[], from: Rated, to: Rated): Weighed {
  let gainMs = 0;
  const [faster, slower]: [string[], string[]] = [[], []];
  for (const [index, query] of queries.entries()) {
    const [before, after] = [from.plans[index], to.plans[index]];
    if (before === undefined || after === undefined || before === after) continue;
    const weight = weigh(query, before, after);
    gainMs += weight.gainMs;
    if (weight.sign > 0) faster.push(query.id);
    if (weight.sign < 0) slower.push(query.id);
  }
  return { gainMs, faster, slower };
}

/** The same sum, each pair of plans weighed once: for all configurations against all others. */
export function gainsOf(queries: readonly SurveyedQuery[]): (from: Rated, to: Rated) => number {
  const tables = queries.map(({ plans }) => new Float64Array(plans.length ** 2).fill(Number.NaN));
  return (from, to) => {
    let gainMs = 0;
    for (const [at, query] of queries.entries()) {
      const [a = 0, b = 0, table] = [from.indexes[at], to.indexes[at], tables[at]];
      if (a === b || table === undefined) continue;
      const [before, after, cell] = [query.plans[a], query.plans[b], a * query.plans.length + b];
      let gain = table[cell] ?? Number.NaN;
      if (Number.isNaN(gain) && before !== undefined && after !== undefined) {
        gain = weigh(query, before, after).gainMs;
        table[cell] = gain;
      }
      gainMs += gain;
    }
    return gainMs;
  };
}
