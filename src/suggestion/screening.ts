/**
 * Finds the candidates that the planner uses at production size, in a lens that holds all of them. It plans each query with all
 * its candidates, then without those that were used, until none is.
 */

import { append } from '../base/lists.ts';
import type { Plan } from '../plan/plan.ts';
import { type BuiltProposal, type ExplorerSession, eventsOf } from '../session/events.ts';
import type { Candidates } from './candidates.ts';
import { setKey } from './choice.ts';

/** A plan of a query at production size. */
export interface Screened {
  /** Proposals that the plan uses. */
  readonly needs: readonly string[];
  readonly plan: Plan;
  /** The rewrite that is planned; undefined for the query's own text. */
  readonly rewrite: string | undefined;
}

export interface ScreenedQuery {
  readonly id: string;
  /** The first is the baseline; each of the others is cheaper. */
  readonly plans: readonly [Screened, ...Screened[]];
}

/** Plans in one session, and counts its EXPLAINs. */
export interface Planner {
  /** @returns undefined if the query cannot be planned, or the session has ended. */
  plan(queryId: string, on: readonly string[]): Promise<Screened | undefined>;
}

/** A cost below this share of the baseline's counts as cheaper. */
export const CHEAPER = 0.98;
const MOST_ROUNDS = 8;
/** After the first round, proposals of plans with more than this many are not tried alone: each trial is an EXPLAIN. */
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

/** @returns At most this many indexes, shared evenly over the queries; those that matter to the most queries first. */
export function foremost(
  { indexes, queries }: Pick<Candidates, 'indexes' | 'queries'>,
  most: number,
): ReadonlySet<string> {
  if (indexes.size <= most) return new Set(indexes.keys());
  const served = (id: string) => queries.get(id)?.length ?? 0;
  const byQuery = new Map<string, string[]>();
  for (const id of [...indexes.keys()].sort((a, b) => served(b) - served(a)))
    for (const query of queries.get(id) ?? []) append(byQuery, query, id);
  const kept = new Set<string>();
  const longest = Math.max(0, ...[...byQuery.values()].map(({ length }) => length));
  for (let turn = 0; turn < longest; turn++)
    for (const own of byQuery.values()) {
      const id = own[turn];
      if (id !== undefined && kept.size < most) kept.add(id);
    }
  return kept;
}

/** What the lens holds, with sizes in production, and why the rest could not be made. */
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

/**
 * @param isLate Then it plans only what an answer needs.
 * @returns undefined if the query cannot be planned.
 */
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
    // One of several may be worth its bytes alone.
    if (isLate()) break;
    if (plan.needs.length > 1 && (round === 0 || plan.needs.length <= MOST_ALONE))
      for (const id of plan.needs) add(await planner.plan(queryId, [id]));
    on = on.filter(id => !plan.needs.includes(id));
  }
  for (const view of own.filter(id => views.has(id))) add(await planner.plan(queryId, [view]));
  return { id: queryId, plans: [baseline, ...found.values()] };
}

/** How a proposal ranks regardless of its cost. */
export interface Standing {
  /** Lower is better: index, view, view tied to a query's constants. */
  readonly rankOf: (proposal: string) => number;
  readonly servedBy: (proposal: string) => readonly string[];
}

/**
 * Drops plans that another one beats in cost and bytes. A view's plan is beaten only by a plan that serves as many queries and
 * holds for as many constants.
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

/**
 * A partial index on a search with at most this share of the rows serves one value or pattern, and the next execution asks for
 * another one.
 */
const FEW = 0.01;
/** A B-tree's smallest entry in bytes: one row pointer, with duplicates merged. */
const LEAST_ENTRY = 6;
/** Conditions that search for a value or a pattern. */
const SEARCH = / = (?:'|-?\d)|(?<!\bNOT )\bI?LIKE | (?:~\*?|@>|<@|&&|@@|@\?|\?[|&]?) /;

/**
 * @param sharesHere Share of the table's rows here, where a sample shows it.
 * @param rowsOf Rows of a table in production.
 * @returns Partial indexes that serve one value or pattern.
 */
export function lookups(
  { indexes }: Pick<Candidates, 'indexes'>,
  sharesHere: ReadonlyMap<string, number>,
  bytesOf: (id: string) => number,
  rowsOf: (table: string) => number,
): readonly string[] {
  const shareOf = (id: string, table: string) =>
    sharesHere.get(id) ?? bytesOf(id) / (LEAST_ENTRY * rowsOf(table));
  return [...indexes].flatMap(([id, { table, where }]) =>
    where.some(one => SEARCH.test(one)) && shareOf(id, table) < FEW ? [id] : [],
  );
}
