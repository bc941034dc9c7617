/** Sets of proposals, with the plan that the planner takes for each query. Pure. */
import type { Choice, Limits, Option, QueryOptions } from './choice.ts';

/** Projected times must be this far below a target, or noise would decide. */
export const MARGIN = 0.8;

export const meets = (ms: number, targetMs: number): boolean => ms < targetMs * MARGIN;

/** A risky plan meets no target. */
export const isUnmet = (
  { targetMs }: Pick<QueryOptions, 'targetMs'>,
  { ms, scans, risky }: Option,
): boolean => !meets(ms, targetMs) || scans || risky;

/** Position of a proposal in a set. */
type Position = number;

interface Plan {
  readonly option: Option;
  /** Position among its query's options. */
  readonly at: number;
  readonly needs: readonly Position[];
  readonly isUnmet: boolean;
  /** Weighted by the query's calls. */
  readonly ms: number;
}

export interface ProposalSet {
  /** 1 at the position of each proposal in the set. */
  readonly members: Uint8Array;
  /** The plan of each query. */
  readonly taken: readonly Plan[];
  readonly bytes: number;
  /** Bytes over the budget. */
  readonly over: number;
  /** Queries that miss their target or scan a large table. */
  readonly unmet: number;
  /** Queries whose plan may be no faster, or was not run although it could have been. */
  readonly doubtful: number;
  /** Queries that read a view. */
  readonly stale: number;
  /** Whole workload, weighted by calls. */
  readonly ms: number;
  /**
   * Compared from the left, lower is better: `over`, missed targets, risky plans, unproven plans, queries that read a view, those
   * that read a tied one, bytes, ms.
   */
  readonly score: readonly number[];
}

export function isBetter(a: ProposalSet, b: ProposalSet): boolean {
  const at = a.score.findIndex((value, criterion) => value !== b.score[criterion]);
  return at !== -1 && (a.score[at] ?? 0) < (b.score[at] ?? 0);
}

/** All sets for some queries. A choice tries very many: a changed set plans only the queries that the change concerns. */
export class ProposalSets {
  readonly ids: readonly string[];
  readonly empty: ProposalSet;
  /** Each query's plans in the order of its options. */
  readonly plans: readonly (readonly Plan[])[];
  /** Proposal → queries with a plan that needs it. */
  readonly concerned: readonly ReadonlySet<number>[];
  private readonly positions: ReadonlyMap<string, Position>;
  private readonly bytes: readonly number[];
  /** The same plans, the cheapest first. */
  private readonly ranked: readonly (readonly Plan[])[];

  constructor(
    readonly queries: readonly QueryOptions[],
    private readonly limits: Limits,
  ) {
    this.ids = [...new Set(queries.flatMap(({ options }) => options.flatMap(({ needs }) => needs)))];
    this.positions = new Map(this.ids.map((id, position) => [id, position]));
    this.bytes = this.ids.map(limits.bytesOf);
    this.plans = queries.map(query =>
      query.options.map((option, at) => ({
        option,
        at,
        needs: this.positionsOf(option.needs),
        isUnmet: isUnmet(query, option),
        ms: option.ms * query.weight,
      })),
    );
    this.ranked = this.plans.map(plans => [...plans].sort((a, b) => a.option.cost - b.option.cost));
    this.concerned = this.ids.map(
      (_, position) =>
        new Set(
          this.plans.flatMap((plans, at) =>
            plans.some(({ needs }) => needs.includes(position)) ? [at] : [],
          ),
        ),
    );
    const members = new Uint8Array(this.ids.length);
    this.empty = this.scored(
      members,
      this.ranked.map(plans => cheapest(plans, members)),
    );
  }

  /** Proposals that no plan needs are left out. */
  of(proposals: Iterable<string>): ProposalSet {
    return this.changed(this.empty, this.positionsOf(proposals));
  }

  /** Removes, then adds. */
  changed(
    { members: before, taken: plans }: ProposalSet,
    added: readonly Position[],
    removed: readonly Position[] = [],
  ): ProposalSet {
    const members = before.slice();
    for (const position of removed) members[position] = 0;
    for (const position of added) members[position] = 1;
    const taken = plans.slice();
    for (const changed of [removed, added])
      for (const position of changed)
        if (members[position] !== before[position])
          for (const at of this.concerned[position] ?? [])
            taken[at] = cheapest(this.ranked[at] ?? [], members);
    return this.scored(members, taken);
  }

  members({ members }: ProposalSet): Position[] {
    return this.ids.flatMap((_, position) => (members[position] === 1 ? [position] : []));
  }

  proposals(set: ProposalSet): string[] {
    return this.members(set).map(position => this.ids[position] ?? '');
  }

  /** All members, the largest first. */
  bySize(set: ProposalSet): Position[] {
    return this.members(set).sort((a, b) => (this.bytes[b] ?? 0) - (this.bytes[a] ?? 0));
  }

  choiceOf(set: ProposalSet): Choice {
    const { taken, bytes, stale, ms } = set;
    return {
      proposals: this.proposals(set),
      options: taken.map(({ at }) => at),
      bytes,
      unmet: this.queries.flatMap(({ id }, at) => (taken[at]?.isUnmet === true ? [id] : [])),
      stale,
      ms,
    };
  }

  private positionsOf(proposals: Iterable<string>): Position[] {
    return [...proposals].flatMap(id => this.positions.get(id) ?? []);
  }

  private scored(members: Uint8Array, taken: readonly Plan[]): ProposalSet {
    let [unmet, stale, tied, unproven, risky, doubtful, ms] = [0, 0, 0, 0, 0, 0, 0];
    for (const { option, isUnmet: misses, ms: own } of taken) {
      if (misses) unmet++;
      if (option.stale) stale++;
      if (option.tied) tied++;
      if (option.unproven) unproven++;
      if (option.risky) risky++;
      if (option.risky || (option.unproven && option.writes !== true)) doubtful++;
      ms += own;
    }
    let bytes = 0;
    let position = 0;
    for (const isIn of members) bytes += isIn * (this.bytes[position++] ?? 0);
    const over = Math.max(0, bytes - this.limits.budgetBytes);
    const score = [over, unmet, risky, unproven, stale, tied, bytes, ms];
    return { members, taken, bytes, over, unmet, doubtful, stale, ms, score };
  }
}

/** The first plan whose proposals are all there: the baseline needs none. */
function cheapest(ranked: readonly Plan[], members: Uint8Array): Plan {
  for (const plan of ranked) if (plan.needs.every(position => members[position] === 1)) return plan;
  throw new Error('a query has a plan in the baseline');
}
