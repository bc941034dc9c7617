/**
 * Finds the set: candidates from the queries, screened in a lens of production, built and run on the rows here, chosen for
 * production's size, and run once more together. What is slower in fact is not suggested, whatever the planner expects.
 */

import { catalogOf, tablesScanned } from '../advisor/requirements/tables.ts';
import type { Verdict } from '../advisor/verdict.ts';
import { flattenPlan } from '../plan/tree.ts';
import { type Production, readFirst } from '../production/productionLens.ts';
import type { AnswerCheck } from '../session/answers.ts';
import { type BuiltProposal, type ExplorerSession, openedBy, type TableFact } from '../session/events.ts';
import type { Proposal, Query, Workload } from '../workload/workload.ts';
import { type Candidates, candidatesFor } from './candidates.ts';
import { type Choice, choose, isUnmet, type Limits, type QueryOptions } from './choice.ts';
import { missingExtension, readColumns } from './columns.ts';
import { dropProposals, judgeDrops, superfluousIndexes } from './drops.ts';
import { allowed, answerOf, type Grounds, type Known, type KnownPlan } from './found.ts';
import { Runner } from './runner.ts';
import {
  lookups,
  madeIn,
  type Planner,
  plannerOf,
  type Screened,
  type ScreenedQuery,
  screen,
  worthMeasuring,
} from './screening.ts';
import type { Suggested } from './suggested.ts';

export interface SuggestOptions {
  /** Its queries and limits; its proposals are left out. */
  readonly workload: Workload;
  /** Opens the database with these queries and proposals. */
  readonly open: (workload: Workload) => Promise<ExplorerSession>;
  /** A lens of what that session sees, at production's size. undefined: it is one itself, and nothing can be run. */
  readonly production:
    | ((session: ExplorerSession, workload: Workload) => Promise<Pick<Production, 'session'>>)
    | undefined;
  /** Names that no suggestion may have, beside those that the database has. */
  readonly taken?: ReadonlySet<string>;
  /** No build and no run begins after this much time, ms. */
  readonly budgetMs: number;
  /** ms of a clock. */
  readonly now: () => number;
  readonly signal: AbortSignal;
  readonly onStep: (message: string) => void;
  /** The best answer so far, before it was tried together; `complete` is false. */
  readonly onFound?: (found: Suggested) => void;
  /** Each choice, and what it was made from. */
  readonly onChoice?: (queries: readonly QueryOptions[], limits: Limits, choice: Choice) => void;
}

export async function suggest(options: SuggestOptions): Promise<Suggested> {
  return new Search(options).run();
}

/** Share of the budget after which no view is filled any more: the rest is for runs. */
const SHARE_OF_VIEWS = 0.5;
/** A run longer than this says enough, ms. */
const LONGEST_RUN = 20_000;
/** ms for a unit of the planner's cost, where nothing was run. */
const MS_OF_COST = 0.01;
/** How often a set is chosen anew, after something in it was rejected. */
const MOST_CHOICES = 8;

/** What a search asks, and what is known of the candidates. */
interface Ground extends Grounds {
  /** The database here, with all candidates. */
  readonly session: ExplorerSession;
  /** Plans at production size. */
  readonly there: Planner;
  readonly runner: Runner;
  /** Tables at production size. */
  readonly facts: readonly TableFact[];
  readonly isView: (id: string) => boolean;
}

class Search {
  private readonly effort = { explains: 0, executions: 0, builds: 0 };
  private readonly rejected = new Map<string, string>();
  private readonly builtHere = new Map<string, BuiltProposal>();
  private readonly failedHere = new Map<string, string>();
  private readonly startedAt: number;
  /** Queries that production's planner could plan, and why it could not plan the others. */
  private readonly planned = new Set<string>();
  private readonly whyUnplanned = new Map<string, string>();
  private complete = true;
  /** Of indexes that another one makes superfluous. */
  private drops: readonly Proposal[] = [];
  private dropped: ReadonlySet<string> = new Set();
  /** A standby, or a role without the right: what cannot be built cannot be measured. */
  private cannotBuild = false;

  constructor(private readonly options: SuggestOptions) {
    this.startedAt = options.now();
  }

  async run(): Promise<Suggested> {
    const { workload, open, production, onStep } = this.options;
    const bare: Workload = {
      ...workload,
      proposals: [],
      // What writes is never run, and here each plan is.
      queries: workload.queries
        .filter(({ writes }) => writes === undefined)
        .map(query => ({ ...query, rewrites: [] })),
    };
    onStep('reading the queries');
    const candidates = await this.propose(bare, await open(bare));
    const session = await open(candidates.workload);
    this.cannotBuild = openedBy(session)?.cannotBuild !== undefined;
    try {
      if (production === undefined) return await this.search(candidates, session, session);
      for (const id of candidates.views.keys()) await this.build(session, id, SHARE_OF_VIEWS);
      onStep(`making a lens with ${candidates.workload.proposals.length} candidates`);
      const lens = await production(session, candidates.workload);
      try {
        return await this.search(candidates, session, lens.session);
      } finally {
        await lens.session.close();
      }
    } finally {
      await session.close();
    }
  }

  private async propose(bare: Workload, session: ExplorerSession): Promise<Candidates> {
    try {
      // Before anything is built for a lens that cannot be made.
      if (this.options.production !== undefined) await readFirst(session, this.options.signal);
      const { indexes = [], tables = [] } = openedBy(session) ?? {};
      const { columns, guarded, operatorClasses } = await readColumns(session, this.options.signal);
      const planner = this.planner(session);
      const rows = new Map<string, number>();
      const guardedQueries = new Set<string>();
      const { productionRows } = this.options.workload.budgets;
      const growth = Math.max(
        1,
        ...tables.map(({ name, rows: here }) => (productionRows[name] ?? 0) / Math.max(here, 1)),
      );
      for (const { id } of bare.queries) {
        const planned = await planner.plan(id, []);
        if (planned === undefined) continue;
        rows.set(id, planned.plan.root.planRows * growth);
        if (flattenPlan(planned.plan).some(({ relation = '' }) => guarded.has(relation)))
          guardedQueries.add(id);
      }
      const there = [...indexes, ...tables].map(({ name }) => name);
      const taken = new Set([...there, ...(this.options.taken ?? [])]);
      const found = await candidatesFor(bare, { columns, taken, rows, guarded: guardedQueries });
      for (const [id, { keys }] of found.indexes) {
        const missing = missingExtension(keys, operatorClasses);
        if (missing !== undefined)
          this.rejected.set(id, `needs the extension ${missing}, which this database does not have`);
      }
      const proposals = found.workload.proposals.filter(({ id }) => !this.rejected.has(id));
      const names = new Set(proposals.map(({ id }) => id));
      const free = (wanted: string): string => (names.has(wanted) ? free(`${wanted}_2`) : wanted);
      this.drops = await dropProposals(await superfluousIndexes(session, this.options.signal), free);
      return { ...found, workload: { ...found.workload, proposals: [...proposals, ...this.drops] } };
    } finally {
      await session.close();
    }
  }

  private async search(
    candidates: Candidates,
    session: ExplorerSession,
    lens: ExplorerSession,
  ): Promise<Suggested> {
    const { workload, onStep } = this.options;
    const { built, failed } = madeIn(lens);
    for (const [id, reason] of failed) this.rejected.set(id, reason);
    for (const [id, reason] of this.failedHere) this.rejected.set(id, reason);
    const facts = openedBy(lens)?.tables ?? [];
    const bytesOf = this.productionBytes(candidates, built, facts, openedBy(session)?.tables ?? []);
    const usable = new Map([...built].filter(([id]) => !this.rejected.has(id)));
    for (const id of lookups(candidates, bytesOf, table => rowsOf(facts, table))) usable.delete(id);
    const isView = (id: string) => candidates.views.has(id);
    const there = this.planner(lens);
    const screened: ScreenedQuery[] = [];
    for (const { id, number } of candidates.workload.queries) {
      onStep(`query ${number}: asking production's planner`);
      const plans = await screen(id, candidates, usable, there);
      if (plans === undefined) continue;
      screened.push(worthMeasuring(plans, bytesOf, isView));
      this.planned.add(id);
    }
    const runner = new Runner({
      session,
      planner: this.planner(session),
      build: id => this.build(session, id),
      limitMs: Math.min(workload.budgets.timeoutMs, LONGEST_RUN),
      signal: this.options.signal,
      onRun: () => {
        this.effort.executions++;
      },
    });
    const ground: Ground = { candidates, session, there, runner, built, facts, bytesOf, isView };
    const limits = { budgetBytes: workload.budgets.storageBytes, bytesOf };
    const known: Known[] = [];
    for (const one of screened) {
      const query = candidates.workload.queries.find(({ id }) => id === one.id);
      if (query === undefined) continue;
      onStep(`query ${query.number}: running ${one.plans.length} plans`);
      known.push(await this.know(query, one, ground));
      this.tellFound(() => {
        const soFar = choose(
          known.map(other => this.allowed(other)),
          limits,
        );
        return this.result(ground, known, soFar, new Map());
      });
    }
    if (this.effort.builds === 0 && this.failedHere.size > 0) this.cannotBuild = true;
    let choice: Choice | undefined;
    let verdicts = new Map<string, Verdict>();
    for (let time = 0; time < MOST_CHOICES; time++) {
      const offered = known.map(one => this.allowed(one));
      choice = choose(offered, limits);
      this.options.onChoice?.(offered, limits, choice);
      onStep(`trying ${choice.proposals.length} proposals together`);
      const crossed = await this.cross(known, choice, ground);
      const found = await this.confirm(
        known.map(one => this.allowed(one)),
        choice,
        ground,
      );
      verdicts = found.verdicts;
      this.tellFound(() => this.result(ground, known, choice, verdicts));
      if (!crossed && found.rejected === 0) break;
    }
    await this.judgeDrops(choice?.proposals ?? [], known, ground);
    return this.result(ground, known, choice, verdicts);
  }

  private async judgeDrops(
    chosen: readonly string[],
    known: readonly Known[],
    { session, there, runner }: Ground,
  ): Promise<void> {
    const judged = await judgeDrops(this.drops, {
      queries: known.map(({ query }) => query),
      on: chosen.filter(one => !this.rejected.has(one)),
      there,
      prepare: async id => {
        this.options.onStep(`planning every query without the index of ${id}`);
        if (!this.isPlanned) await this.build(session, id);
      },
      compare: async (query, id) =>
        this.isPlanned ? undefined : (await runner.compare(query, [id]))?.verdict,
    });
    for (const [id, reason] of judged.rejected) this.rejected.set(id, reason);
    if (!this.options.signal.aborted) this.dropped = judged.dropped;
  }

  /** A B-tree's size is the lens's; of other kinds it knows little: what was built here grows with the rows. */
  private productionBytes(
    { indexes }: Candidates,
    built: ReadonlyMap<string, BuiltProposal>,
    there: readonly TableFact[],
    here: readonly TableFact[],
  ): (id: string) => number {
    return id => {
      const index = indexes.get(id);
      const own = this.builtHere.get(id);
      if (index === undefined || index.method === 'btree' || own === undefined)
        return built.get(id)?.bytes ?? 0;
      const rows = rowsOf(here, index.table);
      return rows === 0 ? own.bytes : own.bytes * Math.max(1, rowsOf(there, index.table) / rows);
    };
  }

  /** What each plan takes at production size, by a run here where there is time for it. */
  private async know(query: Query, { plans }: ScreenedQuery, ground: Ground): Promise<Known> {
    const known: KnownPlan[] = [];
    for (const plan of plans) known.push(await this.knowPlan(query, plan, known[0], ground));
    return { query, plans: known };
  }

  private async knowPlan(
    query: Query,
    { needs, plan, rewrite }: Screened,
    baseline: KnownPlan | undefined,
    { runner, isView, built, facts }: Ground,
  ): Promise<KnownPlan> {
    const measured = this.isSpent ? undefined : await runner.measure(query, needs);
    if (measured === undefined) this.complete = false;
    const unit =
      measured === undefined
        ? (baseline?.msOfCost ?? MS_OF_COST)
        : measured.ms / Math.max(measured.plan.totalCost, 0.01);
    const objects = needs.flatMap(id => built.get(id)?.objects ?? []);
    const large = tablesScanned(plan, catalogOf(facts, objects)).some(
      ({ rows }) => rows > this.options.workload.budgets.largeTableRows,
    );
    return {
      needs,
      rewrite,
      plan,
      msOfCost: unit,
      measured,
      option: {
        needs,
        cost: plan.totalCost,
        ms: plan.totalCost * unit,
        stale: needs.some(isView),
        scans: large,
        unproven: measured !== undefined && !needs.every(id => measured.uses.includes(id)),
      },
    };
  }

  private allowed(one: Known): QueryOptions {
    return allowed(one, this.isPlanned, this.rejected, this.options.workload);
  }

  private result(
    ground: Ground,
    known: readonly Known[],
    choice: Choice | undefined,
    verdicts: ReadonlyMap<string, Verdict>,
  ): Suggested {
    return answerOf(ground, {
      known,
      choice,
      verdicts,
      rejected: this.rejected,
      builtHere: this.builtHere,
      dropped: this.dropped,
      plannable: this.planned,
      whyUnplanned: this.whyUnplanned,
      complete: (this.isPlanned || this.complete) && !this.options.signal.aborted,
      planned: this.isPlanned,
      effort: this.effort,
    });
  }

  /** What the chosen proposals do for queries that they were not chosen for. @returns Whether there was a new plan. */
  private async cross(known: Known[], choice: Choice, ground: Ground): Promise<boolean> {
    let found = false;
    const indexes = choice.proposals.filter(id => !ground.isView(id));
    const sets = indexes.length > 1 ? [indexes, ...indexes.map(id => [id])] : [indexes];
    for (const one of known)
      for (const on of sets) {
        const plan = on.length === 0 ? undefined : await ground.there.plan(one.query.id, on);
        if (plan === undefined || plan.needs.length === 0) continue;
        if (one.plans.some(({ needs }) => sameSet(needs, plan.needs))) continue;
        one.plans.push(await this.knowPlan(one.query, plan, one.plans[0], ground));
        found = true;
      }
    return found;
  }

  /** All of it together, here: answers compared, and each query run before and after. */
  private async confirm(
    options: readonly QueryOptions[],
    choice: Choice,
    { candidates: { workload, views }, runner, session }: Ground,
  ): Promise<{ readonly verdicts: Map<string, Verdict>; readonly rejected: number }> {
    const verdicts = new Map<string, Verdict>();
    const before = this.rejected.size;
    if (this.isPlanned) return { verdicts, rejected: 0 };
    for (const id of choice.proposals.filter(one => views.has(one))) {
      const reason = await this.whyDifferent(session, workload, id);
      if (reason !== undefined) this.rejected.set(id, reason);
    }
    for (const [at, { id: queryId, options: own }] of options.entries()) {
      const query = workload.queries.find(({ id }) => id === queryId);
      if (query === undefined || this.options.signal.aborted) continue;
      const on = choice.proposals.filter(id => !this.rejected.has(id));
      const judged = await runner.compare(query, on);
      if (judged === undefined) continue;
      verdicts.set(queryId, judged.verdict);
      const meant = own[choice.options[at] ?? 0]?.needs ?? [];
      if (judged.verdict.kind === 'no clear difference' && !isUnmet({ targetMs: query.targetMs }, own[0]))
        for (const id of meant.filter(one => isOnlyFor(queryId, one, options, choice)))
          this.rejected.set(
            id,
            `makes query ${query.number} not clearly faster here, whatever the planner expects`,
          );
      if (judged.verdict.kind !== 'slower') continue;
      // What the query was not meant to use is to blame first.
      const blamed = judged.needs.filter(id => !meant.includes(id));
      const culprits = blamed.length > 0 ? blamed : judged.needs;
      const { beforeMs, afterMs } = judged.verdict;
      for (const id of culprits)
        this.rejected.set(
          id,
          `makes query ${query.number} slower here: ${beforeMs.toFixed(1)} ms → ${afterMs.toFixed(1)} ms`,
        );
    }
    return { verdicts, rejected: this.rejected.size - before };
  }

  /** Every rewrite of a view returns what its query returns; else why it is not suggested. */
  private async whyDifferent(
    session: ExplorerSession,
    { queries }: Workload,
    id: string,
  ): Promise<string | undefined> {
    for (const query of queries)
      for (const rewrite of query.rewrites.filter(one => one.id === id)) {
        const answer = await session.background(
          { kind: 'compare', queryId: query.id, rewrite: rewrite.id },
          this.options.signal,
        );
        this.effort.executions += 2;
        if (answer.kind !== 'compared') return 'its answer could not be compared with its query';
        if (!SAME.has(answer.answer.verdict))
          return `its answer is ${answer.answer.verdict}: ${answer.answer.explanation}`;
      }
    return undefined;
  }

  /** @param share Of the budget that must not be spent after it. */
  private async build(session: ExplorerSession, id: string, share = 1): Promise<boolean> {
    if (this.builtHere.has(id)) return true;
    if (this.failedHere.has(id)) return false;
    const { budgetMs, signal } = this.options;
    const leftMs = budgetMs * share - this.spentMs;
    if (this.isSpent || leftMs <= 0) {
      this.complete = false;
      return false;
    }
    this.options.onStep(`building ${id}`);
    const late = AbortSignal.timeout(Math.ceil(leftMs));
    const answer = await session.background(
      { kind: 'build', proposalId: id },
      AbortSignal.any([signal, late]),
    );
    if (late.aborted) {
      this.complete = false;
      this.failedHere.set(id, 'building it takes longer than the budget allows');
    }
    if (answer.kind === 'built') {
      this.effort.builds++;
      this.builtHere.set(id, answer.built);
      return true;
    }
    if (answer.kind === 'failed') this.failedHere.set(id, answer.reason);
    return false;
  }

  private planner(session: ExplorerSession): Planner {
    const count = (explains: number) => {
      this.effort.explains += explains;
    };
    const failed = (queryId: string, reason: string) => this.whyUnplanned.set(queryId, reason);
    return plannerOf(session, count, failed, this.options.signal);
  }

  private tellFound(result: () => Suggested): void {
    const { onFound, signal } = this.options;
    if (onFound !== undefined && !signal.aborted) onFound({ ...result(), complete: false });
  }

  private get isPlanned(): boolean {
    return this.options.production === undefined || this.cannotBuild;
  }

  private get isSpent(): boolean {
    return this.isPlanned || this.options.signal.aborted || this.spentMs > this.options.budgetMs;
  }

  private get spentMs(): number {
    return this.options.now() - this.startedAt;
  }
}

const rowsOf = (facts: readonly TableFact[], table: string): number =>
  facts.find(({ name }) => name === table)?.rows ?? 0;

const SAME: ReadonlySet<string> = new Set<AnswerCheck['verdict']>(['same', 'same but for ties']);

const isOnlyFor = (
  queryId: string,
  proposal: string,
  queries: readonly QueryOptions[],
  choice: Choice,
): boolean =>
  queries.every(
    ({ id, options }, at) =>
      id === queryId || options[choice.options[at] ?? 0]?.needs.includes(proposal) !== true,
  );

const sameSet = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every(one => b.includes(one));
