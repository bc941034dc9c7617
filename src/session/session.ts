/**
 * The session: one transaction, one job at a time, the latest wish wins. It speaks in typed events only (events.ts);
 * what to do next is decided in schedule.ts, what is known is kept in knowledge.ts.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import { DatabaseError } from '../base/databaseError.ts';
import { PgoptError } from '../base/errors.ts';
import { serverFacts, tableColumns, tableFacts } from '../database/catalog.ts';
import { SCHEMAS_ON_PATH, schemasOf } from '../database/functions.ts';
import type { Sql } from '../database/guard.ts';
import { existingIndexes, type IndexFacts } from '../database/indexes.ts';
import { FATAL } from '../database/link.ts';
import type { ConnectionSettings } from '../database/proposalObject.ts';
import { fingerprintOf } from '../plan/fingerprint.ts';
import type { Plan } from '../plan/plan.ts';
import { flattenPlan } from '../plan/tree.ts';
import { lastOfEach, type SettingChoice } from '../workload/plannerSettings.ts';
import type { Proposal, Query, Statement, Workload } from '../workload/types.ts';
import { type Built, buildProposal, dropRetiredViews, readBackProposal } from './build.ts';
import { compareAnswers, nothing } from './compareAnswers.ts';
import { Control, PATIENCE_MS } from './control.ts';
import { type Errand, type ErrandAnswer, ErrandQueue, type Pending } from './errands.ts';
import {
  type AnswerCheck,
  answerKey,
  type BuiltProposal,
  configurationKey,
  type ExplorerSession,
  type LensFacts,
  measurementKey,
  type SessionEvent,
  type SetForAll,
  type Wish,
} from './events.ts';
import { lookUpIndexes } from './existing.ts';
import { FunctionCheck, proposalTexts, type TextToCheck, textsOf } from './functions.ts';
import { chooseHiding, type Hiding, hideStatements } from './hide.ts';
import { clearing, type Imagined, imagine, imagined, refusalOf, unimaginable } from './hypothetical.ts';
import {
  describe,
  type Found,
  type FoundObjects,
  findObjects,
  hasItsViews,
  inPlaceAmong,
  lacking,
  NOTHING_BUILT,
  takenNames,
  takenReason,
} from './inPlace.ts';
import { estimateKey, Knowledge, type QueryText, sqlOf, textsFor } from './knowledge.ts';
import { readLasting } from './lasting.ts';
import { Ledger, recorded } from './ledger.ts';
import { likenesses } from './likeness.ts';
import { buildLocks, busyText, hidingLocks, isInTheWay, isOurs, type TableLock, takeLocks } from './locks.ts';
import {
  type Interleave,
  MEASURE_BUDGET,
  type MeasureBudget,
  measure,
  type Turn,
  takeTurns,
  timedOut,
  totalMs,
  withRuns,
} from './measure.ts';
import { newNames, type SessionNames } from './names.ts';
import { requireAccepted } from './openingSettings.ts';
import { ownersOf } from './owners.ts';
import { findHypopg, type Hypopg, insteadOfBuilding } from './preflight/hypopg.ts';
import { nothingCanBeBuilt, requirePostgres, whyNothingCanBeBuilt } from './preflight/server.ts';
import { ask, type Look, probe } from './probe.ts';
import { asQueries, grantViews, roleScope, rowSecurityBypassed } from './role.ts';
import { givesWay, type Job, nextJob } from './schedule.ts';
import { READ_SETTINGS, type SettingFact, settingFacts } from './settingFacts.ts';
import { settingsIn } from './settingTokens.ts';
import { EMBEDDED_TIMEOUTS, type Timeouts } from './timeouts.ts';
import { WorkTransaction } from './transaction.ts';
import { tried } from './trySetting.ts';
import { unusableText } from './unusable.ts';
import {
  type CatalogState,
  catalogState,
  type Lasting,
  oidsOf,
  outsideSql,
  stateOf,
  VERIFY_INSIDE,
  type Verified,
} from './verify.ts';
import { SILENCE_MS, watchWork } from './watch.ts';
import { shownBy, under, whatRuns } from './whatRuns.ts';
import { type Persuasion, whyUnused } from './whyUnused.ts';
import { buildWithCost, WRITE_ROUNDS } from './writeCost.ts';

export interface SessionOptions {
  readonly settings: ConnectionSettings;
  readonly workload: Workload;
  /** Build every proposal in the background, wished for or not. */
  readonly eager: boolean;
  readonly now: () => number;
  /** Whom queries run as (role.ts). */
  readonly role?: string | undefined;
  /** Overrides what the role's rights suggest; 'drop' works for every owner. */
  readonly hiding?: Hiding;
  readonly budget?: MeasureBudget;
  /** How many runs it takes to compare two plans of a query; without it each is measured for itself. */
  readonly interleave?: Interleave;
  /** Answer wishes with estimates only. */
  readonly estimatesOnly?: boolean;
  /** The database is a lens: proposals are in it already, nothing can be run. */
  readonly lens?: LensContents;
  /** A command without a person in front of it: builds everything that it can, and waits until another session of this program has ended. */
  readonly unattended?: boolean;
  /** Those of the embedded server when left out. */
  readonly timeouts?: Timeouts;
  /** Write to the tables of proposed indexes and roll it back, to see what that costs (docs/write-cost.md). */
  readonly writeCost?: boolean;
  /** Planner settings that are set for the whole session: for the baseline, too, and for what is built. */
  readonly planner?: readonly SettingChoice[];
  /** Planner settings that will be wished for: the server's refusals come at once. */
  readonly intended?: readonly SettingChoice[];
  /** Aborted while connecting: gives up. */
  readonly signal?: AbortSignal;
  /** How long opening may take, ms. */
  readonly openingMs?: number;
  /** How long a silent server is waited for, ms. */
  readonly silenceMs?: number;
}

/** What is in a lens besides the schema it was made of (lens/make). */
export interface LensContents {
  readonly facts: LensFacts;
  /** What its objects are called. */
  readonly names: SessionNames;
  /** Proposal → why it is not in it. */
  readonly refused: ReadonlyMap<string, string>;
  /** What the database has already: of proposals in part, and all of it. */
  readonly found: FoundObjects;
  readonly inPlace: ReadonlyMap<string, string>;
}

/** What the session does at a time: a wish's next job, or a single question. */
type Task = Job | { readonly kind: 'errand'; readonly pending: Pending };

interface Running {
  readonly job: Task;
  cancelled: boolean;
  /** False once it is too late: what is done must not be undone half-way. */
  cancellable: boolean;
}

const PROGRESS_INTERVAL_MS = 150;
const CANCEL_INTERVAL_MS = 100;
/** Between two attempts to get a lock: the first pause, and the longest. */
const PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 300;
/** How long a command waits until another one of this program has ended. */
const OWN_PATIENCE_MS = 15 * 60_000;
const CLOSE_PATIENCE_MS = 700;
const END_WORK_PATIENCE_MS = 400;
const GOODBYE_MS = 300;
/** What opening asks is trivial for the server. */
const OPENING_MS = 30_000;

/** However many partitions there are, this is long for a plan. */
const LENS_PLANNING_MS = 60_000;

/** Locks, cancels, deadlocks, lack of resources: nothing that is wrong with the query. */
const TRANSIENT = /^(55P03|57014|40P01|40001|53)/;
/** insufficient_privilege */
const NOT_ALLOWED = '42501';
/** undefined_table, of a view that another proposal creates. */
const UNDEFINED_TABLE = '42P01';

/**
 * Connects and opens the transaction.
 * @throws PgoptError 'connection-refused', 'connection-lost', 'server-unsupported', 'session-refused' or 'cancelled'; 'usage'
 *   for a setting that the server does not take.
 */
export async function openSession(options: SessionOptions): Promise<ExplorerSession> {
  const { settings, workload, now } = options;
  const late = AbortSignal.timeout(options.openingMs ?? OPENING_MS);
  const signal = AbortSignal.any([late, ...(options.signal === undefined ? [] : [options.signal])]);
  let transaction: WorkTransaction | undefined;
  let control: Control | undefined;
  // Set once there is a session to tell.
  let broken: () => void = () => undefined;
  const giveUp = () => void transaction?.link.end(0);
  signal.addEventListener('abort', giveUp, { once: true });
  try {
    const ledger = new Ledger(now);
    transaction = await WorkTransaction.open(settings, signal, {
      ...(options.timeouts === undefined ? {} : { timeouts: options.timeouts }),
      planner: setBy(options),
      record: link => recorded(link, 'work', ledger),
    });
    await requireAccepted(transaction, options.intended ?? []);
    const openedAt = now();
    const patienceMs = Math.min(PATIENCE_MS, options.silenceMs ?? SILENCE_MS);
    control = await Control.open(settings, transaction.backend, () => broken(), {
      signal,
      patienceMs,
      record: link => recorded(link, 'control', ledger),
    });
    const { link } = transaction;
    const role = options.role === undefined ? undefined : await roleScope(link, options.role, setBy(options));
    if (role !== undefined) transaction.role = { scope: role, ownSchema: '' };
    const { queryScope } = transaction;
    const paths = () =>
      Promise.all([link.query(SCHEMAS_ON_PATH), asQueries(link, queryScope, SCHEMAS_ON_PATH)]);
    // One round trip: they share the pipeline.
    const [
      { version, database, user },
      mayHide,
      whyNot,
      hypopg,
      ,
      tables,
      columns,
      indexes,
      catalog,
      functions,
    ] = await Promise.all([
      serverFacts(link),
      chooseHiding(link),
      whyNothingCanBeBuilt(link),
      findHypopg(link),
      // Before anything is built.
      requirePostgres(link),
      tableFacts(link),
      tableColumns(link),
      existingIndexes(link),
      catalogState(link),
      // What a lens's functions may do is bounded by its roles.
      options.lens === undefined
        ? paths().then(rows => FunctionCheck.open(link, workload, rows.flatMap(schemasOf)))
        : undefined,
    ]);
    const lasting = await readLasting(transaction);
    const bypassed = await rowSecurityBypassed(link, queryScope, functions?.tables ?? []);
    const hiding = options.hiding ?? mayHide;
    const mayBuild = options.lens === undefined && whyNot === undefined;
    // Before a text is sent that may not be.
    const admitted = workload.proposals.filter(
      proposal => functions?.admits(proposalTexts(proposal)) ?? true,
    );
    const { found, likeness } = mayBuild
      ? // What is tried out there would be the first that the session's own transaction writes.
        await control.aside(transaction, async aside => {
          const objects = await findObjects(aside, admitted);
          return { found: objects, likeness: await likenesses(aside, admitted, objects) };
        })
      : { found: new Map<Statement, Found>(options.lens?.found), likeness: undefined };
    const opened: Extract<SessionEvent, { type: 'session:opened' }> = {
      type: 'session:opened',
      serverVersion: version,
      database,
      user,
      hiding,
      openedAt,
      cannotBuild: nothingCanBeBuilt(whyNot, hypopg),
      lens: options.lens?.facts,
      hypopg: hypopg?.refusal === undefined ? hypopg?.version : undefined,
      refusals: [...(functions?.refusals ?? []), ...takenNames(workload.proposals, found)],
      likeness,
      inPlace: options.lens?.inPlace ?? inPlaceAmong(workload.proposals, found),
      role: role && { name: role.role, missing: role.missing },
      rowSecurityBypassed: bypassed,
      hiddenPlans: functions?.hiddenPlans(workload),
      tables,
      indexes: options.lens === undefined ? indexes : ofDatabase(indexes, options.lens.names),
      columns,
      settings: setBy(options),
    };
    const session = new Session(options, transaction, control, ledger, hiding, opened, {
      whyNot,
      hypopg,
      catalog,
      lasting,
      functions,
      found,
    });
    broken = () => session.lose('the control connection cannot be had any more');
    return session;
  } catch (error) {
    await Promise.all([transaction?.link.end(), control?.close()]);
    if (options.signal?.aborted === true) throw new PgoptError('cancelled', 'interrupted while connecting');
    if (late.aborted) throw new PgoptError('connection-refused', 'the server does not answer');
    if (!(error instanceof DatabaseError)) throw error;
    if (FATAL.test(error.code)) throw new PgoptError('connection-lost', `connection lost (${error.message})`);
    throw new PgoptError('session-refused', `the server refused the session: ${error.message}`);
  } finally {
    signal.removeEventListener('abort', giveUp);
  }
}

/** A lens holds the proposals' indexes from the start, and counts no scans. */
const ofDatabase = (indexes: readonly IndexFacts[], names: SessionNames): readonly IndexFacts[] =>
  indexes.filter(({ name }) => names.original(name) === name).map(index => ({ ...index, scans: undefined }));

/** What this session sets for all its queries: --set goes before the workload's own. */
const setBy = ({ workload, planner = [] }: SessionOptions): readonly SetForAll[] =>
  lastOfEach([
    ...(workload.settings ?? []).map(choice => ({ ...choice, source: 'workload.json' })),
    ...planner.map(choice => ({ ...choice, source: '--set' })),
  ]);

class Session implements ExplorerSession {
  private readonly knowledge = new Knowledge();
  private readonly names: SessionNames;
  private readonly listeners = new Set<(event: SessionEvent) => void>();
  private wished: Wish | undefined;
  private running: Running | undefined;
  private readonly errands = new ErrandQueue();
  private wake: () => void = () => undefined;
  private workload: Workload;
  private inspecting = false;
  private verifying = false;
  /** What was looked up last, and how to ask the other connection again. */
  private looked: { readonly verified: Verified; readonly outsideSql: string } | undefined;
  private idle = false;
  /** Set as soon as HypoPG was asked for anything. */
  private imagining: Hypopg | undefined;
  /** How often a plan was asked for. */
  private explains = 0;
  private ended: 'no' | 'lost' | 'closing' = 'no';
  private lostBecause: string | undefined;
  /** Builds that failed for want of a relation, which another proposal may still bring. */
  private readonly lacking = new Set<string>();
  /** (query, configuration) whose executed plan was not the one that was estimated, once. */
  private readonly contradicted = new Set<string>();
  private closing: Promise<void> | undefined;
  private readonly loop: Promise<void>;
  private readonly unwatch: () => void;

  constructor(
    private readonly options: SessionOptions,
    private readonly transaction: WorkTransaction,
    private readonly control: Control,
    private readonly ledger: Ledger,
    private readonly hiding: Hiding,
    private readonly opened: Extract<SessionEvent, { type: 'session:opened' }>,
    private readonly means: {
      /** Why nothing can be built here. */
      readonly whyNot: string | undefined;
      readonly hypopg: Hypopg | undefined;
      /** When the transaction began. */
      readonly catalog: CatalogState;
      /** What ROLLBACK does not undo, when it began. */
      readonly lasting: Lasting | undefined;
      /** undefined in a lens. */
      readonly functions: FunctionCheck | undefined;
      /** What has the names of the proposals' objects. */
      readonly found: Map<Statement, Found>;
    },
  ) {
    this.workload = options.workload;
    this.names = options.lens?.names ?? newNames();
    const { role } = transaction;
    if (role !== undefined) transaction.role = { ...role, ownSchema: this.names.schema };
    for (const proposal of this.workload.proposals)
      if (hasItsViews(proposal, means.found) || options.lens?.inPlace.has(proposal.id) === true)
        this.knowledge.inPlace.add(proposal.id);
    void transaction.link.lost.then(reason => this.lose(reason));
    const { silenceMs } = options;
    this.unwatch = watchWork(transaction.link, control, reason => this.lose(reason), silenceMs);
    this.loop = this.work();
  }

  subscribe(listener: (event: SessionEvent) => void): () => void {
    tell(listener, this.opened);
    // What a lens holds was found before anybody could listen.
    if (this.options.lens !== undefined) {
      for (const [proposalId, built] of this.knowledge.built)
        tell(listener, { type: 'build:finished', proposalId, built: projected(built) });
      for (const [proposalId, reason] of this.knowledge.failedBuilds)
        tell(listener, { type: 'build:failed', proposalId, reason });
    }
    if (this.lostBecause !== undefined) tell(listener, { type: 'session:lost', reason: this.lostBecause });
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  wish(wish: Wish): void {
    if (this.ended !== 'no') return;
    const before = this.wished;
    this.wished = wish;
    this.knowledge.dismissedMeasurements.clear();
    this.knowledge.dismissedAnswers.clear();
    this.knowledge.forgetTransientFailures();
    for (const id of wish.proposals) {
      if (before?.proposals.includes(id)) continue;
      this.knowledge.dismissedBuilds.delete(id);
      this.knowledge.failedBuilds.delete(id);
      if (!this.knowledge.built.has(id)) this.emit({ type: 'build:queued', proposalId: id });
    }
    this.tellEstimates();
    this.preempt();
  }

  measureAgain(queryId: string): void {
    const { wished, knowledge } = this;
    if (wished === undefined || this.ended !== 'no') return;
    knowledge.forgetTransientFailures();
    for (const effective of knowledge.configurations(wished)) {
      const fingerprint = knowledge.estimate(queryId, effective)?.plan?.fingerprint;
      if (fingerprint !== undefined) knowledge.forgetMeasurement(queryId, fingerprint);
    }
    this.preempt();
  }

  revise(workload: Workload): void {
    if (this.ended !== 'no') return;
    const gone = this.workload.proposals.filter(proposal => !workload.proposals.includes(proposal));
    const rewritten = rewrittenQueries(this.workload, workload);
    this.workload = workload;
    const { running } = this;
    for (const [before, after] of rewritten) {
      // What it is about to learn would be of the texts that were.
      if (running !== undefined && queryOf(running.job) === after.id) this.stop(running);
      this.knowledge.reviseRewrites(before, after);
    }
    for (const { id, kind } of gone) {
      if (running?.job.kind === 'build' && running.job.proposalId === id) this.stop(running);
      this.knowledge.retire(id, kind === 'drop');
    }
    this.preempt();
  }

  cancel(): void {
    const { running, knowledge } = this;
    if (running === undefined) return;
    const { job } = running;
    if (job.kind === 'build') knowledge.dismissedBuilds.add(job.proposalId);
    if (job.kind === 'measure') {
      knowledge.dismissedMeasurements.add(measurementKey(job.queryId, job.fingerprint));
    }
    if (job.kind === 'interleave')
      for (const { fingerprint } of Object.values(job.plans))
        knowledge.dismissedMeasurements.add(measurementKey(job.queryId, fingerprint));
    if (job.kind === 'compare') knowledge.dismissedAnswers.add(answerKey(job.queryId, job.rewrite));
    if (job.kind === 'errand')
      this.errands.finish(job.pending, { kind: 'failed', reason: 'cancelled', transient: false });
    this.stop(running);
  }

  errand(errand: Errand, signal?: AbortSignal): Promise<ErrandAnswer> {
    if (this.ended !== 'no') return Promise.resolve({ kind: 'ended' });
    const answered = this.errands.add(errand, signal, pending => {
      const { running } = this;
      if (running?.job.kind === 'errand' && running.job.pending === pending) this.stop(running);
    });
    // A run that it interrupts is begun anew; a build, or what is nearly done, is waited for.
    const { running } = this;
    const { job } = running ?? {};
    const runs = job !== undefined && isRun(job);
    const long = runs || (job?.kind === 'errand' && job.pending.errand.kind === 'run');
    if (errand.kind === 'read' && running !== undefined && long) this.stop(running);
    this.wake();
    return answered;
  }

  inspect(): void {
    if (this.inspecting || this.ended !== 'no') return;
    this.inspecting = true;
    void this.control.held().then(held => {
      this.inspecting = false;
      if (this.ended !== 'no') return;
      this.emit({
        type: 'session:inspected',
        entries: this.ledger.list(),
        total: this.ledger.total,
        held,
      });
    });
  }

  readSettings(): void {
    if (this.ended !== 'no') return;
    void this.control.ask(READ_SETTINGS).then(
      rows => this.tellSettings(settingFacts(rows, this.ownSettings())),
      () => this.tellSettings(undefined),
    );
  }

  trySetting(choice: SettingChoice): void {
    if (this.ended !== 'no') return;
    void tried(this.control, choice).then(event => {
      if (this.ended === 'no') this.emit(event);
    });
  }

  verify(): void {
    if (this.ended !== 'no') return;
    this.verifying = true;
    this.wake();
  }

  close(): Promise<void> {
    this.closing ??= this.end();
    return this.closing;
  }

  // --- the loop ---

  private async work(): Promise<void> {
    while (this.ended === 'no') {
      if (this.verifying) {
        await this.tellVerified();
        continue;
      }
      const job = this.urgent() ?? this.next() ?? this.nextErrand();
      if (job === undefined || job.kind === 'errand') {
        if (this.wished !== undefined && !this.idle) {
          this.idle = true;
          this.emit({ type: 'session:idle' });
          // The listeners of `idle` may have wished already.
          continue;
        }
      } else this.idle = false;
      if (job === undefined) {
        await new Promise<void>(resolve => {
          this.wake = resolve;
        });
        continue;
      }
      this.running = { job, cancelled: false, cancellable: true };
      try {
        await this.perform(job, this.running);
      } catch (error) {
        // A DatabaseError here means that even the roll-back failed: the transaction is gone.
        this.lose(error instanceof Error ? error.message : String(error));
      }
      this.running = undefined;
      // A cancel still on its way would hit whatever is sent next.
      await this.control.settled();
    }
  }

  /** Between two jobs, where nothing can cancel it: it is one round trip inside, and one outside. */
  private async tellVerified(): Promise<void> {
    this.verifying = false;
    const { knowledge, transaction } = this;
    // An index to drop was there before.
    const own = [...knowledge.built].filter(([id]) => this.proposal(id).kind !== 'drop');
    const made = oidsOf([...own.map(([, built]) => built), ...knowledge.retired]);
    try {
      const [state, id] = await transaction.probe(VERIFY_INSIDE).catch((error: unknown) => {
        if (error instanceof DatabaseError && transaction.link.transactionStatus() === 'T') return [];
        throw error;
      });
      const lasting = { opening: this.means.lasting, now: await readLasting(transaction) };
      const transactionId = id?.[0]?.id;
      const sql = outsideSql(made, typeof transactionId === 'string' ? transactionId : undefined);
      const outside = id === undefined ? undefined : await this.control.outside(sql);
      if (this.ended !== 'no') return;
      const verified = {
        opening: this.means.catalog,
        now: state === undefined ? undefined : stateOf(state[0]),
        made: made.relations.length + made.statistics.length,
        outside,
        lasting,
        unseen: this.means.functions?.unseen,
      };
      this.looked = { verified, outsideSql: sql };
      this.emit({ type: 'session:verified', verified });
    } catch (error) {
      this.lose(error instanceof Error ? error.message : String(error));
    }
  }

  /** After the roll-back, from the other connection: that there is nothing is true only now. */
  private async lookAgain(): Promise<void> {
    if (this.looked === undefined) return;
    const { verified, outsideSql } = this.looked;
    const outside = await this.control.outside(outsideSql);
    if (outside !== undefined) this.emit({ type: 'session:verified', verified: { ...verified, outside } });
  }

  private next(): Job | undefined {
    if (this.wished === undefined) return undefined;
    const { eager, interleave, estimatesOnly, lens } = this.options;
    const job = nextJob(this.wished, this.knowledge, this.workload, eager, interleave);
    return job !== undefined && isRun(job) && (estimatesOnly === true || lens !== undefined)
      ? undefined
      : job;
  }

  private urgent(): Task | undefined {
    const pending = this.errands.urgent;
    return pending === undefined ? undefined : { kind: 'errand', pending };
  }

  private nextErrand(): Task | undefined {
    const pending = this.errands.first;
    return pending === undefined ? undefined : { kind: 'errand', pending };
  }

  private preempt(): void {
    const { running, wished } = this;
    this.idle = false;
    if (running !== undefined && wished !== undefined) {
      const next = this.next();
      const { job } = running;
      if (job.kind === 'errand' ? next !== undefined : givesWay(job, next, wished)) this.stop(running);
    }
    this.wake();
  }

  private stop(running: Running): void {
    if (running.cancelled || !running.cancellable) return;
    running.cancelled = true;
    // A signal that arrives between two statements is ignored by the server: again, until the job has ended.
    const send = () => {
      if (this.running !== running || !running.cancellable) return clearInterval(again);
      this.control.cancelWork();
    };
    const again = setInterval(send, CANCEL_INTERVAL_MS);
    send();
  }

  private async perform(job: Task, running: Running): Promise<void> {
    switch (job.kind) {
      case 'estimate':
        return this.estimate(job.queryId, job.effective, running);
      case 'build':
        return this.build(this.proposal(job.proposalId), running);
      case 'measure':
        return this.measure(job, running);
      case 'interleave':
        return this.interleave(job, running);
      case 'compare':
        await this.compare(job, running);
        return;
      case 'errand': {
        const answer = await this.runErrand(job.pending.errand, running);
        // Interrupted by a wish: it stays first in the queue.
        if (answer !== undefined) this.errands.finish(job.pending, answer);
        // Its events reported work: listeners hear that it is over.
        if (job.pending.errand.kind === 'build' || job.pending.errand.kind === 'compare') this.idle = false;
      }
    }
  }

  /** @returns undefined when it was interrupted. */
  private async runErrand(errand: Errand, running: Running): Promise<ErrandAnswer | undefined> {
    const { knowledge } = this;
    const { workload } = this;
    const has = (list: readonly { readonly id: string }[], id: string) => list.some(item => item.id === id);
    const gone = (what: string): ErrandAnswer => ({
      kind: 'failed',
      reason: `${what} is gone`,
      transient: false,
    });
    if (errand.kind === 'build') {
      const { proposalId } = errand;
      if (!has(workload.proposals, proposalId)) return gone(proposalId);
      if (!knowledge.built.has(proposalId) && !knowledge.failedBuilds.has(proposalId))
        await this.build(this.proposal(proposalId), running);
      const built = knowledge.built.get(proposalId);
      if (built !== undefined) return { kind: 'built', built: publicly(built) };
      const reason = knowledge.failedBuilds.get(proposalId);
      return reason === undefined ? undefined : { kind: 'failed', reason, transient: false };
    }
    if (errand.kind === 'read') return this.read(errand.statements, running);
    const { queryId } = errand;
    if (!has(workload.queries, queryId)) return gone(queryId);
    if (this.options.lens !== undefined && errand.kind !== 'estimate')
      return { kind: 'failed', reason: 'a lens has no rows: nothing can be run in it', transient: false };
    if (errand.kind === 'compare') {
      const key = answerKey(queryId, errand.rewrite);
      const { rewrite, limitMs } = errand;
      const answer =
        knowledge.answers.get(key) ??
        (await this.compare({ kind: 'compare', queryId, rewrite }, running, limitMs));
      return answer && { kind: 'compared', answer };
    }
    const effective = knowledge.effective(errand.proposals, errand.settings);
    if (errand.kind === 'estimate') {
      if (knowledge.estimate(queryId, effective)?.transient === true)
        knowledge.forgetEstimate(queryId, effective);
      const known = knowledge.estimate(queryId, effective);
      const before = this.explains;
      if (known === undefined) await this.estimate(queryId, effective, running);
      const { plan, rewrite, failure, transient = false } = knowledge.estimate(queryId, effective) ?? {};
      const explains = this.explains - before;
      if (plan !== undefined) return { kind: 'estimated', plan, rewrite, explains };
      return failure === undefined ? undefined : { kind: 'failed', reason: failure, transient };
    }
    if (errand.kind === 'whyUnused') return this.explain(errand, effective, running);
    const { rewrite, look, limitMs } = errand;
    const sql = sqlOf(this.query(queryId), rewrite);
    const startedAt = this.options.now();
    try {
      const plan = await this.look(running, queryId, sql, look, effective, limitMs);
      return { kind: 'ran', plan, ms: totalMs(plan) };
    } catch (error) {
      if (running.cancelled || this.ended !== 'no') return undefined;
      if (timedOut(error, this.options.now() - startedAt, limitMs))
        return { kind: 'stopped', afterMs: limitMs };
      const transient = error instanceof DatabaseError && TRANSIENT.test(error.code);
      return { kind: 'failed', reason: this.reason(error), transient };
    }
  }

  private async explain(
    { queryId, proposalId, race }: Errand & { kind: 'whyUnused' },
    effective: readonly string[],
    running: Running,
  ): Promise<ErrandAnswer | undefined> {
    const { knowledge, workload, hiding, transaction } = this;
    const failed = (reason: string, transient = false): ErrandAnswer => ({
      kind: 'failed',
      reason,
      transient,
    });
    const proposal = workload.proposals.find(({ id }) => id === proposalId);
    const built = knowledge.built.get(proposalId);
    if (proposal === undefined || built === undefined || built.hypothetical === true)
      return failed(`${proposalId} is not built`);
    if (knowledge.estimate(queryId, effective) === undefined)
      await this.estimate(queryId, effective, running);
    const { plan, failure, rewrite } = knowledge.estimate(queryId, effective) ?? {};
    if (plan === undefined) return failure === undefined ? undefined : failed(failure);
    const query = this.query(queryId);
    const sql = sqlOf(query, rewrite);
    const hasValues = query.values !== undefined;
    const drops = new Set(workload.proposals.filter(({ kind }) => kind === 'drop').map(({ id }) => id));
    try {
      const chosen = plan;
      const question = { proposal, built, effective, sql, hasValues, chosen, hiding, race, drops };
      const unused = await whyUnused(question, {
        undone: work => this.patiently(running, [], () => transaction.undone(work)),
        look: (look, under, persuasion, limitMs) =>
          this.look(running, queryId, sql, look, under, limitMs, persuasion),
        scope: () => transaction.queryScope,
        role: transaction.role?.scope.role,
        now: this.options.now,
      });
      return { kind: 'explained', unused };
    } catch (error) {
      if (running.cancelled || this.ended !== 'no') return undefined;
      return failed(this.reason(error), error instanceof DatabaseError && TRANSIENT.test(error.code));
    }
  }

  private async read(statements: readonly Sql[], running: Running): Promise<ErrandAnswer | undefined> {
    try {
      const [, ...answers] = await this.patiently(running, [], () =>
        this.transaction.probe(['SET LOCAL transaction_read_only = on', ...statements]),
      );
      return { kind: 'read', answers, names: this.names };
    } catch (error) {
      if (running.cancelled || this.ended !== 'no') return undefined;
      const transient = error instanceof DatabaseError && TRANSIENT.test(error.code);
      return { kind: 'failed', reason: this.reason(error), transient };
    }
  }

  private async estimate(queryId: string, effective: readonly string[], running: Running): Promise<void> {
    const query = this.query(queryId);
    const texts = textsFor(query, effective, this.knowledge.inPlace);
    const isRevised = () => this.query(queryId).rewrites !== query.rewrites;
    let text = texts[0];
    try {
      let best: { readonly plan: Plan; readonly text: QueryText } | undefined;
      for (text of texts) {
        const plan = await this.look(running, queryId, text.sql, 'estimate', effective);
        if (best === undefined || plan.root.totalCost < best.plan.root.totalCost) best = { plan, text };
      }
      const plan = best && (await this.withReliedOn(running, queryId, best, effective));
      if (isRevised()) return;
      this.knowledge.learnEstimate(queryId, effective, {
        plan,
        failure: undefined,
        rewrite: best?.text.rewrite,
      });
    } catch (error) {
      const reason = this.reason(error);
      if (running.cancelled || this.ended === 'lost' || isRevised()) return;
      const transient = error instanceof DatabaseError && TRANSIENT.test(error.code);
      this.knowledge.learnEstimate(queryId, effective, {
        plan: undefined,
        failure: reason,
        rewrite: text?.rewrite,
        transient,
      });
    }
    this.tellEstimate(queryId, effective);
  }

  /**
   * Not every proposal that a plan owes something to is read in it: a join may be left out because of a unique index, or
   * an estimate may come from statistics. Those are relied on without which the planner chooses another plan.
   */
  private async withReliedOn(
    running: Running,
    queryId: string,
    { plan, text }: { readonly plan: Plan; readonly text: QueryText },
    effective: readonly string[],
  ): Promise<Plan> {
    const uses = [...(plan.uses ?? [])];
    for (const [id, { hideable }] of this.knowledge.built) {
      const isOn = effective.includes(id);
      const isThere = isOn !== (this.proposal(id).kind === 'drop');
      if (!isThere || uses.includes(id) || !hideable.some(({ informs }) => informs)) continue;
      const without = isOn ? effective.filter(other => other !== id) : [...effective, id];
      const other = await this.look(running, queryId, text.sql, 'estimate', without);
      if (shownBy(other.fingerprint) !== shownBy(plan.fingerprint)) uses.push(id);
    }
    return { ...plan, uses };
  }

  private async build(proposal: Proposal, running: Running): Promise<void> {
    const { knowledge, options } = this;
    const proposalId = proposal.id;
    const { whyNot } = this.means;
    if (options.lens !== undefined) return this.find(proposal, options.lens);
    try {
      await this.admit(proposalTexts(proposal));
    } catch (error) {
      return this.fail(proposalId, this.reason(error));
    }
    if (whyNot !== undefined) return this.imagine(proposal, whyNot, running);
    const { found } = this.means;
    // Proposed since the session was opened.
    if (!options.workload.proposals.includes(proposal))
      for (const [statement, one] of await findObjects(this.transaction, [proposal]))
        found.set(statement, one);
    const taken = takenReason(proposal, found);
    if (taken !== undefined) return this.fail(proposalId, taken);
    const startedAt = options.now();
    let position = 0;
    let count = 1;
    const tick = async () => {
      const progress = await this.control.buildProgress();
      if (this.running !== running || this.ended !== 'no') return;
      const indexesOnly = proposal.kind === 'index';
      this.emit({
        type: 'build:running',
        proposalId,
        // A view's own query reports no progress: only an all-index proposal has an honest fraction.
        fraction: indexesOnly ? (position + (progress?.fraction ?? 0)) / count : undefined,
        phase: progress?.phase ?? (proposal.kind === 'view' ? 'filling the view' : 'starting'),
        elapsedMs: options.now() - startedAt,
      });
    };
    void tick();
    const timer = setInterval(() => void tick(), PROGRESS_INTERVAL_MS);
    let locks: TableLock[] = [];
    const attempt = () =>
      this.transaction.keep(async link => {
        locks = await buildLocks(link, this.builtTogether(proposal), this.hiding);
        await takeLocks(link, locks);
        const starting = (at: number, of: number) => {
          if (running.cancelled) throw new DatabaseError('cancelled', '57014');
          position = at;
          count = of;
        };
        await dropRetiredViews(link, knowledge.retired);
        const lacks = lacking(proposal, found);
        const build = () => buildProposal(link, lacks ?? proposal, this.names, options.now, starting);
        const { timeoutMs } = this.workload.budgets;
        const wasCancelled = () => running.cancelled;
        const { trusted } = this.workload;
        const context = { rounds: WRITE_ROUNDS, timeoutMs, wasCancelled, now: options.now, trusted };
        const result =
          proposal.kind === 'drop'
            ? await lookUpIndexes(link, proposal, this.hiding, options.now)
            : lacks === undefined
              ? { ...NOTHING_BUILT, inPlace: describe(proposal, found) }
              : options.writeCost === true
                ? await buildWithCost(link, lacks, context, build)
                : await build();
        if (this.transaction.role !== undefined)
          await grantViews(link, result.hideable, this.transaction.role);
        running.cancellable = false;
        await this.control.settled();
        return result;
      });
    try {
      const made = await this.patiently(running, () => locks, attempt);
      const built = { ...made, unusable: await this.whyUnusable(made) };
      clearInterval(timer);
      knowledge.forgetRetiredViews();
      // Revised meanwhile: what was built belongs to no proposal any more.
      if (!this.workload.proposals.includes(proposal)) {
        if (proposal.kind !== 'drop') knowledge.retired.push(built);
        return;
      }
      knowledge.built.set(proposalId, built);
      if (built.changedStatistics) knowledge.forgetEstimates();
      this.emit({ type: 'build:finished', proposalId, built: publicly(built) });
      this.retryLacking();
      if (this.wished?.proposals.includes(proposalId)) this.tellEstimates();
    } catch (error) {
      clearInterval(timer);
      const reason = this.reason(error);
      if (this.ended === 'lost') return;
      if (!this.workload.proposals.includes(proposal)) return;
      if (error instanceof DatabaseError && error.code === UNDEFINED_TABLE) this.lacking.add(proposalId);
      if (running.cancelled) {
        this.emit({ type: 'build:cancelled', proposalId });
        return;
      }
      if (error instanceof DatabaseError && error.code === NOT_ALLOWED && proposal.kind !== 'drop')
        return this.imagine(proposal, reason, running);
      this.fail(proposalId, reason);
    }
  }

  /** An index that the planner passes over in this transaction says nothing about what it would do. */
  private async whyUnusable({ objects }: Built): Promise<string | undefined> {
    const [index] = objects.filter(({ usable }) => !usable);
    if (index === undefined) return undefined;
    const older = await this.control.olderTransactions();
    return unusableText(index, older);
  }

  /** What will be built in this session anyway: their tables are locked at once, and in one order. */
  private builtTogether(proposal: Proposal): readonly Proposal[] {
    const { workload, knowledge, options, wished } = this;
    // What asks for builds one by one, and wishes for nothing, asks for all of them.
    const expects = (id: string) => wished?.proposals.includes(id) ?? options.unattended === true;
    return workload.proposals.filter(
      one => one === proposal || (expects(one.id) && !knowledge.failedBuilds.has(one.id)),
    );
  }

  /**
   * Tries again while another session holds what ours needs: ours is the one that gives up.
   * @param locks What it wants. @throws DatabaseError 55P03 with the blocker, when it took too long.
   */
  private async patiently<T>(
    running: Running,
    locks: readonly TableLock[] | (() => readonly TableLock[]),
    attempt: () => Promise<T>,
  ): Promise<T> {
    const { timeouts = EMBEDDED_TIMEOUTS, unattended = false } = this.options;
    const startedAt = performance.now();
    for (let pauseMs = PAUSE_MS; ; pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS)) {
      try {
        return await attempt();
      } catch (error) {
        if (!isInTheWay(error) || running.cancelled || this.ended !== 'no') throw error;
        const wanted = typeof locks === 'function' ? locks() : locks;
        const blockers = await this.control.blockers(wanted);
        // A command of ours comes to an end by itself.
        const patienceMs = unattended && blockers.some(isOurs) ? OWN_PATIENCE_MS : timeouts.lockMs;
        if (patienceMs > 0 && performance.now() - startedAt >= patienceMs)
          throw new DatabaseError(busyText(wanted, blockers), error.code);
        // Two of ours that give up at the same time must not come back at the same time.
        await sleep(pauseMs * (0.5 + Math.random()));
        if (running.cancelled || this.ended !== 'no') throw error;
      }
    }
  }

  /** In a lens everything is there already, as large as it would be. */
  private async find(proposal: Proposal, { refused, found, inPlace }: LensContents): Promise<void> {
    const { id } = proposal;
    const why = refused.get(id) ?? takenReason(proposal, found);
    if (why !== undefined) return this.fail(id, why);
    const isThere = inPlace.get(id);
    try {
      const built: Built = await this.transaction.keep(async link =>
        proposal.kind === 'drop'
          ? lookUpIndexes(link, proposal, this.hiding, this.options.now)
          : isThere !== undefined
            ? { ...NOTHING_BUILT, inPlace: isThere }
            : {
                buildMs: 0,
                changedStatistics: false,
                ...(await readBackProposal(link, lacking(proposal, found) ?? proposal, this.names)),
              },
      );
      if (!this.workload.proposals.includes(proposal)) return;
      this.knowledge.built.set(id, built);
      this.emit({ type: 'build:finished', proposalId: id, built: projected(built) });
      if (this.wished?.proposals.includes(id)) this.tellEstimates();
    } catch (error) {
      if (!(error instanceof DatabaseError) || this.ended === 'lost') throw error;
      this.fail(id, this.reason(error));
    }
  }

  private fail(proposalId: string, reason: string): void {
    this.knowledge.failedBuilds.set(proposalId, reason);
    this.emit({ type: 'build:failed', proposalId, reason });
  }

  /** It cannot be built: through HypoPG it can be estimated, where that is installed. @param why A clause. */
  private async imagine(proposal: Proposal, why: string, running: Running): Promise<void> {
    const { hypopg } = this.means;
    const proposalId = proposal.id;
    if (proposal.kind === 'drop') return this.fail(proposalId, why);
    if (hypopg?.refusal !== undefined || hypopg === undefined) {
      const indexes = unimaginable(proposal) === undefined;
      return this.fail(proposalId, indexes ? `${why} (${insteadOfBuilding(hypopg)})` : why);
    }
    const never = unimaginable(proposal);
    if (never !== undefined) return this.fail(proposalId, `${never} (${why})`);
    try {
      this.imagining = hypopg;
      const built = await imagine(this.transaction, hypopg, proposal);
      if (!this.workload.proposals.includes(proposal)) return;
      this.knowledge.built.set(proposalId, built);
      const { buildMs, objects } = built;
      const bytes = objects.reduce((sum, object) => sum + object.bytes, 0);
      this.emit({
        type: 'build:finished',
        proposalId,
        built: { buildMs, bytes, objects, hypothetical: true },
      });
      if (this.wished?.proposals.includes(proposalId)) this.tellEstimates();
    } catch (error) {
      if (!(error instanceof DatabaseError) || this.ended === 'lost') throw error;
      if (running.cancelled) this.emit({ type: 'build:cancelled', proposalId });
      else this.fail(proposalId, refusalOf(error, why));
    }
  }

  /** What is on and hypothetical. From the first on, each estimate makes sure that there are no others. */
  private imagined(effective: readonly string[]): Imagined | undefined {
    if (this.imagining === undefined) return undefined;
    const on = effective.filter(id => this.knowledge.built.get(id)?.hypothetical === true);
    return imagined(
      this.imagining,
      on.map(id => this.proposal(id)),
    );
  }

  private retryLacking(): void {
    for (const id of this.lacking) {
      this.knowledge.failedBuilds.delete(id);
      this.emit({ type: 'build:queued', proposalId: id });
    }
    this.lacking.clear();
  }

  private async measure(job: Job & { kind: 'measure' }, running: Running): Promise<void> {
    const { queryId, fingerprint, effective } = job;
    const sql = sqlOf(this.query(queryId), this.knowledge.estimate(queryId, effective)?.rewrite);
    this.emit({ type: 'measurement:running', queryId, fingerprint, startedAt: this.options.now() });
    try {
      const measured = await measure(
        (look, timeoutMs) => this.look(running, queryId, sql, look, effective, timeoutMs),
        this.workload.budgets.timeoutMs,
        { ...(this.options.budget ?? MEASURE_BUDGET), ...(job.once === true ? { runs: 1 } : {}) },
        () => running.cancelled,
        this.options.now,
      );
      // What the planner relied on, a run does not say.
      const { uses } = this.knowledge.estimate(queryId, effective)?.plan ?? {};
      const tree = measured.tree && { ...measured.tree, uses: uses ?? measured.tree.uses ?? [] };
      const measurement = { ...measured, tree };
      const executed = measurement.tree ?? { fingerprint };
      if (executed.fingerprint !== fingerprint) {
        this.emit({ type: 'measurement:cancelled', queryId, fingerprint, by: 'wish' });
        if (!this.believe(job, measurement.tree)) return;
      }
      this.knowledge.learnMeasurement(queryId, executed.fingerprint, measurement);
      this.emit({
        type: 'measurement:finished',
        queryId,
        fingerprint: executed.fingerprint,
        configuration: configurationKey(this.knowledge.real(effective)),
        measurement,
      });
    } catch (error) {
      const reason = this.reason(error);
      if (this.ended === 'lost') return;
      if (running.cancelled) {
        const by = this.knowledge.isDismissed(queryId, fingerprint) ? 'user' : 'wish';
        this.emit({ type: 'measurement:cancelled', queryId, fingerprint, by });
        return;
      }
      this.knowledge.learnMeasurement(queryId, fingerprint, 'failed');
      this.emit({ type: 'measurement:failed', queryId, fingerprint, reason });
    }
  }

  /** More runs of two plans, until they can be compared. A run that fails takes nothing back that is known. */
  private async interleave(job: Job & { kind: 'interleave' }, running: Running): Promise<void> {
    const { queryId, plans, turns } = job;
    const { knowledge } = this;
    const sides = (['before', 'after'] as const).filter(side => turns.includes(side));
    const about = (side: Turn) => ({ queryId, fingerprint: plans[side].fingerprint });
    const startedAt = this.options.now();
    for (const side of sides)
      this.emit({ type: 'measurement:running', ...about(side), startedAt, more: true });
    const made = await takeTurns(turns, async side => {
      const { fingerprint, effective } = plans[side];
      const sql = sqlOf(this.query(queryId), knowledge.estimate(queryId, effective)?.rewrite);
      const { timeoutMs } = this.workload.budgets;
      const plan = await this.look(running, queryId, sql, 'run', effective, timeoutMs);
      return plan.fingerprint === fingerprint ? totalMs(plan) : undefined;
    });
    if (this.ended === 'lost') return;
    if (running.cancelled) {
      const by = knowledge.isDismissed(queryId, plans.after.fingerprint) ? 'user' : 'wish';
      for (const side of sides) this.emit({ type: 'measurement:cancelled', ...about(side), by });
      return;
    }
    if (made.before.length + made.after.length < turns.length)
      knowledge.learnUnrepeatable(queryId, [plans.before.fingerprint, plans.after.fingerprint]);
    for (const side of sides) {
      const { fingerprint, effective } = plans[side];
      const known = knowledge.measurement(queryId, fingerprint);
      if (known === undefined || known === 'failed') {
        // Revised meanwhile: what it was about is gone.
        this.emit({ type: 'measurement:cancelled', ...about(side), by: 'wish' });
        continue;
      }
      const measurement = withRuns(known, made[side]);
      knowledge.learnMeasurement(queryId, fingerprint, measurement);
      const configuration = configurationKey(knowledge.real(effective));
      this.emit({ type: 'measurement:finished', ...about(side), configuration, measurement });
    }
  }

  /** Before a text is sent. @throws PgoptError for one that reaches a function that is refused; DatabaseError */
  private async admit(texts: readonly Pick<TextToCheck, 'kind' | 'sql'>[]): Promise<void> {
    const { functions } = this.means;
    if (functions === undefined) return;
    // Written in the explorer, after the session began.
    if (!texts.every(text => functions.knows(text)))
      await this.transaction.keep(link => functions.add(link, textsOf(this.workload)));
    for (const text of texts) functions.admit(text);
  }

  /** @param mostMs Of all statements together; an answer that it cuts short is not kept. */
  private async compare(
    { queryId, rewrite }: Job & { kind: 'compare' },
    running: Running,
    mostMs = Number.POSITIVE_INFINITY,
  ): Promise<AnswerCheck | undefined> {
    const query = this.query(queryId);
    // Two answers in one statement, and the query's own may be the one that is too slow.
    const ownLimitMs = 2 * this.workload.budgets.timeoutMs;
    const { now } = this.options;
    const startedAt = now();
    this.emit({ type: 'answer:comparing', queryId, rewrite, startedAt });
    const asked = (sql: string) => {
      if (running.cancelled) throw new DatabaseError('cancelled', '57014');
      return ask(this.transaction, sql, Math.min(ownLimitMs, startedAt + mostMs - now()));
    };
    try {
      await this.admit([query.sql, sqlOf(query, rewrite)].map(sql => ({ kind: 'query', sql })));
      const compared = await compareAnswers(
        asked,
        query.sql,
        sqlOf(query, rewrite),
        Math.min(ownLimitMs, mostMs),
        () => running.cancelled || this.ended === 'lost',
      );
      const answer = { ...compared, explanation: this.names.cleanText(compared.explanation) };
      const isCutShort = mostMs < ownLimitMs && answer.verdict === 'not compared';
      if (!isCutShort) this.knowledge.answers.set(answerKey(queryId, rewrite), answer);
      this.emit({ type: 'answer:compared', queryId, rewrite, answer });
      return answer;
    } catch (error) {
      if (this.ended === 'lost') return undefined;
      if (error instanceof PgoptError) {
        const answer = nothing('not compared', this.reason(error));
        this.knowledge.answers.set(answerKey(queryId, rewrite), answer);
        this.emit({ type: 'answer:compared', queryId, rewrite, answer });
        return answer;
      }
      if (!running.cancelled) throw error;
      this.emit({ type: 'answer:cancelled', queryId, rewrite });
      return undefined;
    }
  }

  /**
   * What was executed is not what was estimated: the catalog is no part of the snapshot, and another session's ANALYZE changes
   * plans in the middle of a session. The first time the estimate is asked for anew; the second time the executed plan
   * is the one that counts, or a plan that keeps changing would be measured for ever.
   * @returns Whether the executed plan counts.
   */
  private believe({ queryId, effective }: Job & { kind: 'measure' }, plan: Plan | undefined): boolean {
    const key = estimateKey(queryId, effective);
    if (!this.contradicted.has(key)) {
      this.contradicted.add(key);
      this.knowledge.forgetEstimate(queryId, effective);
      return false;
    }
    const rewrite = this.knowledge.estimate(queryId, effective)?.rewrite;
    this.knowledge.learnEstimate(queryId, effective, { plan, failure: undefined, rewrite });
    this.tellEstimate(queryId, effective);
    return true;
  }

  private async look(
    running: Running,
    queryId: string,
    sql: string,
    look: Look,
    effective: readonly string[],
    timeoutMs?: number,
    persuasion: Persuasion = { hide: [], choices: [] },
  ): Promise<Plan> {
    if (running.cancelled) throw new DatabaseError('cancelled', '57014');
    if (this.options.lens !== undefined && look !== 'estimate') throw new Error('nothing is run in a lens');
    await this.admit([{ kind: 'query', sql }]);
    if (look === 'estimate') this.explains++;
    // A proposal to drop hides an index where it is in effect; any other one shows what it built there.
    const off = [...this.knowledge.built].filter(
      ([id]) => effective.includes(id) === (this.proposal(id).kind === 'drop'),
    );
    const hidden = [
      ...off.flatMap(([, built]) => built.hideable),
      ...this.knowledge.retired.flatMap(({ hideable }) => hideable),
    ];
    const hide = [...hideStatements(this.hiding, hidden), ...persuasion.hide];
    const locks = hidingLocks(this.hiding, hidden);
    const functions = this.means.functions?.of({ kind: 'query', sql }).hiddenPlans ?? [];
    const imagined = this.imagined(effective);
    const choices = [...settingsIn(effective), ...persuasion.choices];
    // A lens from outside may define a function that the planner runs, and that never ends.
    const limitMs = timeoutMs ?? (this.options.lens === undefined ? undefined : LENS_PLANNING_MS);
    const plan = await this.patiently(running, locks, () =>
      probe(this.transaction, this.names, sql, look, {
        hide,
        locks,
        timeoutMs: limitMs,
        replans: functions.length > 0 && look !== 'estimate',
        imagined,
        choices,
        owners: ownersOf(this.knowledge.built),
      }),
    );
    // The same plan for other values is the same plan; its run time is still each query's own.
    const structure =
      this.query(queryId).values === undefined ? plan.fingerprint : fingerprintOf(flattenPlan(plan), 'any');
    // An index that is there may have the name of one that is not: their plans are no less different.
    const reality = plan.hypothetical === true ? `${structure}-hypothetical` : structure;
    const own = functions.length === 0 ? reality : under(reality, configurationKey(effective));
    const hiding = functions.length === 0 ? {} : { hiddenPlans: functions };
    return { ...plan, ...hiding, fingerprint: whatRuns(plan, own, choices) };
  }

  // --- telling ---

  private tellSettings(settings: readonly SettingFact[] | undefined): void {
    if (this.ended === 'no') this.emit({ type: 'settings:read', settings });
  }

  /** What this transaction sets for all its queries. */
  private ownSettings() {
    return this.opened.settings ?? [];
  }

  private emit(event: SessionEvent): void {
    for (const listener of [...this.listeners]) tell(listener, event);
  }

  /** Everything known that answers the latest wish, the query in view first. */
  private tellEstimates(): void {
    const { wished, knowledge } = this;
    if (wished === undefined) return;
    const configurations = knowledge.configurations(wished);
    const queries = [...this.workload.queries].sort(
      (a, b) => Number(b.id === wished.queryId) - Number(a.id === wished.queryId),
    );
    for (const query of queries) {
      for (const configuration of configurations) this.tellEstimate(query.id, configuration);
    }
  }

  private tellEstimate(queryId: string, effective: readonly string[]): void {
    const { wished, knowledge } = this;
    const estimate = knowledge.estimate(queryId, effective);
    if (wished === undefined || estimate === undefined) return;
    const answer = (configuration: string, missing: readonly string[]) => {
      const common = { queryId, configuration, revision: wished.revision };
      const { plan, failure, rewrite } = estimate;
      if (plan !== undefined) this.emit({ type: 'plan:estimated', ...common, missing, plan, rewrite });
      else this.emit({ type: 'plan:failed', ...common, reason: failure ?? '' });
    };
    const key = configurationKey(effective);
    const wishedKey = configurationKey(wished.proposals, wished.settings);
    if (
      key === configurationKey(knowledge.effective(wished.proposals, wished.settings)) &&
      wishedKey !== ''
    ) {
      answer(
        wishedKey,
        wished.proposals.filter(id => !knowledge.built.has(id)),
      );
    }
    if (key === '') answer('', []);
  }

  private reason(error: unknown): string {
    // Names of this session's own would only puzzle a reader.
    const { place } = error instanceof PgoptError ? error : {};
    const where = place === undefined ? '' : `${place.file}:${place.line}:${place.column}: `;
    const message = this.names.cleanText(where + (error instanceof Error ? error.message : String(error)));
    // data_corrupted: the planner called a function, of constants, that reads a table.
    if (this.options.lens !== undefined && error instanceof DatabaseError && error.code === 'XX001')
      return 'planning it runs a function that reads a table, and a lens has no rows';
    return message;
  }

  // --- the end ---

  /** The transaction is gone; tells so, once. */
  lose(reason: string): void {
    if (this.ended !== 'no') return;
    this.lostBecause = reason;
    this.ended = 'lost';
    this.unwatch();
    this.emit({ type: 'session:lost', reason });
    this.errands.close();
    this.wake();
  }

  private async end(): Promise<void> {
    const lost = this.ended === 'lost';
    if (!lost) this.ended = 'closing';
    this.errands.close();
    this.unwatch();
    if (this.running !== undefined && !lost) this.stop(this.running);
    this.wake();
    const late = (ms: number) =>
      new Promise<'late'>(resolve => {
        setTimeout(resolve, ms, 'late').unref();
      });
    try {
      // A pooler gives the server's process to the next one, with what is in its memory.
      const forget = this.imagining === undefined ? [] : [clearing(this.imagining)];
      const rolledBack = this.loop.then(() => this.transaction.rollback(forget));
      const calm = lost ? 'late' : await Promise.race([rolledBack, late(CLOSE_PATIENCE_MS)]);
      // Its server process may not know yet that its client is gone, and would keep the locks.
      const last = calm === 'late' ? this.control.endWork() : this.lookAgain();
      await Promise.race([last, late(END_WORK_PATIENCE_MS)]);
    } finally {
      await Promise.all([this.transaction.link.end(lost ? 0 : GOODBYE_MS), this.control.close()]);
    }
    this.emit({ type: 'session:closed' });
    this.listeners.clear();
  }

  private query(id: string): Query {
    const query = this.workload.queries.find(candidate => candidate.id === id);
    if (query === undefined) throw new Error(`no query ${id}`);
    return query;
  }

  private proposal(id: string): Proposal {
    const proposal = this.workload.proposals.find(candidate => candidate.id === id);
    if (proposal === undefined) throw new Error(`no proposal ${id}`);
    return proposal;
  }
}

/** The query that a job is about; undefined for a build or a read. */
function queryOf(job: Task): string | undefined {
  const about = job.kind === 'errand' ? job.pending.errand : job;
  return 'queryId' in about ? about.queryId : undefined;
}

/** Queries whose rewrites are others now, as they were and as they are. */
const rewrittenQueries = (before: Workload, after: Workload): readonly (readonly [Query, Query])[] =>
  after.queries.flatMap(query => {
    const was = before.queries.find(({ id }) => id === query.id);
    return was === undefined || was.rewrites === query.rewrites ? [] : [[was, query] as const];
  });

/** What a build tells everyone; how it is hidden is the session's own business. */
function publicly({ buildMs, objects, cost, inPlace, unusable }: Built): BuiltProposal {
  const bytes = objects.reduce((sum, object) => sum + object.bytes, 0);
  return {
    buildMs,
    bytes,
    objects,
    cost,
    ...(inPlace === undefined ? {} : { inPlace }),
    ...(unusable === undefined ? {} : { unusable }),
  };
}

/** What is in a lens. */
const projected = (built: Built): BuiltProposal => ({ ...publicly(built), projected: true });

const isRun = ({ kind }: Task): boolean => kind === 'measure' || kind === 'interleave' || kind === 'compare';

/** A listener that throws is a bug of its own: it is reported as one, and the session goes on. */
function tell(listener: (event: SessionEvent) => void, event: SessionEvent): void {
  try {
    listener(event);
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}
