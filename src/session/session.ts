/**
 * The session: one transaction, one job at a time; the latest desired state wins. It answers in typed events
 * (events.ts). schedule.ts decides what comes next, jobs/ does it, knowledge.ts keeps the results.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { DatabaseError } from '../base/databaseError.ts';
import type { SettingChoice } from '../workload/plannerSettings.ts';
import type { Query, Workload } from '../workload/workload.ts';
import {
  type BackgroundAnswer,
  BackgroundQueue,
  type BackgroundTask,
  type Pending,
} from './backgroundTasks.ts';
import { clearing } from './builders/hypothetical.ts';
import { emit, type Running, type SessionCore, type Task } from './core.ts';
import {
  answerKey,
  type DesiredState,
  type ExplorerSession,
  measurementKey,
  type SessionEvent,
} from './events.ts';
import { runTask } from './jobs/background.ts';
import { build, projected } from './jobs/build.ts';
import { compare } from './jobs/compare.ts';
import { estimate } from './jobs/estimate.ts';
import { interleave, measurePlan } from './jobs/measure.ts';
import type { Ledger } from './ledger.ts';
import { givesWay, type Job, nextJob } from './schedule.ts';
import { READ_SETTINGS, settingFacts, tried } from './settingFacts.ts';
import { oidsOf, outsideSql, stateOf, VERIFY_INSIDE, type Verified } from './verify.ts';
import { readLasting, watchWork } from './watch.ts';

const CANCEL_INTERVAL_MS = 100;
const CLOSE_PATIENCE_MS = 700;
const END_WORK_PATIENCE_MS = 400;
const GOODBYE_MS = 300;

export class Session implements ExplorerSession {
  private readonly tasks = new BackgroundQueue();
  private wake: () => void = () => undefined;
  private inspecting = false;
  private verifying = false;
  /** The last verification, and the SQL that repeats its outside part after the rollback. */
  private looked: { readonly verified: Verified; readonly outsideSql: string } | undefined;
  private idle = false;
  private lostBecause: string | undefined;
  private closing: Promise<void> | undefined;
  private readonly loop: Promise<void>;
  private readonly unwatch: () => void;

  constructor(
    private readonly core: SessionCore,
    private readonly ledger: Ledger,
    private readonly opened: Extract<SessionEvent, { type: 'session:opened' }>,
  ) {
    const { transaction, control, options } = core;
    void transaction.link.lost.then(reason => this.lose(reason));
    this.unwatch = watchWork(transaction.link, control, reason => this.lose(reason), options.silenceMs);
    this.loop = this.work();
  }

  subscribe(listener: (event: SessionEvent) => void): () => void {
    emit(listener, this.opened);
    // A lens knows its objects before a listener can subscribe.
    if (this.core.options.lens !== undefined) {
      for (const [proposalId, built] of this.core.knowledge.built)
        emit(listener, { type: 'build:finished', proposalId, built: projected(built) });
      for (const [proposalId, reason] of this.core.knowledge.failedBuilds)
        emit(listener, { type: 'build:failed', proposalId, reason });
    }
    if (this.lostBecause !== undefined) emit(listener, { type: 'session:lost', reason: this.lostBecause });
    return this.core.listen(listener);
  }

  setDesired(desired: DesiredState): void {
    if (this.core.ended !== 'no') return;
    const before = this.core.desired;
    this.core.desired = desired;
    this.core.knowledge.dismissedMeasurements.clear();
    this.core.knowledge.dismissedAnswers.clear();
    this.core.knowledge.forgetTransientFailures();
    for (const id of desired.proposals) {
      if (before?.proposals.includes(id)) continue;
      this.core.knowledge.dismissedBuilds.delete(id);
      this.core.knowledge.failedBuilds.delete(id);
      if (!this.core.knowledge.built.has(id)) this.core.emit({ type: 'build:queued', proposalId: id });
    }
    this.core.emitEstimates();
    this.preempt();
  }

  measureAgain(queryId: string): void {
    const { desired, knowledge } = this.core;
    if (desired === undefined || this.core.ended !== 'no') return;
    knowledge.forgetTransientFailures();
    for (const effective of knowledge.configurations(desired)) {
      const fingerprint = knowledge.estimate(queryId, effective)?.plan?.fingerprint;
      if (fingerprint !== undefined) knowledge.forgetMeasurement(queryId, fingerprint);
    }
    this.preempt();
  }

  revise(workload: Workload): void {
    if (this.core.ended !== 'no') return;
    const gone = this.core.workload.proposals.filter(proposal => !workload.proposals.includes(proposal));
    const rewritten = rewrittenQueries(this.core.workload, workload);
    this.core.workload = workload;
    const { running } = this.core;
    for (const [before, after] of rewritten) {
      // The result of the running job would describe the old texts.
      if (running !== undefined && queryOf(running.job) === after.id) this.stop(running);
      this.core.knowledge.reviseRewrites(before, after);
    }
    for (const { id } of gone) {
      if (running?.job.kind === 'build' && running.job.proposalId === id) this.stop(running);
      this.core.knowledge.retire(id);
    }
    this.preempt();
  }

  cancel(): void {
    const { running, knowledge } = this.core;
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
    if (job.kind === 'background')
      this.tasks.finish(job.pending, { kind: 'failed', reason: 'cancelled', transient: false });
    this.stop(running);
  }

  background(task: BackgroundTask, signal?: AbortSignal): Promise<BackgroundAnswer> {
    if (this.core.ended !== 'no') return Promise.resolve({ kind: 'ended' });
    const answered = this.tasks.add(task, signal, pending => {
      const { running } = this.core;
      if (running?.job.kind === 'background' && running.job.pending === pending) this.stop(running);
    });
    // A read interrupts a run, which starts again later. It waits for a build, which may be nearly done.
    const { running } = this.core;
    if (task.kind === 'read' && running !== undefined) {
      const { job } = running;
      if (job.kind === 'background' ? job.pending.task.kind === 'run' : isRun(job)) this.stop(running);
    }
    this.wake();
    return answered;
  }

  inspect(): void {
    if (this.inspecting || this.core.ended !== 'no') return;
    this.inspecting = true;
    void this.core.control.lockStatus().then(lockStatus => {
      this.inspecting = false;
      const { total } = this.ledger;
      this.answer({ type: 'session:inspected', entries: this.ledger.list(), total, lockStatus });
    });
  }

  readSettings(): void {
    if (this.core.ended !== 'no') return;
    void this.core.control.ask(READ_SETTINGS).then(
      rows =>
        this.answer({ type: 'settings:read', settings: settingFacts(rows, this.opened.settings ?? []) }),
      () => this.answer({ type: 'settings:read', settings: undefined }),
    );
  }

  trySetting(choice: SettingChoice): void {
    if (this.core.ended !== 'no') return;
    void tried(this.core.control, choice).then(event => this.answer(event));
  }

  verify(): void {
    if (this.core.ended !== 'no') return;
    this.verifying = true;
    this.wake();
  }

  close(): Promise<void> {
    this.closing ??= this.end();
    return this.closing;
  }

  // --- the loop ---

  private async work(): Promise<void> {
    while (this.core.ended === 'no') {
      if (this.verifying) {
        await this.emitVerified();
        continue;
      }
      const job = taskOf(this.tasks.urgent) ?? this.next() ?? taskOf(this.tasks.first);
      if (job === undefined || job.kind === 'background') {
        if (this.core.desired !== undefined && !this.idle) {
          this.idle = true;
          this.core.emit({ type: 'session:idle' });
          // A listener of `idle` may have set another desired state.
          continue;
        }
      } else this.idle = false;
      if (job === undefined) {
        await new Promise<void>(resolve => {
          this.wake = resolve;
        });
        continue;
      }
      this.core.running = { job, cancelled: false, cancellable: true };
      try {
        await this.perform(job, this.core.running);
      } catch (error) {
        // A DatabaseError here means that even the rollback failed: the transaction is gone.
        this.lose(error instanceof Error ? error.message : String(error));
      }
      this.core.running = undefined;
      // A cancel that is still under way would hit the next statement.
      await this.core.control.settled();
    }
  }

  /** Runs between two jobs, where no cancel can hit it: one round trip inside the transaction and one outside. */
  private async emitVerified(): Promise<void> {
    this.verifying = false;
    const { knowledge, transaction } = this.core;
    const made = oidsOf([...knowledge.built.values(), ...knowledge.retired]);
    try {
      const [state, id] = await transaction.probe(VERIFY_INSIDE).catch((error: unknown) => {
        if (error instanceof DatabaseError && transaction.link.transactionStatus() === 'T') return [];
        throw error;
      });
      const lasting = { opening: this.core.facts.lasting, now: await readLasting(transaction) };
      const transactionId = id?.[0]?.id;
      const sql = outsideSql(made, typeof transactionId === 'string' ? transactionId : undefined);
      const outside = id === undefined ? undefined : await this.core.control.outside(sql);
      if (this.core.ended !== 'no') return;
      const verified = {
        opening: this.core.facts.catalog,
        now: state === undefined ? undefined : stateOf(state[0]),
        made: made.relations.length + made.statistics.length,
        outside,
        lasting,
        unseen: this.core.facts.functions?.unseen,
      };
      this.looked = { verified, outsideSql: sql };
      this.core.emit({ type: 'session:verified', verified });
    } catch (error) {
      this.lose(error instanceof Error ? error.message : String(error));
    }
  }

  /** Repeats the outside check after the rollback: only then is it true that nothing is left. */
  private async lookAgain(): Promise<void> {
    if (this.looked === undefined) return;
    const { verified, outsideSql } = this.looked;
    const outside = await this.core.control.outside(outsideSql);
    if (outside !== undefined)
      this.core.emit({ type: 'session:verified', verified: { ...verified, outside } });
  }

  private next(): Job | undefined {
    if (this.core.desired === undefined) return undefined;
    const { eager, interleave, estimatesOnly, lens } = this.core.options;
    const job = nextJob(this.core.desired, this.core.knowledge, this.core.workload, eager, interleave);
    return job !== undefined && isRun(job) && (estimatesOnly === true || lens !== undefined)
      ? undefined
      : job;
  }

  private preempt(): void {
    const { running, desired } = this.core;
    this.idle = false;
    if (running !== undefined && desired !== undefined) {
      const next = this.next();
      const { job } = running;
      if (job.kind === 'background' ? next !== undefined : givesWay(job, next, desired)) this.stop(running);
    }
    this.wake();
  }

  private stop(running: Running): void {
    if (running.cancelled || !running.cancellable) return;
    running.cancelled = true;
    // The server ignores a cancel that arrives between two statements, so send it until the job has ended.
    const send = () => {
      if (this.core.running !== running || !running.cancellable) return clearInterval(again);
      this.core.control.cancelWork();
    };
    const again = setInterval(send, CANCEL_INTERVAL_MS);
    send();
  }

  private async perform(job: Task, running: Running): Promise<void> {
    switch (job.kind) {
      case 'estimate':
        return estimate(this.core, job.queryId, job.effective, running);
      case 'build':
        return build(this.core, this.core.proposal(job.proposalId), running);
      case 'measure':
        return measurePlan(this.core, job, running);
      case 'interleave':
        return interleave(this.core, job, running);
      case 'compare':
        await compare(this.core, job, running);
        return;
      case 'background': {
        const answer = await runTask(this.core, job.pending.task, running);
        // A desired state interrupted it: the task stays first in the queue.
        if (answer !== undefined) this.tasks.finish(job.pending, answer);
        // Its events reported work, so listeners need another `idle`.
        if (job.pending.task.kind === 'build' || job.pending.task.kind === 'compare') this.idle = false;
      }
    }
  }

  /** Emits an answer unless the session has ended meanwhile. */
  private answer(event: SessionEvent): void {
    if (this.core.ended === 'no') this.core.emit(event);
  }

  // --- the end ---

  /** Reports once that the transaction is gone. */
  lose(reason: string): void {
    if (this.core.ended !== 'no') return;
    this.lostBecause = reason;
    this.core.ended = 'lost';
    this.unwatch();
    this.core.emit({ type: 'session:lost', reason });
    this.tasks.close();
    this.wake();
  }

  private async end(): Promise<void> {
    const lost = this.core.ended === 'lost';
    if (!lost) this.core.ended = 'closing';
    this.tasks.close();
    this.unwatch();
    if (this.core.running !== undefined && !lost) this.stop(this.core.running);
    this.wake();
    const late = (ms: number) => sleep(ms, 'late' as const, { ref: false });
    try {
      // A pooler gives the server process, and HypoPG's indexes in its memory, to the next client.
      const forget = this.core.imagining === undefined ? [] : [clearing(this.core.imagining)];
      const rolledBack = this.loop.then(() => this.core.transaction.rollback(forget));
      const calm = lost ? 'late' : await Promise.race([rolledBack, late(CLOSE_PATIENCE_MS)]);
      // The server process may not know yet that its client is gone, and would keep the locks.
      const last = calm === 'late' ? this.core.control.endWork() : this.lookAgain();
      await Promise.race([last, late(END_WORK_PATIENCE_MS)]);
    } finally {
      await Promise.all([this.core.transaction.link.end(lost ? 0 : GOODBYE_MS), this.core.control.close()]);
    }
    this.core.emit({ type: 'session:closed' });
    this.core.silence();
  }
}

const taskOf = (pending: Pending | undefined): Task | undefined => pending && { kind: 'background', pending };

/** The query that a job is about; undefined for a build or a read. */
function queryOf(job: Task): string | undefined {
  const about = job.kind === 'background' ? job.pending.task : job;
  return 'queryId' in about ? about.queryId : undefined;
}

/** Queries whose rewrites changed: before and after. */
const rewrittenQueries = (before: Workload, after: Workload): readonly (readonly [Query, Query])[] =>
  after.queries.flatMap(query => {
    const was = before.queries.find(({ id }) => id === query.id);
    return was === undefined || was.rewrites === query.rewrites ? [] : [[was, query] as const];
  });

const isRun = ({ kind }: Task): boolean => kind === 'measure' || kind === 'interleave' || kind === 'compare';
