/** A query as the survey goes on: its lattice, its plans, and what may change them. Pure but for its own state. */

import type { Plan } from '../plan/plan.ts';
import { isUsed, usedRelations } from '../plan/uses.ts';
import { rewriteOf } from '../session/plannedText.ts';
import type { Reads } from '../workload/reads.ts';
import type { Query } from '../workload/workload.ts';
import { influenceOn, relevantTo, type Scope, type Touched } from './influence.ts';
import { DENSE, Lattice } from './lattice.ts';
import { type Mask, size } from './masks.ts';
import { dropBits, type SurveyedPlan, type SurveyedProposal, type SurveyedQuery } from './survey.ts';

export interface Grounds {
  readonly proposals: readonly SurveyedProposal[];
  /** Of the same order. */
  readonly touched: readonly Touched[];
  /** Tables of the database by name. */
  readonly tables: Scope['tables'];
  /** Configurations that are looked at. */
  readonly configurations: readonly Mask[];
}

export class Subject {
  readonly plans: SurveyedPlan[] = [];
  failure: string | undefined;
  private lattice: Lattice | undefined;
  private influence: Mask = 0;
  private shown: SurveyedQuery | undefined;
  private readonly drops: Mask;

  constructor(
    readonly query: Query,
    private readonly reads: Reads,
    private readonly grounds: Grounds,
    private readonly callsADay: number,
  ) {
    this.drops = dropBits(grounds.proposals);
  }

  /** The configuration to ask for next; undefined when every one that is looked at is known. */
  next(): Mask | undefined {
    if (this.failure !== undefined) return undefined;
    // The baseline's plan shows what the query reads that its text does not show.
    const seen = this.lattice === undefined ? this.drops : this.lattice.next();
    return seen === undefined ? undefined : seen ^ this.drops;
  }

  learn(configuration: Mask, plan: Plan, rewrite: string | undefined): void {
    this.lattice ??= this.begin(plan);
    const index = this.indexOf(configuration, plan, rewrite);
    this.lattice.learn(configuration ^ this.drops, index, this.plans[index]?.uses ?? 0, this.influence);
  }

  /** There will be no plan of it. */
  fail(reason: string): void {
    this.failure = reason;
    this.shown = undefined;
  }

  /** More configurations are looked at. */
  want(configurations: Iterable<Mask>): void {
    this.lattice?.want([...configurations].map(configuration => configuration ^ this.drops));
  }

  /** Those whose plan was inferred, to be asked for all the same. */
  *inferred(): Generator<Mask> {
    const { lattice } = this;
    if (lattice === undefined) return;
    for (const configuration of this.grounds.configurations) {
      const seen = configuration ^ this.drops;
      if (!lattice.asked.has(seen) && lattice.planAt(seen) !== undefined) yield configuration;
    }
  }

  /** Of the configurations that are looked at: how many are known because they were asked for, and how many were inferred. */
  known(): { readonly asked: number; readonly inferred: number } {
    const { lattice } = this;
    if (lattice === undefined) return { asked: 0, inferred: 0 };
    const seen = this.grounds.configurations.map(configuration => configuration ^ this.drops);
    const asked = seen.filter(set => lattice.asked.has(set)).length;
    return { asked, inferred: seen.filter(set => lattice.planAt(set) !== undefined).length - asked };
  }

  /** @returns Whether what was inferred is what the planner answers. */
  verify(configuration: Mask, plan: Plan, rewrite: string | undefined): boolean {
    const seen = configuration ^ this.drops;
    const inferred = this.lattice?.planAt(seen);
    const index = this.indexOf(configuration, plan, rewrite);
    this.lattice?.correct(seen, index);
    return index === inferred;
  }

  replace(index: number, plan: SurveyedPlan): void {
    this.plans[index] = plan;
    this.shown = undefined;
  }

  /** The same object until more is known. */
  snapshot(): SurveyedQuery {
    this.shown ??= this.show();
    return this.shown;
  }

  private show(): SurveyedQuery {
    const { id, number, title, targetMs } = this.query;
    return {
      id,
      number,
      title,
      targetMs,
      callsADay: this.callsADay,
      relevant: this.lattice?.relevant ?? 0,
      asked: new Map(this.lattice?.asked),
      verified: new Map(this.lattice?.verified),
      intervals: [...(this.lattice?.intervals ?? [])],
      plans: [...this.plans],
      failure: this.failure,
    };
  }

  /** Index of this plan among the query's, which may be new. */
  private indexOf(configuration: Mask, plan: Plan, rewrite: string | undefined): number {
    this.shown = undefined;
    const known = this.plans.findIndex(({ fingerprint }) => fingerprint === plan.fingerprint);
    if (known !== -1) return known;
    return this.plans.push(planOf(plan, rewrite, configuration, this.usesOf(plan, rewrite))) - 1;
  }

  private begin(baseline: Plan): Lattice {
    const { tables, touched, configurations } = this.grounds;
    const scope = { reads: this.reads, tables, planRelations: usedRelations(baseline) };
    const relevant = relevantTo(scope, touched);
    this.influence = influenceOn(scope, touched);
    if (size(relevant) <= DENSE) return new Lattice(relevant);
    return new Lattice(relevant, new Set(configurations.map(set => (set ^ this.drops) & relevant)));
  }

  /** A rewrite's text is planned because its views are there, whatever it reads of them. */
  private usesOf(plan: Plan, rewrite: string | undefined): Mask {
    const needs = rewriteOf(this.query, rewrite)?.needs ?? [];
    return this.grounds.proposals.reduce(
      (mask, { id, objects }, position) =>
        needs.includes(id) ||
        isUsed(
          plan,
          id,
          objects.map(({ name }) => name),
        )
          ? mask | (1 << position)
          : mask,
      0,
    );
  }
}

function planOf(estimate: Plan, rewrite: string | undefined, configuration: Mask, uses: Mask): SurveyedPlan {
  return {
    fingerprint: estimate.fingerprint,
    rewrite,
    estimate,
    tree: undefined,
    configuration,
    uses,
    firstMs: undefined,
    runsMs: [],
    stopped: undefined,
    skipped: false,
    treeless: false,
    failure: undefined,
  };
}
