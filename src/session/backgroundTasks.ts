/**
 * Single questions to a session, from a caller that surveys many configurations. The session answers each once, in
 * order, whenever the desired state has no work left. It runs a task again that a desired state interrupts.
 */
import type { Sql } from '../database/guard.ts';
import type { Row } from '../database/link.ts';
import type { Plan } from '../plan/plan.ts';
import type { SettingChoice } from '../workload/plannerSettings.ts';
import type { AnswerCheck } from './answers.ts';
import type { BuiltProposal } from './events.ts';
import type { SessionNames } from './names.ts';
import type { Look } from './probe.ts';
import type { Race, Unused } from './whyUnused.ts';

export type BackgroundTask =
  | { readonly kind: 'build'; readonly proposalId: string }
  /** `proposals` is a configuration, built completely. Without `settings` they are the server's own. */
  | {
      readonly kind: 'estimate';
      readonly queryId: string;
      readonly proposals: readonly string[];
      readonly settings?: readonly SettingChoice[];
    }
  | {
      readonly kind: 'run';
      readonly queryId: string;
      readonly proposals: readonly string[];
      readonly settings?: readonly SettingChoice[];
      /** Id of the rewrite whose text is run; undefined for the query's own. */
      readonly rewrite: string | undefined;
      readonly look: Exclude<Look, 'estimate'>;
      /** The run is stopped after this, ms. */
      readonly limitMs: number;
    }
  /** `limitMs` limits all statements of the comparison together; default: the session's own limit. */
  | {
      readonly kind: 'compare';
      readonly queryId: string;
      readonly rewrite: string;
      readonly limitMs?: number | undefined;
    }
  /** Why a query does not use a proposal. With `race`, the plan that the planner refused is run, too. */
  | {
      readonly kind: 'whyUnused';
      readonly queryId: string;
      readonly proposalId: string;
      readonly proposals: readonly string[];
      readonly settings?: readonly SettingChoice[];
      readonly race?: Race | undefined;
    }
  /** SELECTs on the catalog, inside the transaction with everything built; read-only and rolled back like a probe. */
  | { readonly kind: 'read'; readonly statements: readonly Sql[] };

export type BackgroundAnswer =
  | { readonly kind: 'built'; readonly built: BuiltProposal }
  | {
      readonly kind: 'estimated';
      readonly plan: Plan;
      readonly rewrite: string | undefined;
      /** EXPLAINs it took: one for each text that could be planned; 0 for a known estimate. */
      readonly explains: number;
    }
  /** `ms` is planning + execution. */
  | { readonly kind: 'ran'; readonly plan: Plan; readonly ms: number }
  | { readonly kind: 'stopped'; readonly afterMs: number }
  | { readonly kind: 'compared'; readonly answer: AnswerCheck }
  /** undefined where the query uses it, or where it is no index. */
  | { readonly kind: 'explained'; readonly unused: Unused | undefined }
  /** The rows of each statement, and the session's names for its objects. */
  | { readonly kind: 'read'; readonly answers: readonly (readonly Row[])[]; readonly names: SessionNames }
  /** `transient`: a lock, a lack of memory; the next attempt may succeed. */
  | { readonly kind: 'failed'; readonly reason: string; readonly transient: boolean }
  /** The caller withdrew it, or the session is over. */
  | { readonly kind: 'ended' };

export interface Pending {
  readonly task: BackgroundTask;
  readonly resolve: (answer: BackgroundAnswer) => void;
}

export class BackgroundQueue {
  private readonly pending: Pending[] = [];
  private closed = false;

  /** @param abandon Called when the signal aborts a task that runs. */
  add(
    task: BackgroundTask,
    signal: AbortSignal | undefined,
    abandon: (pending: Pending) => void,
  ): Promise<BackgroundAnswer> {
    if (this.closed || signal?.aborted === true) return Promise.resolve({ kind: 'ended' });
    return new Promise(resolve => {
      const abort = () => {
        this.remove(pending);
        abandon(pending);
        resolve({ kind: 'ended' });
      };
      const pending: Pending = {
        task,
        resolve: answer => {
          signal?.removeEventListener('abort', abort);
          resolve(answer);
        },
      };
      signal?.addEventListener('abort', abort, { once: true });
      this.pending.push(pending);
    });
  }

  /** A read of the catalog takes moments, so it does not wait for measurements. */
  get urgent(): Pending | undefined {
    return this.pending.find(({ task }) => task.kind === 'read');
  }

  /** The next task; it stays first until `finish`. */
  get first(): Pending | undefined {
    return this.pending[0];
  }

  finish(pending: Pending, answer: BackgroundAnswer): void {
    this.remove(pending);
    pending.resolve(answer);
  }

  /** Ends every waiting task, and all later ones. */
  close(): void {
    this.closed = true;
    for (const { resolve } of this.pending.splice(0)) resolve({ kind: 'ended' });
  }

  private remove(pending: Pending): void {
    const index = this.pending.indexOf(pending);
    if (index !== -1) this.pending.splice(index, 1);
  }
}
