/** One query during a survey: its lattice, its plans, and the proposals that may change them. */

import type { Plan } from '../plan/plan.ts';
import { isUsed, usedRelations } from '../plan/uses.ts';
import { rewriteOf } from '../session/plannedText.ts';
import type { Reads } from '../workload/reads.ts';
import type { Query } from '../workload/workload.ts';
import { influenceOn, relevantTo, type Scope, type Touched } from './influence.ts';
import { DENSE, Lattice } from './lattice.ts';
import { type Mask, maskWhere, size } from './masks.ts';
import { dropBits, type SurveyedPlan, type SurveyedProposal, type SurveyedQuery } from './survey.ts';

interface Grounds {
  readonly proposals: readonly SurveyedProposal[];
  /** In the order of `proposals`. */
  readonly touched: readonly Touched[];
  readonly tables: Scope['tables'];
  readonly configurations: readonly Mask[];
}

export class TrackedQuery {
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

  /** undefined: the plan under every configuration of the survey is known. */
  next(): Mask | undefined {
    if (this.failure !== undefined) return undefined;
    // The baseline's plan comes first: it shows relations that the text hides (views, functions).
    const seen = this.lattice === undefined ? this.drops : this.lattice.next();
    return seen === undefined ? undefined : seen ^ this.drops;
  }

  learn(configuration: Mask, plan: Plan, rewrite: string | undefined): void {
    this.lattice ??= this.begin(plan);
    const index = this.indexOf(configuration, plan, rewrite);
    this.lattice.learn(configuration ^ this.drops, index, this.plans[index]?.uses ?? 0, this.influence);
  }

  fail(reason: string): void {
    this.failure = reason;
    this.shown = undefined;
  }

  want(configurations: Iterable<Mask>): void {
    this.lattice?.want([...configurations].map(configuration => configuration ^ this.drops));
  }

  /** Configurations whose plan was inferred; `--verify` asks the planner for them. */
  *inferred(): Generator<Mask> {
    const { lattice } = this;
    if (lattice === undefined) return;
    for (const configuration of this.grounds.configurations) {
      const seen = configuration ^ this.drops;
      if (!lattice.asked.has(seen) && lattice.planAt(seen) !== undefined) yield configuration;
    }
  }

  /** Counts the survey's configurations whose plan the planner returned, and those whose plan was inferred. */
  known(): { readonly asked: number; readonly inferred: number } {
    const { lattice } = this;
    if (lattice === undefined) return { asked: 0, inferred: 0 };
    const seen = this.grounds.configurations.map(configuration => configuration ^ this.drops);
    const asked = seen.filter(set => lattice.asked.has(set)).length;
    return { asked, inferred: seen.filter(set => lattice.planAt(set) !== undefined).length - asked };
  }

  /** @returns Whether the planner's plan equals the inferred one. */
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

  /** Returns the same object until something changes. */
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

  /** Adds the plan if it is new. */
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

  /** A rewrite exists only with its views, even if its plan does not read them. */
  private usesOf(plan: Plan, rewrite: string | undefined): Mask {
    const needs = rewriteOf(this.query, rewrite)?.needs ?? [];
    return maskWhere(this.grounds.proposals, ({ id, objects }) => {
      const names = objects.map(({ name }) => name);
      return needs.includes(id) || isUsed(plan, id, names);
    });
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
