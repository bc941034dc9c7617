/**
 * Finds the set: candidates from the queries, screened in a lens of production, built and run on the rows here, chosen for
 * production's size, and run once more together. What is slower in fact is not suggested, whatever the planner expects.
 */

import { catalogOf, tablesScanned } from '../advisor/requirements/tables.ts';
import type { Verdict } from '../advisor/verdict.ts';
import { median } from '../base/statistics.ts';
import { flattenPlan } from '../plan/tree.ts';
import { readFirst } from '../production/productionLens.ts';
import { type BuiltProposal, type ExplorerSession, openedBy, type TableFact } from '../session/events.ts';
import type { Proposal, Query, Workload } from '../workload/workload.ts';
import { type Candidates, candidatesFor } from './candidates.ts';
import { type Choice, choose, type QueryOptions } from './choice.ts';
import { missingExtension, readColumns } from './columns.ts';
import { confirm } from './confirmation.ts';
import { dropProposals, judgeDrops, superfluousIndexes } from './drops.ts';
import {
  allChecks,
  type Check,
  checksOf,
  readForeignKeys,
  withChecks,
  withForeignKeys,
} from './foreignKeyChecks.ts';
import {
  allowed,
  answerOf,
  type Grounds,
  type Known,
  type KnownPlan,
  productionBytes,
  rowsOf,
} from './found.ts';
import { isThere } from './indexCandidates.ts';
import { Runner } from './runner.ts';
import {
  lookups,
  madeIn,
  type Planner,
  plannerOf,
  type Screened,
  type ScreenedQuery,
  type Standing,
  screen,
  worthMeasuring,
} from './screening.ts';
import { judgeStatistics, withoutStatistics } from './statistics.ts';
import type { Suggested, SuggestOptions } from './suggested.ts';
import { askThrough } from './viewSize.ts';
import { tooMany } from './wideViews.ts';
import { candidatesOfAll, writesLast } from './writeCandidates.ts';

export async function suggest(options: SuggestOptions): Promise<Suggested> {
  return new Search(options).run();
}

/** Share of the budget after which the search estimates no more views' sizes. */
const SHARE_OF_VIEW_SIZES = 0.1;
/** The same of asking production's planner more than what it makes of all candidates of a query at once. */
const SHARE_OF_SCREENING = 0.6;
/** Share of the budget that filling one view of groups may take: its rows are not those of the query alone. */
const SHARE_OF_A_VIEW = 0.1;
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
  readonly isTied: (id: string) => boolean;
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
  /** Query → lookups in other tables for each row that it deletes. */
  private checks: ReadonlyMap<string, readonly Check[]> = new Map();
  /** ms for a unit of cost, of each plan that was run. */
  private readonly units: number[] = [];
  /** Extended statistics that are kept → queries that are faster with them. */
  private readonly statistics = new Map<string, readonly string[]>();
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
      queries: workload.queries.map(query => ({ ...query, rewrites: [] })),
    };
    onStep('reading the queries');
    const candidates = await this.propose(bare, await open(bare));
    const lookups = allChecks(this.checks).map(({ query }) => query);
    const asked = { ...candidates.workload, queries: [...candidates.workload.queries, ...lookups] };
    const session = await open(asked);
    this.cannotBuild = openedBy(session)?.cannotBuild !== undefined;
    try {
      if (production === undefined) return await this.search(candidates, session, session);
      for (const [id, { rowsGrouped }] of candidates.views)
        await this.build(session, id, SHARE_OF_VIEWS, rowsGrouped === undefined ? 1 : SHARE_OF_A_VIEW);
      onStep(`making a lens with ${candidates.workload.proposals.length} candidates`);
      const lens = await production(
        session,
        withoutStatistics({ workload: asked, statistics: candidates.statistics }),
      );
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
      const { indexes = [], tables = [], serverVersion = '' } = openedBy(session) ?? {};
      const { guarded, operatorClasses, ...facts } = await readColumns(session, this.options.signal);
      const { columns } = facts;
      const ask = askThrough(session, this.options.signal, explains => {
        this.effort.explains += explains;
      });
      const planner = this.planner(session);
      const rows = new Map<string, number>();
      const guardedQueries = new Set<string>();
      const { productionRows } = this.options.workload.budgets;
      const growthOf = (table: string) =>
        Math.max(1, (productionRows[table] ?? 0) / Math.max(1, rowsOf(tables, table)));
      const growth = Math.max(1, ...tables.map(({ name }) => growthOf(name)));
      for (const { id } of bare.queries) {
        const planned = await planner.plan(id, []);
        if (planned === undefined) continue;
        rows.set(id, planned.plan.root.planRows * growth);
        if (flattenPlan(planned.plan).some(({ relation = '' }) => guarded.has(relation)))
          guardedQueries.add(id);
      }
      const there = [...indexes, ...tables].map(({ name }) => name);
      const taken = new Set([...there, ...(this.options.taken ?? [])]);
      this.checks = await checksOf(bare.queries, await readForeignKeys(session, this.options.signal));
      const found = await candidatesOfAll(bare, this.checks, (reads, withoutViews) =>
        candidatesFor(reads, {
          columns,
          major: this.options.production === undefined ? undefined : Number.parseInt(serverVersion, 10),
          server: {
            facts,
            ask,
            rowsOf: table => rowsOf(tables, table),
            growthOf,
            isEmpty: this.isPlanned,
            isSpent: () => this.isLate(SHARE_OF_VIEW_SIZES),
          },
          taken,
          own: this.options.workload.proposals,
          rows,
          guarded: new Set([...guardedQueries, ...withoutViews]),
        }),
      );
      for (const [id, { keys }] of found.indexes) {
        const missing = missingExtension(keys, operatorClasses);
        if (missing !== undefined)
          this.rejected.set(id, `needs the extension ${missing}, which this database does not have`);
      }
      const proposals = found.workload.proposals.filter(
        ({ id }) => !this.rejected.has(id) && !isThere(found.indexes.get(id), indexes),
      );
      const names = new Set(proposals.map(({ id }) => id));
      const free = (wanted: string): string => (names.has(wanted) ? free(`${wanted}_2`) : wanted);
      this.drops = await dropProposals(await superfluousIndexes(session, this.options.signal), free);
      return {
        ...found,
        workload: {
          ...found.workload,
          proposals: [...proposals, ...this.drops, ...found.statistics.flatMap(({ ways }) => ways)],
        },
      };
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
    for (const [id, reason] of tooMany(candidates.views, built)) this.rejected.set(id, reason);
    const facts = openedBy(lens)?.tables ?? [];
    const bytesOf = productionBytes(candidates, built, this.builtHere, {
      here: openedBy(session)?.tables ?? [],
      there: facts,
    });
    const usable = new Map([...built].filter(([id]) => !this.rejected.has(id)));
    for (const id of lookups(candidates, bytesOf, table => rowsOf(facts, table))) usable.delete(id);
    const isView = (id: string) => candidates.views.has(id);
    const isTied = (id: string) => candidates.views.get(id)?.tied === true;
    const standing: Standing = {
      rankOf: id => Number(isView(id)) + Number(isTied(id)),
      servedBy: id => candidates.queries.get(id) ?? [],
    };
    const there = withChecks(this.planner(lens), this.checks);
    const screened: ScreenedQuery[] = [];
    for (const { id, number } of writesLast(candidates.workload.queries)) {
      onStep(`query ${number}: asking production's planner`);
      const plans = await screen(id, candidates, usable, there, () => this.isLate(SHARE_OF_SCREENING));
      if (plans === undefined) continue;
      screened.push(worthMeasuring(plans, bytesOf, standing));
      this.planned.add(id);
    }
    const runner = new Runner({
      session,
      planner: this.planner(session),
      build: id => this.build(session, id),
      always: () => [...this.statistics.keys()].filter(id => !this.rejected.has(id)),
      limitMs: Math.min(workload.budgets.timeoutMs, LONGEST_RUN),
      signal: this.options.signal,
      onRun: () => {
        this.effort.executions++;
      },
    });
    const ground: Ground = { candidates, session, there, runner, built, facts, bytesOf, isView, isTied };
    await this.judgeStatistics(candidates, runner, session);
    const limits = { budgetBytes: workload.budgets.storageBytes, bytesOf };
    const known: Known[] = [];
    for (const one of screened) {
      const query = candidates.workload.queries.find(({ id }) => id === one.id);
      if (query === undefined) continue;
      onStep(
        `query ${query.number}: ${query.writes === undefined ? 'running' : 'judging'} ${one.plans.length} plans`,
      );
      known.push(await this.know(query, one, ground));
      this.emitFound(() => {
        const soFar = choose(
          known.map(other => this.allowed(other)),
          limits,
        );
        return this.result(ground, known, soFar, new Map());
      });
    }
    known.sort((a, b) => a.query.number - b.query.number);
    if (this.effort.builds === 0 && this.failedHere.size > 0) this.cannotBuild = true;
    let choice: Choice | undefined;
    let verdicts = new Map<string, Verdict>();
    for (let time = 0; time < MOST_CHOICES; time++) {
      const offered = known.map(one => this.allowed(one));
      choice = choose(offered, limits);
      this.options.onChoice?.(offered, limits, choice);
      onStep(`trying ${choice.proposals.length} proposals together`);
      const crossed = await this.cross(known, choice, ground);
      const found = await this.confirm(known, choice, ground);
      verdicts = found.verdicts;
      this.emitFound(() => this.result(ground, known, choice, verdicts));
      if (!crossed && found.rejected === 0) break;
    }
    await this.judgeDrops(choice?.proposals ?? [], known, ground);
    return this.result(ground, known, choice, verdicts);
  }

  private async judgeStatistics(
    { statistics, workload: { queries } }: Candidates,
    runner: Runner,
    session: ExplorerSession,
  ): Promise<void> {
    if (this.isPlanned) return;
    this.options.onStep('looking for misestimates');
    await judgeStatistics(statistics, {
      queries: queries.filter(({ id, writes }) => writes === undefined && this.planned.has(id)),
      ran: async query => (this.isSpent ? undefined : runner.ran(query)),
      build: id => this.build(session, id),
      whyNotBuilt: id => this.failedHere.get(id),
      compare: async (query, id) =>
        this.isSpent ? undefined : (await runner.compare(query, [id], [...this.statistics.keys()]))?.verdict,
      keep: (id, of) => this.statistics.set(id, of),
      reject: (id, reason) => this.rejected.set(id, reason),
    });
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
    { runner, isView, isTied, built, facts }: Ground,
  ): Promise<KnownPlan> {
    const neverRun = query.writes !== undefined;
    const measured = this.isSpent || neverRun ? undefined : await runner.measure(query, needs);
    if (measured === undefined && !neverRun) this.complete = false;
    const unit =
      measured === undefined
        ? (baseline?.msOfCost ?? (neverRun ? median(this.units) : undefined) ?? MS_OF_COST)
        : measured.ms / Math.max(measured.cost, 0.01);
    if (measured !== undefined) this.units.push(unit);
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
        tied: needs.some(isTied),
        scans: large,
        unproven:
          (neverRun && !this.isPlanned) ||
          (measured !== undefined && !needs.every(id => measured.uses.includes(id))),
        neverRun,
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
    const found = answerOf(ground, {
      known,
      choice,
      verdicts,
      rejected: this.rejected,
      builtHere: this.builtHere,
      dropped: this.dropped,
      statistics: this.statistics,
      plannable: this.planned,
      whyUnplanned: this.whyUnplanned,
      complete: (this.isPlanned || this.complete) && !this.options.signal.aborted,
      planned: this.isPlanned,
      effort: this.effort,
    });
    return withForeignKeys(found, ground.candidates.indexes, this.checks);
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

  private async confirm(known: readonly Known[], choice: Choice, { candidates, runner, session }: Ground) {
    if (this.isPlanned) return { verdicts: new Map<string, Verdict>(), rejected: 0 };
    return confirm(
      known.map(one => this.allowed(one)),
      choice,
      {
        candidates,
        runner,
        session,
        rejected: this.rejected,
        effort: this.effort,
        signal: this.options.signal,
      },
    );
  }

  /** @param share Of the budget that must not be spent after it. @param most Share of the budget that it may take. */
  private async build(session: ExplorerSession, id: string, share = 1, most = 1): Promise<boolean> {
    if (this.builtHere.has(id)) return true;
    if (this.failedHere.has(id)) return false;
    const { budgetMs, signal } = this.options;
    const leftMs = Math.min(budgetMs * share - this.spentMs, budgetMs * most);
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

  private emitFound(result: () => Suggested): void {
    const { onFound, signal } = this.options;
    if (onFound !== undefined && !signal.aborted) onFound({ ...result(), complete: false });
  }

  private get isPlanned(): boolean {
    return this.options.production === undefined || this.cannotBuild;
  }

  private isLate(share: number): boolean {
    const late = this.options.signal.aborted || this.spentMs > this.options.budgetMs * share;
    if (late) this.complete = false;
    return late;
  }

  private get isSpent(): boolean {
    return this.isPlanned || this.options.signal.aborted || this.spentMs > this.options.budgetMs;
  }

  private get spentMs(): number {
    return this.options.now() - this.startedAt;
  }
}

const sameSet = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every(one => b.includes(one));
