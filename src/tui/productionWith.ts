/** The lens beside the session: opened when production is first shown, given the session's desired state, closed with it. */
import { PgoptError } from '../base/errors.ts';
import type { DesiredState, ExplorerSession } from '../session/events.ts';
import type { Workload } from '../workload/workload.ts';
import type { Action, Production as Notes } from './state/state.ts';

interface OpenedProduction {
  /** Its close() lets go of everything that the lens needed. */
  readonly session: ExplorerSession;
  readonly notes: Notes['notes'];
}

/** Opens a lens of the session's database. Rejects with a PgoptError. */
export type OpenProduction = (
  session: ExplorerSession,
  workload: Workload,
  signal: AbortSignal,
  onStep: (words: string) => void,
) => Promise<OpenedProduction>;

/** What the explorer does with it; nothing here waits. */
interface ProductionPart {
  /** Makes a lens of the session's database as it is now, in the place of an older one. */
  readonly open: (session: ExplorerSession, workload: Workload, desired: DesiredState) => void;
  readonly setDesired: (desired: DesiredState) => void;
  /** The lens's session, once it is open. */
  readonly session: () => ExplorerSession | undefined;
  /** Resolves when all of it is gone. */
  readonly close: () => Promise<void>;
}

export function productionWith(open: OpenProduction, dispatch: (action: Action) => void): ProductionPart {
  let latest: DesiredState | undefined;
  let current:
    | { readonly abort: AbortController; readonly opened: Promise<OpenedProduction | undefined> }
    | undefined;
  let session: ExplorerSession | undefined;
  const ending: Promise<unknown>[] = [];

  function end(): void {
    if (current === undefined) return;
    current.abort.abort();
    ending.push(current.opened.then(opened => opened?.session.close()));
    current = undefined;
    session = undefined;
  }

  return {
    session: () => session,
    open: (from, workload, desired) => {
      end();
      latest = desired;
      const abort = new AbortController();
      const { signal } = abort;
      const onStep = (words: string): void => {
        if (!signal.aborted) dispatch({ type: 'production:opening', words });
      };
      onStep('reading the catalog');
      const opened = open(from, workload, signal, onStep).then(
        production => {
          if (signal.aborted) return production;
          ({ session } = production);
          dispatch({ type: 'production:opened', notes: production.notes });
          production.session.subscribe(event => {
            if (!signal.aborted) dispatch({ type: 'production:event', event });
          });
          if (latest !== undefined) production.session.setDesired(latest);
          return production;
        },
        (error: unknown) => {
          if (signal.aborted) return undefined;
          if (!(error instanceof PgoptError)) throw error;
          dispatch({ type: 'production:failed', words: `${error.message}: ${error.next}` });
          return undefined;
        },
      );
      current = { abort, opened };
    },
    setDesired: desired => {
      latest = desired;
      void current?.opened.then(opened => opened?.session.setDesired(desired));
    },
    close: async () => {
      end();
      await Promise.allSettled(ending);
    },
  };
}
