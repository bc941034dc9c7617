/** State that the session and its jobs share: the transaction, the knowledge, and the listeners. */
import { setTimeout as sleep } from 'node:timers/promises';
import { DatabaseError } from '../base/databaseError.ts';
import { PgoptError } from '../base/errors.ts';
import {
  neverRunBecause,
  type Proposal,
  type Query,
  type Statement,
  type Workload,
} from '../workload/workload.ts';
import type { Pending } from './backgroundTasks.ts';
import { Configuration } from './configuration.ts';
import type { Control } from './control.ts';
import type { StoredTables } from './engines/engine.ts';
import type { DesiredState, SessionEvent } from './events.ts';
import { type FunctionCheck, type TextToCheck, textsOf } from './functions.ts';
import type { Hiding } from './hide.ts';
import { type Found, hasItsViews } from './inPlace.ts';
import { Knowledge } from './knowledge.ts';
import { busyText, isInTheWay, isOurs, type TableLock } from './locks.ts';
import { newNames, type SessionNames } from './names.ts';
import { EMBEDDED_TIMEOUTS, type SessionOptions } from './options.ts';
import type { Hypopg } from './preflight/hypopg.ts';
import type { Job } from './schedule.ts';
import type { WorkTransaction } from './transaction.ts';
import type { CatalogState, Lasting } from './verify.ts';
import type { Writing } from './writing.ts';

/** The unit of work of the loop: a job for the latest desired state, or one background task. */
export type Task = Job | { readonly kind: 'background'; readonly pending: Pending };

export interface Running {
  readonly job: Task;
  cancelled: boolean;
  /** False while a build is being kept: a cancel then would undo it half-way. */
  cancellable: boolean;
}

/** Facts read once, when the session opened. */
interface OpeningFacts {
  /** Why this server takes no builds; undefined where it does. */
  readonly whyNot: string | undefined;
  readonly hypopg: Hypopg | undefined;
  /** The catalog as it was when the transaction began. */
  readonly catalog: CatalogState;
  /** State that ROLLBACK does not undo, read when the transaction began. */
  readonly lasting: Lasting | undefined;
  /** Sizes of the engine's shards or chunks when the transaction began. */
  readonly stored: StoredTables;
  /** undefined without `writeCost`. */
  readonly writing: Writing | undefined;
  /** undefined in a lens. */
  readonly functions: FunctionCheck | undefined;
  /** Existing objects that have the name of a proposal's object. */
  readonly found: Map<Statement, Found>;
}

/** Pause between two attempts to get a lock. It doubles up to the longest one. */
const PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 300;
/** How long a command without a user waits for another session of this program to end. */
const OWN_PATIENCE_MS = 15 * 60_000;

/** Locks, cancels, deadlocks, lack of resources: the query itself is sound. */
export const isTransient = (error: unknown): boolean =>
  error instanceof DatabaseError && /^(55P03|57014|40P01|40001|53)/.test(error.code);

/** undefined_table, and undefined_object for a type. */
const LACKING: ReadonlySet<string> = new Set(['42P01', '42704']);
const OBJECT = /^(?:foreign table|materialized view|table|type|view) /;

export class SessionCore {
  readonly knowledge = new Knowledge();
  readonly names: SessionNames;
  workload: Workload;
  desired: DesiredState | undefined;
  running: Running | undefined;
  ended: 'no' | 'lost' | 'closing' = 'no';
  /** Set before the first use of HypoPG, whose indexes outlive the transaction. */
  imagining: Hypopg | undefined;
  /** EXPLAINs sent so far. */
  explains = 0;
  /** Builds that failed because a relation was missing. Another proposal may still create it. */
  readonly lacking = new Set<string>();
  /** Keys of estimates that an executed plan contradicted once. */
  readonly contradicted = new Set<string>();
  private readonly listeners = new Set<(event: SessionEvent) => void>();

  constructor(
    readonly options: SessionOptions,
    readonly transaction: WorkTransaction,
    readonly control: Control,
    readonly hiding: Hiding,
    readonly facts: OpeningFacts,
  ) {
    this.workload = options.workload;
    this.names = options.lens?.names ?? newNames();
    this.knowledge.writing = facts.writing?.reasons;
    const { role } = transaction;
    if (role !== undefined) transaction.role = { ...role, ownSchema: this.names.schema };
    for (const proposal of this.workload.proposals)
      if (hasItsViews(proposal, facts.found) || options.lens?.inPlace.has(proposal.id) === true)
        this.knowledge.inPlace.add(proposal.id);
  }

  listen(listener: (event: SessionEvent) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  silence(): void {
    this.listeners.clear();
  }

  emit(event: SessionEvent): void {
    for (const listener of [...this.listeners]) emit(listener, event);
  }

  /** Emits every known estimate for the latest desired state, starting with the query in view. */
  emitEstimates(): void {
    const { desired, knowledge } = this;
    if (desired === undefined) return;
    const configurations = knowledge.configurations(desired);
    const queries = [...this.workload.queries].sort(
      (a, b) => Number(b.id === desired.queryId) - Number(a.id === desired.queryId),
    );
    for (const query of queries) {
      for (const configuration of configurations) this.emitEstimate(query.id, configuration);
    }
  }

  emitEstimate(queryId: string, effective: Configuration): void {
    const { desired, knowledge } = this;
    const estimate = knowledge.estimate(queryId, effective);
    if (desired === undefined || estimate === undefined) return;
    const answer = (configuration: string, missing: readonly string[]) => {
      const common = { queryId, configuration, revision: desired.revision };
      const { plan, failure, rewrite } = estimate;
      if (plan !== undefined) this.emit({ type: 'plan:estimated', ...common, missing, plan, rewrite });
      else this.emit({ type: 'plan:failed', ...common, reason: failure ?? '' });
    };
    const whole = Configuration.of(desired.proposals, desired.settings);
    if (effective.equals(knowledge.effective(desired.proposals, desired.settings)) && !whole.isBaseline) {
      answer(
        whole.key,
        desired.proposals.filter(id => !knowledge.built.has(id)),
      );
    }
    if (effective.isBaseline) answer('', []);
  }

  reason(error: unknown): string {
    // Users know the proposals' names, not the session's own.
    const { location } = error instanceof PgoptError ? error : {};
    const where = location === undefined ? '' : `${location.file}:${location.line}:${location.column}: `;
    const next = error instanceof DatabaseError ? this.transaction.engine.nextStep(error) : undefined;
    const said = where + (error instanceof Error ? error.message : String(error));
    const message = this.names.cleanText(next === undefined ? said : `${said}; ${next}`);
    // data_corrupted: the planner evaluated a function on constants, and the function reads a table.
    if (this.options.lens !== undefined && error instanceof DatabaseError && error.code === 'XX001')
      return 'its planning runs a function that reads a table, and a lens has no rows';
    const left = error instanceof DatabaseError ? this.leftOut(error) : undefined;
    return left === undefined ? message : `${message}; ${left.what} ${left.why}`;
  }

  /** The object that is missing from the lens, if the error names it. */
  private leftOut({ code, summary }: DatabaseError) {
    const [, name = ''] = (LACKING.has(code) && /"([^"]+)"/.exec(summary)) || [];
    return this.options.lens?.facts.hidden.find(
      ({ what }) => OBJECT.test(what) && (what.endsWith(`.${name}`) || what.endsWith(` ${name}`)),
    );
  }

  /** Call it before a text is sent. @throws PgoptError if the text reaches a refused function; DatabaseError */
  async admit(texts: readonly Pick<TextToCheck, 'kind' | 'sql'>[]): Promise<void> {
    const { functions } = this.facts;
    if (functions === undefined) return;
    // The user wrote a text in the explorer after the session opened.
    if (!texts.every(text => functions.knows(text)))
      await this.transaction.keep(link => functions.add(link, textsOf(this.workload)));
    for (const text of texts) functions.admit(text);
  }

  /**
   * Tries again while another session holds a lock that `attempt` needs. Our session is the one that gives up.
   * @param locks The locks it needs. @throws DatabaseError 55P03 with the blocker, when it took too long.
   */
  async patiently<T>(
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
        // Another session of this program comes to an end by itself.
        const patienceMs = unattended && blockers.some(isOurs) ? OWN_PATIENCE_MS : timeouts.lockMs;
        if (patienceMs > 0 && performance.now() - startedAt >= patienceMs)
          throw new DatabaseError(busyText(wanted, blockers), error.code);
        // Two sessions of this program that gave up together must not retry together.
        await sleep(pauseMs * (0.5 + Math.random()));
        if (running.cancelled || this.ended !== 'no') throw error;
      }
    }
  }

  query(id: string): Query {
    const query = this.workload.queries.find(candidate => candidate.id === id);
    if (query === undefined) throw new Error(`no query ${id}`);
    return query;
  }

  /** Why the query is never run; undefined for one that is run. */
  whyNeverRun(id: string): string | undefined {
    return neverRunBecause(this.query(id), this.knowledge.writing);
  }

  proposal(id: string): Proposal {
    const proposal = this.workload.proposals.find(candidate => candidate.id === id);
    if (proposal === undefined) throw new Error(`no proposal ${id}`);
    return proposal;
  }
}

/** An error in a listener is reported as uncaught, and the session goes on. */
export function emit(listener: (event: SessionEvent) => void, event: SessionEvent): void {
  try {
    listener(event);
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}
