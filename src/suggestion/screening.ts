/**
 * Which candidates production's planner uses, and what it then expects: in a lens, where every candidate is there from the
 * start and none was built. All of a query's candidates at once, then again without those that were used, until none is.
 */

import type { Plan } from '../plan/plan.ts';
import { type BuiltProposal, type ExplorerSession, eventsOf } from '../session/events.ts';
import type { Candidates } from './candidates.ts';
import { setKey } from './choice.ts';

/** A plan of a query at production size. */
export interface Screened {
  /** Proposals that the plan uses. */
  readonly needs: readonly string[];
  readonly plan: Plan;
  /** Of the rewrite that it reads; undefined for the query's own text. */
  readonly rewrite: string | undefined;
}

export interface ScreenedQuery {
  readonly id: string;
  /** The first is the database as it is; each of the others is cheaper than it. */
  readonly plans: readonly [Screened, ...Screened[]];
}

/** Asks one session, and counts. */
export interface Planner {
  /** undefined where the query cannot be planned so, or the session has ended. */
  plan(queryId: string, on: readonly string[]): Promise<Screened | undefined>;
}

/** A lower cost than this share of the baseline's is a difference. */
export const CHEAPER = 0.98;
const MOST_ROUNDS = 8;
/** Of a join of many tables no proposal is tried alone but in the first round: each takes an EXPLAIN. */
const MOST_ALONE = 4;

export function plannerOf(
  session: Pick<ExplorerSession, 'background'>,
  count: (explains: number) => void,
  failed: (queryId: string, reason: string) => void,
  signal: AbortSignal,
): Planner {
  return {
    plan: async (queryId, proposals) => {
      const answer = await session.background({ kind: 'estimate', queryId, proposals }, signal);
      if (answer.kind === 'failed') failed(queryId, answer.reason);
      if (answer.kind !== 'estimated') return undefined;
      count(answer.explains);
      const needs = (answer.plan.uses ?? []).filter(id => proposals.includes(id));
      return { needs, plan: answer.plan, rewrite: answer.rewrite };
    },
  };
}

/** So many indexes, as many for each query: those first that matter to the most queries. */
export function foremost(
  { indexes, queries }: Pick<Candidates, 'indexes' | 'queries'>,
  most: number,
): ReadonlySet<string> {
  if (indexes.size <= most) return new Set(indexes.keys());
  const served = (id: string) => queries.get(id)?.length ?? 0;
  const byQuery = new Map<string, string[]>();
  for (const id of [...indexes.keys()].sort((a, b) => served(b) - served(a)))
    for (const query of queries.get(id) ?? []) byQuery.set(query, [...(byQuery.get(query) ?? []), id]);
  const kept = new Set<string>();
  const longest = Math.max(0, ...[...byQuery.values()].map(({ length }) => length));
  for (let turn = 0; turn < longest; turn++)
    for (const own of byQuery.values()) {
      const id = own[turn];
      if (id !== undefined && kept.size < most) kept.add(id);
    }
  return kept;
}

/** What the lens holds: its size at production's, or why it could not be made. */
export function madeIn(lens: Pick<ExplorerSession, 'subscribe'>): {
  readonly built: ReadonlyMap<string, BuiltProposal>;
  readonly failed: ReadonlyMap<string, string>;
} {
  const built = new Map<string, BuiltProposal>();
  const failed = new Map<string, string>();
  for (const event of eventsOf(lens)) {
    if (event.type === 'build:finished') built.set(event.proposalId, event.built);
    if (event.type === 'build:failed') failed.set(event.proposalId, event.reason);
  }
  return { built, failed };
}

/** @param isLate The search then plans only what an answer needs. @returns undefined where the query cannot be planned at all. */
export async function screen(
  queryId: string,
  { queries, views }: Pick<Candidates, 'queries' | 'views'>,
  made: ReadonlyMap<string, unknown>,
  planner: Planner,
  isLate: () => boolean = () => false,
): Promise<ScreenedQuery | undefined> {
  const baseline = await planner.plan(queryId, []);
  if (baseline === undefined) return undefined;
  const limit = baseline.plan.totalCost * CHEAPER;
  const own = [...queries].flatMap(([id, of]) => (of.includes(queryId) && made.has(id) ? [id] : []));
  const found = new Map<string, Screened>();
  const add = (plan: Screened | undefined) => {
    if (plan !== undefined && plan.needs.length > 0 && plan.plan.totalCost < limit)
      found.set(setKey(plan.needs), plan);
  };
  let on = own.filter(id => !views.has(id));
  for (let round = 0; round < MOST_ROUNDS && on.length > 0; round++) {
    const plan = await planner.plan(queryId, on);
    if (plan === undefined || plan.needs.length === 0) break;
    add(plan);
    // Each of a pair may be worth its bytes alone.
    if (isLate()) break;
    if (plan.needs.length > 1 && (round === 0 || plan.needs.length <= MOST_ALONE))
      for (const id of plan.needs) add(await planner.plan(queryId, [id]));
    on = on.filter(id => !plan.needs.includes(id));
  }
  for (const view of own.filter(id => views.has(id))) add(await planner.plan(queryId, [view]));
  return { id: queryId, plans: [baseline, ...found.values()] };
}

/** What a proposal is among others, whatever it costs. */
export interface Standing {
  /** The lower, the better: an index, a view, a view for a query's own constants. */
  readonly rankOf: (proposal: string) => number;
  readonly servedBy: (proposal: string) => readonly string[];
}

/**
 * Without those that another plan beats in cost and in bytes: an index's by an index's, a view's by what holds
 * for as much and serves as many queries.
 */
export function worthMeasuring(
  { id, plans: [baseline, ...plans] }: ScreenedQuery,
  bytesOf: (proposal: string) => number,
  standing: Standing,
): ScreenedQuery {
  const bytes = ({ needs }: Screened) => needs.reduce((sum, need) => sum + bytesOf(need), 0);
  const rank = ({ needs }: Screened) => Math.max(...needs.map(standing.rankOf));
  const serves = ({ needs }: Screened) => new Set(needs.flatMap(standing.servedBy));
  const isAsBroad = (other: Screened, one: Screened) => {
    const queries = serves(other);
    return rank(one) === 0 || [...serves(one)].every(query => queries.has(query));
  };
  const cost = ({ plan }: Screened) => plan.totalCost;
  const sorted = [...plans].sort((a, b) => cost(a) - cost(b) || bytes(a) - bytes(b));
  const kept: Screened[] = [];
  for (const one of sorted) {
    const beaten = kept.some(
      other => rank(other) <= rank(one) && bytes(other) <= bytes(one) && isAsBroad(other, one),
    );
    if (!beaten) kept.push(one);
  }
  return { id, plans: [baseline, ...kept] };
}

/** A partial index of a hundredth of the rows or fewer is for one value, which the next execution will not ask for. */
const FEW = 0.01;
/** A B-tree's smallest entry, with duplicates merged: one row pointer, bytes. */
const LEAST_ENTRY = 6;

/** @param rowsOf Of a table, where `bytesOf` is of: at production size. @returns Partial indexes for one value. */
export function lookups(
  { indexes }: Pick<Candidates, 'indexes'>,
  bytesOf: (id: string) => number,
  rowsOf: (table: string) => number,
): readonly string[] {
  return [...indexes].flatMap(([id, { table, where }]) => {
    const isEquality = where.some(one => / = (?:'|-?\d)/.test(one));
    return isEquality && bytesOf(id) < FEW * LEAST_ENTRY * rowsOf(table) ? [id] : [];
  });
}
