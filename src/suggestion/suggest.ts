/**
 * Finds the set: makes candidates from the queries, screens them in a lens of production, builds and runs them on the rows
 * here, chooses for production's size, and runs the chosen set as a whole. What is slower in fact is not suggested, whatever
 * the planner expects.
 */

import { PgoptError } from '../base/errors.ts';
import { flattenPlan } from '../plan/tree.ts';
import { readFirst } from '../production/productionLens.ts';
import { type BuiltProposal, type ExplorerSession, openedBy } from '../session/events.ts';
import { type Proposal, type Workload, type WriteReasons, whyNeverRun } from '../workload/workload.ts';
import type { WrittenTable } from '../workload/writtenTables.ts';
import { type Candidates, candidatesFor } from './candidates.ts';
import { choose, type QueryOptions } from './choice.ts';
import { missingExtension, readColumns } from './columns.ts';
import { dropProposals, judgeDrops, superfluousIndexes } from './drops.ts';
import {
  allChecks,
  type Check,
  checksOf,
  readForeignKeys,
  withChecks,
  withForeignKeys,
  writtenBy,
} from './foreignKeyChecks.ts';
import { answerOf, type Grounds, productionBytes } from './found.ts';
import { isThere } from './indexCandidates.ts';
import { allowed, type Known, type PlanGrounds, plannedOnly, rowsOf } from './knownPlans.ts';
import { Measuring, type Pace } from './measuring.ts';
import { partialShares } from './partialShares.ts';
import { Runner } from './runner.ts';
import {
  foremost,
  lookups,
  madeIn,
  type Planner,
  plannerOf,
  type Standing,
  screen,
  worthMeasuring,
} from './screening.ts';
import { settle, type Tried } from './setTrial.ts';
import { judgeStatistics, withoutStatistics } from './statistics.ts';
import type { Suggested, SuggestOptions } from './suggested.ts';
import { TimeBudget, UNTIL } from './timeBudget.ts';
import { askThrough } from './viewSize.ts';
import { tooMany } from './wideViews.ts';
import { candidatesOfAll, writesLast } from './writeCandidates.ts';

export async function suggest(options: SuggestOptions): Promise<Suggested> {
  return new Search(options).run();
}

/** Share of the budget that filling one view of groups may take: it groups more rows than its query reads. */
const SHARE_OF_A_VIEW = 0.1;
/** A view may take this multiple of its fair share, since most take less. */
const FAIR_TO_VIEWS = 4;
/** Share of the time left for a lens; ms for each candidate in it; and indexes for each query that it gets in any case. */
const SHARE_OF_LENS = 0.2;
const MS_A_CANDIDATE = 80;
const LEAST_A_QUERY = 3;
/** Least ms between two intermediate answers. */
const EMITTED_EVERY = 1000;
/** Limit of a run, ms: beyond it the exact time does not matter. */
const LONGEST_RUN = 20_000;
const UNTRIED = { verdicts: new Map(), projected: new Map() };

/** The sessions of a search, and its candidates. */
interface Ground extends Grounds {
  /** The database here. It knows all candidates. */
  readonly session: ExplorerSession;
  /** Plans at production size. */
  readonly there: Planner;
  readonly runner: Runner;
  readonly plans: PlanGrounds;
}

class Search {
  private readonly effort = { explains: 0, executions: 0, builds: 0 };
  private readonly rejected = new Map<string, string>();
  private readonly builtHere = new Map<string, BuiltProposal>();
  private readonly failedHere = new Map<string, string>();
  private readonly time: TimeBudget;
  private readonly pace: Pace;
  /** Not built for lack of time. */
  private readonly leftOut = new Set<string>();
  /** Views whose rewrites return the same rows. */
  private readonly compared = new Set<string>();
  /** Query → its cost here. */
  private readonly costs = new Map<string, number>();
  /** The next intermediate answer is due then, ms. */
  private emitsFrom = Number.NEGATIVE_INFINITY;
  /** Queries that were planned at production size; the next field has the reason for the others. */
  private readonly planned = new Set<string>();
  private readonly whyUnplanned = new Map<string, string>();
  /** Partial index → its share of its table's rows here, where a sample shows it. */
  private shares: ReadonlyMap<string, number> = new Map();
  private drops: readonly Proposal[] = [];
  private dropped: ReadonlySet<string> = new Set();
  /** Query → its foreign-key checks. */
  private checks: ReadonlyMap<string, readonly Check[]> = new Map();
  /** Kept extended statistics → the queries that they make faster. */
  private readonly statistics = new Map<string, readonly string[]>();
  /** On a standby, or without the privilege: nothing is built, and so nothing is measured. */
  private cannotBuild = false;
  private writing: WriteReasons | undefined;
  /** Statement that writes → the tables that it writes. */
  private written: ReadonlyMap<string, readonly WrittenTable[]> = new Map();
  /** Query → why it could not be run here. */
  private readonly failures = new Map<string, string>();

  constructor(private readonly options: SuggestOptions) {
    this.time = new TimeBudget(options.budgetMs, options.now, options.signal);
    this.pace = { fairMs: () => this.time.leftMs(), until: 1 };
  }

  /** @throws PgoptError 'cancelled' if it was stopped before anything was known; errors of the session. */
  async run(): Promise<Suggested> {
    const { workload, signal } = this.options;
    const bare: Workload = {
      ...workload,
      proposals: [],
      queries: workload.queries.map(query => ({ ...query, rewrites: [] })),
    };
    try {
      return await this.find(bare);
    } catch (error) {
      // A stopped search may end with any error.
      if (!this.time.isOver) throw error;
      if (signal.aborted) throw new PgoptError('cancelled', 'cancelled', { cause: error });
      return this.nothing(bare);
    } finally {
      this.time.end();
    }
  }

  private async find(bare: Workload): Promise<Suggested> {
    const { open, production, onStep } = this.options;
    onStep('reading the queries');
    const candidates = await this.propose(bare, await open(bare));
    const lookups = allChecks(this.checks).map(({ query }) => query);
    const asked = { ...candidates.workload, queries: [...candidates.workload.queries, ...lookups] };
    const session = await open(asked);
    const { cannotBuild, writing } = openedBy(session) ?? {};
    this.cannotBuild = cannotBuild !== undefined;
    this.writing = writing;
    try {
      if (production === undefined) return await this.search(candidates, session, session);
      await this.fillViews(candidates, session);
      const all = this.foremost(candidates, asked);
      onStep(`making a lens with ${all.proposals.length} candidates`);
      const ask = askThrough(session, this.time.signal, () => undefined);
      const { tables = [] } = openedBy(session) ?? {};
      const shares = await partialShares(candidates.indexes, table => rowsOf(tables, table), ask);
      this.shares = shares.all;
      const lens = await production(session, all, { until: this.time.signal, shares: shares.precise });
      try {
        return await this.search(candidates, session, lens.session);
      } finally {
        await lens.session.close();
      }
    } finally {
      await session.close();
    }
  }

  /**
   * Fills the views, because a lens needs their row counts. Cheap queries come first; an expensive one takes the time that they
   * leave.
   */
  private async fillViews({ views, queries }: Candidates, session: ExplorerSession): Promise<void> {
    const costOf = (id: string) =>
      Math.max(0, ...(queries.get(id) ?? []).map(query => this.costs.get(query) ?? 0));
    const inOrder = [...views].sort(([a], [b]) => costOf(a) - costOf(b));
    this.pace.until = UNTIL.views;
    for (const [done, [id, { rowsGrouped }]] of inOrder.entries()) {
      const fairMs = this.time.fairMs(UNTIL.views, inOrder.length - done) * FAIR_TO_VIEWS;
      const mostMs = rowsGrouped === undefined ? fairMs : this.options.budgetMs * SHARE_OF_A_VIEW;
      await this.build(session, id, Math.min(fairMs, mostMs));
    }
  }

  /** Limits the candidates to what the lens has time for, and leaves out extended statistics, which have no effect in a lens. */
  private foremost(candidates: Candidates, asked: Workload): Workload {
    const { statistics, workload } = candidates;
    const all = withoutStatistics({ workload: asked, statistics });
    const most = Math.floor((this.time.leftMs() * SHARE_OF_LENS) / MS_A_CANDIDATE);
    const kept = foremost(candidates, Math.max(most, LEAST_A_QUERY * workload.queries.length));
    if (kept.size < candidates.indexes.size) this.time.cut();
    return {
      ...all,
      proposals: all.proposals.filter(({ id }) => !candidates.indexes.has(id) || kept.has(id)),
    };
  }

  /** The answer if no query was planned at production size. */
  private nothing(workload: Workload): Suggested {
    for (const { id } of workload.queries)
      this.whyUnplanned.set(id, 'the time was spent before its plan at production size was known');
    const candidates = { workload, queries: new Map(), views: new Map(), indexes: new Map(), statistics: [] };
    const limits = { budgetBytes: workload.budgets.storageBytes, bytesOf: () => 0 };
    const ground = { candidates, built: new Map(), bytesOf: limits.bytesOf, limits };
    return this.result(ground, [], { choice: choose([], limits), ...UNTRIED });
  }

  private async propose(bare: Workload, session: ExplorerSession): Promise<Candidates> {
    try {
      // Read first, so that nothing is built if the lens cannot be made.
      if (this.options.production !== undefined) await readFirst(session, this.time.signal);
      const { indexes = [], tables = [], serverVersion = '' } = openedBy(session) ?? {};
      const { guarded, operatorClasses, ...facts } = await readColumns(session, this.time.signal);
      const { columns } = facts;
      const ask = askThrough(session, this.time.signal, explains => {
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
        this.costs.set(id, planned.plan.totalCost);
        rows.set(id, planned.plan.root.planRows * growth);
        if (flattenPlan(planned.plan).some(({ relation = '' }) => guarded.has(relation)))
          guardedQueries.add(id);
      }
      const there = [...indexes, ...tables].map(({ name }) => name);
      const taken = new Set([...there, ...(this.options.taken ?? [])]);
      this.written = await writtenBy(bare.queries);
      this.checks = checksOf(this.written, await readForeignKeys(session, this.time.signal));
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
            isSpent: () => this.time.isLate(UNTIL.viewSizes),
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
      this.drops = await dropProposals(await superfluousIndexes(session, this.time.signal), free);
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
    const facts = { here: openedBy(session)?.tables ?? [], there: openedBy(lens)?.tables ?? [] };
    const bytesOf = productionBytes(candidates, built, this.builtHere, facts);
    const usable = new Map([...built].filter(([id]) => !this.rejected.has(id)));
    for (const id of lookups(candidates, this.shares, bytesOf, table => rowsOf(facts.there, table)))
      usable.delete(id);
    const isView = (id: string) => candidates.views.has(id);
    const isTied = (id: string) => candidates.views.get(id)?.tied === true;
    const standing: Standing = {
      rankOf: id => Number(isView(id)) + Number(isTied(id)),
      servedBy: id => candidates.queries.get(id) ?? [],
    };
    const there = withChecks(this.planner(lens), this.checks);
    const isPlanned = () => this.isPlanned;
    const plans: PlanGrounds = { ...facts, built, isView, isTied, isPlanned, budgets: workload.budgets };
    const known: Known[] = [];
    for (const query of writesLast(candidates.workload.queries)) {
      onStep(`query ${query.number}: asking production's planner`);
      const screened = await screen(query.id, candidates, usable, there, () =>
        this.time.isLate(UNTIL.screening),
      );
      if (screened === undefined) continue;
      known.push(plannedOnly(query, worthMeasuring(screened, bytesOf, standing), plans));
      this.planned.add(query.id);
    }
    known.sort((a, b) => a.query.number - b.query.number);
    const runner = new Runner({
      session,
      planner: withChecks(this.planner(session), this.checks),
      build: id => this.build(session, id),
      mayRun: query => whyNeverRun(query, this.writing) === undefined,
      always: () => [...this.statistics.keys()].filter(id => !this.rejected.has(id)),
      limitMs: Math.min(workload.budgets.timeoutMs, LONGEST_RUN),
      fairMs: () => this.pace.fairMs(),
      now: this.options.now,
      signal: this.time.signal,
      onRun: () => {
        this.effort.executions++;
      },
      onFailed: ({ id }, reason) => this.failures.set(id, reason),
    });
    const limits = { budgetBytes: workload.budgets.storageBytes, bytesOf };
    const ground: Ground = { candidates, session, there, runner, built, bytesOf, limits, plans };
    const measuring = new Measuring({
      known,
      runner,
      time: this.time,
      pace: this.pace,
      plans,
      weightOf: ({ id }) => workload.callsADay[id] ?? 1,
      onStep,
      onKnown: () => this.emitFound(known, ground),
    });
    await measuring.baselines();
    await this.judgeStatistics(ground);
    if (this.statistics.size > 0) await measuring.baselines();
    await measuring.plans();
    if (this.effort.builds === 0 && this.failedHere.size > 0) this.cannotBuild = true;
    if (this.isPlanned) await measuring.baselines();
    const tried = await settle({
      ...ground,
      written: this.written,
      rejected: this.rejected,
      compared: this.compared,
      effort: this.effort,
      time: this.time,
      known,
      offered: () => this.offered(known),
      preference: this.options.preference,
      learn: (one, plan) => measuring.learn(one, plan, UNTIL.crossing),
      share: fairMs => Object.assign(this.pace, { fairMs, until: 1 }),
      isPlanned,
      onChoice: (offered, choice) => {
        this.options.onChoice?.(offered, limits, choice);
        onStep(`trying ${choice.proposals.length} proposals together`);
        this.emitFound(known, ground);
      },
    });
    await this.judgeDrops(tried.choice.proposals, known, ground);
    return this.result(ground, known, tried);
  }

  private async judgeStatistics({ candidates, runner, session }: Ground): Promise<void> {
    if (this.isPlanned) return;
    const { onStep } = this.options;
    const isLate = () => this.time.isLate(UNTIL.statistics);
    Object.assign(this.pace, { fairMs: () => this.time.leftMs(UNTIL.statistics), until: UNTIL.statistics });
    onStep('looking for misestimates');
    await judgeStatistics(candidates.statistics, {
      queries: candidates.workload.queries.filter(
        ({ id, writes }) => writes === undefined && this.planned.has(id),
      ),
      ran: async query => (isLate() ? undefined : runner.ran(query)),
      build: id => this.build(session, id),
      whyNotBuilt: id => this.failedHere.get(id),
      compare: async (query, id) =>
        isLate() ? undefined : (await runner.compare(query, [id], [...this.statistics.keys()]))?.verdict,
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
        this.isPlanned || query.writes !== undefined
          ? undefined
          : (await runner.compare(query, [id]))?.verdict,
    });
    // A stopped comparison proves nothing.
    if (this.time.isOver) return;
    for (const [id, reason] of judged.rejected) this.rejected.set(id, reason);
    this.dropped = judged.dropped;
  }

  private offered(known: readonly Known[], rejected = this.rejected): readonly QueryOptions[] {
    return known.map(one => allowed(one, this.isPlanned, rejected, this.options.workload));
  }

  private result(
    ground: Grounds,
    known: readonly Known[],
    { choice, verdicts, projected }: Tried,
    rejected = this.rejected,
  ): Suggested {
    const found = answerOf(ground, {
      known,
      choice,
      verdicts,
      projected,
      rejected,
      builtHere: this.builtHere,
      dropped: this.dropped,
      statistics: this.statistics,
      plannable: this.planned,
      whyUnplanned: this.whyUnplanned,
      failures: this.failures,
      writing: this.writing,
      complete: this.time.isComplete,
      planned: this.isPlanned,
      effort: this.effort,
    });
    return withForeignKeys(found, ground.candidates.indexes, this.checks);
  }

  /** @param mostMs Limit of the build; by default the time left. */
  private async build(
    session: ExplorerSession,
    id: string,
    mostMs = Number.POSITIVE_INFINITY,
  ): Promise<boolean> {
    if (this.builtHere.has(id)) return true;
    if (this.failedHere.has(id) || this.leftOut.has(id) || this.isPlanned) return false;
    const leftMs = Math.min(this.time.leftMs(this.pace.until), mostMs);
    if (this.time.isLate(this.pace.until)) return false;
    this.options.onStep(`building ${id}`);
    const late = this.time.limited(leftMs);
    const answer = await session.background({ kind: 'build', proposalId: id }, late.signal);
    late.end();
    if (late.signal.aborted) {
      this.time.cut();
      this.leftOut.add(id);
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
    return plannerOf(session, count, failed, this.time.signal);
  }

  /** At intervals, because each choice takes a while. */
  private emitFound(known: readonly Known[], ground: Ground): void {
    const { onFound, signal, now, preference } = this.options;
    if (onFound === undefined || signal.aborted || now() < this.emitsFrom) return;
    const startedAt = now();
    const views = this.isPlanned ? [] : [...ground.candidates.views.keys()];
    const open = views.filter(id => !this.compared.has(id) && !this.rejected.has(id));
    const rejected = new Map([
      ...this.rejected,
      ...open.map(id => [id, 'its answer is not compared with its query yet'] as const),
    ]);
    const choice = choose(this.offered(known, rejected), ground.limits, preference);
    const found = this.result(ground, known, { choice, ...UNTRIED }, rejected);
    onFound({ ...found, complete: false });
    this.emitsFrom = now() + Math.max(EMITTED_EVERY, 10 * (now() - startedAt));
  }

  private get isPlanned(): boolean {
    return this.options.production === undefined || this.cannotBuild;
  }
}
