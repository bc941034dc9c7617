/**
 * A session without a server: the real order of work (src/session/schedule.ts), scripted answers, and a test that
 * decides when each step happens. It is no stand-in for PostgreSQL: test/session/contract.ts holds it to what the
 * real session does.
 */
import type { Plan } from '../../src/plan/plan.ts';
import {
  type BackgroundAnswer,
  BackgroundQueue,
  type BackgroundTask,
} from '../../src/session/backgroundTasks.ts';
import { builtNothing } from '../../src/session/builders/builder.ts';
import { type Configuration, configurationKey } from '../../src/session/configuration.ts';
import {
  type AnswerCheck,
  answerKey,
  type BuiltProposal,
  type DesiredState,
  type ExplorerSession,
  type Measurement,
  measurementKey,
  type SessionEvent,
  type Unused,
} from '../../src/session/events.ts';
import { Knowledge, textsFor } from '../../src/session/knowledge.ts';
import { type Interleave, type Turn, withRuns } from '../../src/session/measure.ts';
import { runFingerprint } from '../../src/session/runFingerprint.ts';
import { givesWay, type Job, nextJob } from '../../src/session/schedule.ts';
import type { SettingFact } from '../../src/session/settingFacts.ts';
import { objectionTo, PLANNER_SETTINGS, type SettingChoice } from '../../src/workload/plannerSettings.ts';
import type { Workload } from '../../src/workload/workload.ts';

export interface Script {
  readonly workload: Workload;
  readonly opened: Extract<SessionEvent, { type: 'session:opened' }>;
  readonly eager: boolean;
  /** Epoch ms. */
  readonly now: () => number;
  /** The planner's answer under the built part of a configuration. A string is the server's refusal. */
  readonly plan: (queryId: string, effective: readonly string[]) => { plan: Plan; rewrite?: string } | string;
  readonly measurement: (queryId: string, fingerprint: string) => Measurement;
  /** As of the real session's options; more runs of a plan are those of its measurement again. */
  readonly interleave?: Interleave;
  /** How a rewrite's answer compares; the same where it is left out. */
  readonly answer?: (queryId: string, rewrite: string) => AnswerCheck;
  /** Why a query does not use a proposal; it does where it is left out. */
  readonly unused?: (proposalId: string, queryId: string) => Unused | undefined;
  /** Nothing is run: it stands for a lens. */
  readonly plannedOnly?: true;
  /** What a build brings about; a string is why it fails. */
  readonly build: (proposalId: string) => BuiltProposal | string;
}

const SAME: AnswerCheck = {
  verdict: 'same',
  rows: { original: 20_000, rewrite: 20_000 },
  differing: { original: 0, rewrite: 0 },
  columns: ['a'],
  samples: { original: [], rewrite: [] },
  explanation: '20,000 rows',
  how: 'all rows counted and compared in the database, and their order',
};

const OWN_SETTINGS: readonly SettingFact[] = PLANNER_SETTINGS.map(({ name, steps }) => {
  const delivered = steps[Math.floor((steps.length - 1) / 2)] ?? '';
  return name === 'work_mem'
    ? { name, value: '64MB', delivered: '4MB', source: 'workload.json' }
    : { name, value: delivered, delivered, source: 'default' };
});

/** Refuses values that every server refuses. */
function refusalOf(choices: readonly SettingChoice[]): string | undefined {
  const objection = choices.map(objectionTo).find(found => found !== undefined);
  const wrong = choices.find(({ value }) => value === 'lots');
  return objection ?? (wrong && `invalid value for parameter "${wrong.name}": "lots"`);
}

/** Steps of each kind of work: an estimate answers at once, a build reports progress twice before it ends. */
const STEPS = { estimate: 1, build: 3, measure: 2, interleave: 2, compare: 2 } as const;

const LASTING = { sequences: {}, unread: 0, slots: [], statisticsReset: '', settingsRead: '' };

export class FakeSession implements ExplorerSession {
  /** Every desired state that was made, in order. */
  readonly desiredStates: DesiredState[] = [];
  private readonly knowledge = new Knowledge();
  private readonly tasks = new BackgroundQueue();
  private readonly listeners = new Set<(event: SessionEvent) => void>();
  private running: { job: Job; steps: number; cancelled: boolean } | undefined;
  private idle = true;
  private runs = 0;
  private ended = false;
  private lost = false;

  constructor(private script: Script) {}

  subscribe(listener: (event: SessionEvent) => void): () => void {
    listener(this.script.opened);
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  setDesired(desired: DesiredState): void {
    if (this.ended || this.lost) return;
    const before = this.desiredStates.at(-1);
    this.desiredStates.push(desired);
    this.knowledge.dismissedMeasurements.clear();
    this.knowledge.dismissedAnswers.clear();
    for (const id of desired.proposals) {
      if (before?.proposals.includes(id)) continue;
      this.knowledge.dismissedBuilds.delete(id);
      this.knowledge.failedBuilds.delete(id);
      if (!this.knowledge.built.has(id)) this.emit({ type: 'build:queued', proposalId: id });
    }
    this.tellKnown(desired);
    this.preempt(desired);
  }

  measureAgain(queryId: string): void {
    const desired = this.desiredStates.at(-1);
    if (desired === undefined) return;
    for (const effective of this.knowledge.configurations(desired)) {
      const fingerprint = this.knowledge.estimate(queryId, effective)?.plan?.fingerprint;
      if (fingerprint !== undefined) this.knowledge.forgetMeasurement(queryId, fingerprint);
    }
    this.preempt(desired);
  }

  cancel(): void {
    if (this.running === undefined) return;
    const { job } = this.running;
    if (job.kind === 'build') this.knowledge.dismissedBuilds.add(job.proposalId);
    if (job.kind === 'measure')
      this.knowledge.dismissedMeasurements.add(measurementKey(job.queryId, job.fingerprint));
    if (job.kind === 'interleave')
      for (const { fingerprint } of Object.values(job.plans))
        this.knowledge.dismissedMeasurements.add(measurementKey(job.queryId, fingerprint));
    if (job.kind === 'compare') this.knowledge.dismissedAnswers.add(answerKey(job.queryId, job.rewrite));
    this.running.cancelled = true;
  }

  background(task: BackgroundTask, signal?: AbortSignal): Promise<BackgroundAnswer> {
    if (this.ended || this.lost) return Promise.resolve({ kind: 'ended' });
    return this.tasks.add(task, signal, () => undefined);
  }

  revise(workload: Workload): void {
    const gone = this.script.workload.proposals.filter(old => !workload.proposals.includes(old));
    for (const query of workload.queries) {
      const was = this.script.workload.queries.find(({ id }) => id === query.id);
      if (was === undefined || was.rewrites === query.rewrites) continue;
      const about = this.running?.job;
      if (
        this.running !== undefined &&
        about !== undefined &&
        'queryId' in about &&
        about.queryId === query.id
      )
        this.running.cancelled = true;
      this.knowledge.reviseRewrites(was, query);
    }
    this.script = { ...this.script, workload };
    for (const { id } of gone) this.knowledge.retire(id);
    const desired = this.desiredStates.at(-1);
    if (desired !== undefined) this.preempt(desired);
  }

  inspect(): void {
    if (this.ended || this.lost) return;
    queueMicrotask(() =>
      this.emit({
        type: 'session:inspected',
        entries: [
          {
            connection: 'work',
            text: 'BEGIN ISOLATION LEVEL REPEATABLE READ',
            at: this.script.now(),
            ms: 1,
            outcome: 'done',
            code: undefined,
            times: 1,
          },
        ],
        total: 1,
        lockStatus: { locks: [], waiting: [], waitingFor: [] },
      }),
    );
  }

  readSettings(): void {
    if (this.ended || this.lost) return;
    queueMicrotask(() => this.emit({ type: 'settings:read', settings: OWN_SETTINGS }));
  }

  trySetting(choice: SettingChoice): void {
    if (this.ended || this.lost) return;
    const reason = refusalOf([choice]);
    const { name, value } = choice;
    queueMicrotask(() =>
      this.emit(
        reason === undefined
          ? { type: 'setting:accepted', name, value: value.replaceAll(' ', '') }
          : { type: 'setting:refused', name, value, reason },
      ),
    );
  }

  verify(): void {
    if (this.ended || this.lost) return;
    const state = { columns: 21, constraints: 11, digest: '7', extensions: ['plpgsql 1.0'] };
    const made = [...this.knowledge.built.values()].reduce((sum, { objects }) => sum + objects.length, 0);
    const transaction = made === 0 ? 'none' : 'in progress';
    queueMicrotask(() =>
      this.emit({
        type: 'session:verified',
        verified: {
          opening: state,
          now: state,
          made,
          outside: { visible: 0, transaction },
          lasting: { opening: LASTING, now: LASTING },
        },
      }),
    );
  }

  async close(): Promise<void> {
    if (this.ended) return;
    this.ended = true;
    this.tasks.close();
    this.emit({ type: 'session:closed' });
    this.listeners.clear();
  }

  // --- for tests ---

  /** Does the next piece of work. @returns False when there is none. */
  step(): boolean {
    const desired = this.desiredStates.at(-1);
    if (this.ended || this.lost) return false;
    if (desired === undefined) return this.runTask();
    const { plannedOnly } = this.script;
    if (this.running === undefined) {
      const next = this.next(desired);
      const runs = next?.kind === 'measure' || next?.kind === 'interleave' || next?.kind === 'compare';
      const job = runs && plannedOnly === true ? undefined : next;
      if (job === undefined) {
        if (this.idle) return this.runTask();
        this.idle = true;
        this.emit({ type: 'session:idle' });
        return true;
      }
      this.running = { job, steps: 0, cancelled: false };
    }
    this.idle = false;
    this.perform(desired, this.running);
    return true;
  }

  /** Steps until nothing is left to do, or until `enough` says so. */
  settle(enough: () => boolean = () => false): void {
    while (!enough() && this.step());
  }

  /** Steps until an event of this type was emitted, inclusive. */
  stepUntil(type: SessionEvent['type']): void {
    let seen = false;
    const stop = this.subscribe(event => {
      seen ||= event.type === type && event.type !== 'session:opened';
    });
    this.settle(() => seen);
    stop();
    if (!seen) throw new Error(`the fake session became idle without ${type}`);
  }

  lose(reason: string): void {
    this.lost = true;
    this.tasks.close();
    this.emit({ type: 'session:lost', reason });
  }

  // --- the work ---

  private perform(desired: DesiredState, running: { job: Job; steps: number; cancelled: boolean }): void {
    const { job, steps, cancelled } = running;
    running.steps++;
    if (cancelled || running.steps === STEPS[job.kind]) this.running = undefined;
    switch (job.kind) {
      case 'estimate':
        this.estimate(desired, job.queryId, job.effective);
        break;
      case 'build':
        this.emit(this.build(job.proposalId, steps, cancelled));
        if (this.running === undefined && desired.proposals.includes(job.proposalId)) this.tellKnown(desired);
        break;
      case 'measure':
        this.emit(this.measure(job, steps, cancelled));
        break;
      case 'interleave':
        for (const side of ['before', 'after'] as const)
          if (job.turns.includes(side)) this.emit(this.runAgain(job, side, steps, cancelled));
        break;
      case 'compare':
        this.emit(this.compare(job, steps, cancelled));
    }
  }

  private estimate(desired: DesiredState, queryId: string, effective: Configuration): void {
    const answer = this.planned(queryId, effective);
    const estimate =
      typeof answer === 'string'
        ? { plan: undefined, failure: answer, rewrite: undefined }
        : { plan: answer.plan, failure: undefined, rewrite: answer.rewrite };
    this.knowledge.learnEstimate(queryId, effective, estimate);
    this.tell(desired, queryId, effective);
  }

  private planned(queryId: string, effective: Configuration): ReturnType<Script['plan']> {
    const choices = effective.settings;
    const query = this.script.workload.queries.find(({ id }) => id === queryId);
    const texts = query === undefined ? [] : textsFor(query, effective);
    const scripted = refusalOf(choices) ?? this.script.plan(queryId, effective.members);
    if (typeof scripted === 'string') return scripted;
    // Its rewrite is gone: the query's own text, which does not read the view.
    const { rewrite } = scripted;
    const isText = rewrite === undefined || texts.some(text => text.rewrite === rewrite);
    const answer = isText
      ? scripted
      : this.script.plan(
          queryId,
          effective.members.filter(id => id !== rewrite),
        );
    if (typeof answer === 'string') return answer;
    const fingerprint = runFingerprint(answer.plan, answer.plan.fingerprint, choices);
    return { ...answer, plan: { ...answer.plan, fingerprint } };
  }

  private build(proposalId: string, step: number, cancelled: boolean): SessionEvent {
    if (cancelled) return { type: 'build:cancelled', proposalId };
    if (step < STEPS.build - 1) {
      const fraction = step === 0 ? 0 : 0.42;
      const phase = 'building index: scanning table';
      return { type: 'build:running', proposalId, fraction, phase, elapsedMs: step * 1300 };
    }
    const built = this.script.build(proposalId);
    if (typeof built === 'string') {
      this.knowledge.failedBuilds.set(proposalId, built);
      return { type: 'build:failed', proposalId, reason: built };
    }
    this.knowledge.built.set(proposalId, { ...builtNothing(), ...built });
    return { type: 'build:finished', proposalId, built };
  }

  private measure(job: Job & { kind: 'measure' }, step: number, cancelled: boolean): SessionEvent {
    const { queryId, fingerprint, effective } = job;
    if (cancelled) return this.stopped(queryId, fingerprint);
    if (step === 0)
      return { type: 'measurement:running', queryId, fingerprint, startedAt: this.script.now() };
    const all = this.script.measurement(queryId, fingerprint);
    const isOnce = job.once === true && all.runsMs.length > 0;
    const measurement = isOnce ? withRuns({ ...all, runsMs: [] }, all.runsMs.slice(0, 1)) : all;
    this.knowledge.learnMeasurement(queryId, fingerprint, measurement);
    const configuration = this.knowledge.real(effective).key;
    return { type: 'measurement:finished', queryId, fingerprint, configuration, measurement };
  }

  private stopped(queryId: string, fingerprint: string): SessionEvent {
    const by = this.knowledge.isDismissed(queryId, fingerprint) ? 'user' : 'superseded';
    return { type: 'measurement:cancelled', queryId, fingerprint, by };
  }

  private runAgain(
    { queryId, plans, turns }: Job & { kind: 'interleave' },
    side: Turn,
    step: number,
    cancelled: boolean,
  ): SessionEvent {
    const { fingerprint, effective } = plans[side];
    if (cancelled) return this.stopped(queryId, fingerprint);
    if (step === 0)
      return {
        type: 'measurement:running',
        queryId,
        fingerprint,
        startedAt: this.script.now(),
        more: true,
      };
    const known = this.knowledge.measurement(queryId, fingerprint);
    if (known === undefined || known === 'failed') throw new Error('not measured');
    const { runsMs } = this.script.measurement(queryId, fingerprint);
    const runs = turns.filter(turn => turn === side).length;
    const more = Array.from(
      { length: runs },
      (_, at) => runsMs[(known.runsMs.length + at) % runsMs.length] ?? 0,
    );
    const measurement = withRuns(known, more);
    this.knowledge.learnMeasurement(queryId, fingerprint, measurement);
    const configuration = this.knowledge.real(effective).key;
    return { type: 'measurement:finished', queryId, fingerprint, configuration, measurement };
  }

  private compare(job: Job & { kind: 'compare' }, step: number, cancelled: boolean): SessionEvent {
    const { queryId, rewrite } = job;
    if (cancelled) return { type: 'answer:cancelled', queryId, rewrite };
    if (step === 0) return { type: 'answer:comparing', queryId, rewrite, startedAt: this.script.now() };
    const answer = this.script.answer?.(queryId, rewrite) ?? SAME;
    this.knowledge.answers.set(answerKey(queryId, rewrite), answer);
    return { type: 'answer:compared', queryId, rewrite, answer };
  }

  /** A background task is one step. */
  private runTask(): boolean {
    const pending = this.tasks.first;
    if (pending === undefined) return false;
    this.tasks.finish(pending, this.answerTask(pending.task));
    // What it told of is over.
    if (pending.task.kind === 'build' || pending.task.kind === 'compare') this.idle = false;
    return true;
  }

  private answerTask(task: BackgroundTask): BackgroundAnswer {
    const { knowledge, script } = this;
    const failed = (reason: string): BackgroundAnswer => ({ kind: 'failed', reason, transient: false });
    switch (task.kind) {
      case 'build': {
        const { proposalId } = task;
        const known = knowledge.built.get(proposalId);
        if (known !== undefined) {
          const { buildMs, objects } = known;
          return {
            kind: 'built',
            built: { buildMs, objects, bytes: objects.reduce((sum, { bytes }) => sum + bytes, 0) },
          };
        }
        const event = this.build(proposalId, STEPS.build - 1, false);
        this.emit(event);
        return event.type === 'build:finished' ? { kind: 'built', built: event.built } : failed('refused');
      }
      case 'read':
        return failed('there is no catalog here');
      case 'whyUnused':
        return { kind: 'explained', unused: script.unused?.(task.proposalId, task.queryId) };
      case 'compare': {
        const answer = script.answer?.(task.queryId, task.rewrite) ?? SAME;
        knowledge.answers.set(answerKey(task.queryId, task.rewrite), answer);
        this.emit({ type: 'answer:compared', queryId: task.queryId, rewrite: task.rewrite, answer });
        return { kind: 'compared', answer };
      }
      case 'estimate': {
        const effective = knowledge.effective(task.proposals, task.settings);
        const query = script.workload.queries.find(({ id }) => id === task.queryId);
        const explains = query === undefined ? 0 : textsFor(query, effective).length;
        const answer = this.planned(task.queryId, effective);
        if (typeof answer === 'string') return failed(answer);
        return { kind: 'estimated', plan: answer.plan, rewrite: answer.rewrite, explains };
      }
      case 'run': {
        const answer = this.planned(task.queryId, knowledge.effective(task.proposals, task.settings));
        if (typeof answer === 'string') return failed(answer);
        const { runsMs, timedOutAfterMs, tree } = script.measurement(task.queryId, answer.plan.fingerprint);
        const plan = { ...(tree ?? answer.plan), fingerprint: answer.plan.fingerprint };
        const ms = runsMs[this.runs++ % Math.max(1, runsMs.length)];
        if (timedOutAfterMs !== undefined || ms === undefined || ms > task.limitMs)
          return { kind: 'stopped', afterMs: task.limitMs };
        return { kind: 'ran', plan, ms };
      }
    }
  }

  private preempt(desired: DesiredState): void {
    this.idle = false;
    const { running } = this;
    if (running === undefined) return;
    const next = this.next(desired);
    if (givesWay(running.job, next, desired)) running.cancelled = true;
  }

  private next(desired: DesiredState): Job | undefined {
    const { workload, eager, interleave } = this.script;
    return nextJob(desired, this.knowledge, workload, eager, interleave);
  }

  private tellKnown(desired: DesiredState): void {
    const { queries } = this.script.workload;
    const inViewFirst = [...queries].sort(
      (a, b) => Number(b.id === desired.queryId) - Number(a.id === desired.queryId),
    );
    for (const { id } of inViewFirst) {
      for (const configuration of this.knowledge.configurations(desired))
        if (this.knowledge.estimate(id, configuration) !== undefined) this.tell(desired, id, configuration);
    }
  }

  private tell(desired: DesiredState, queryId: string, effective: Configuration): void {
    const estimate = this.knowledge.estimate(queryId, effective);
    if (estimate === undefined) return;
    const { plan, failure, rewrite } = estimate;
    const emit = (configuration: string, missing: readonly string[]): void => {
      const common = { queryId, configuration, revision: desired.revision };
      if (plan !== undefined) this.emit({ type: 'plan:estimated', ...common, missing, plan, rewrite });
      else this.emit({ type: 'plan:failed', ...common, reason: failure ?? '' });
    };
    const wanted = configurationKey(desired.proposals, desired.settings);
    if (wanted !== '' && effective.equals(this.knowledge.effective(desired.proposals, desired.settings)))
      emit(
        wanted,
        desired.proposals.filter(id => !this.knowledge.built.has(id)),
      );
    if (effective.isBaseline) emit('', []);
  }

  private emit(event: SessionEvent): void {
    for (const listener of [...this.listeners]) listener(event);
  }
}
