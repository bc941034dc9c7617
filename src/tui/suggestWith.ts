/** Runs the search for suggestions behind the explorer, and answers with actions. */
import { formatError, PgoptError } from '../base/errors.ts';
import type { Suggested, Suggestion, SuggestOptions } from '../suggestion/suggested.ts';
import type { Workload } from '../workload/workload.ts';
import type { Action } from './state/state.ts';

/** What the explorer needs of the search. All reject with a PgoptError. */
export interface SuggestPart {
  /** When the signal is aborted, it resolves with the result so far. Its sessions are closed when it settles. */
  readonly search: (
    searching: Pick<SuggestOptions, 'workload' | 'taken' | 'signal' | 'onStep' | 'onFound'>,
  ) => Promise<Suggested>;
  /**
   * @param folder A new one, for a workload with the queries; undefined: into the workload's own.
   * @returns The files inside the folder.
   */
  readonly save: (
    workload: Workload,
    suggestions: readonly Suggestion[],
    folder: string | undefined,
  ) => Promise<readonly string[]>;
}

/** One search after another; all return at once but `close`. */
export interface Suggesting {
  /** @param run Its number, which its actions carry. */
  readonly begin: (run: number, workload: Workload, taken: ReadonlySet<string>) => void;
  readonly stop: () => void;
  readonly save: (workload: Workload, suggestions: readonly Suggestion[], folder: string | undefined) => void;
  /** Resolves when its sessions are closed. */
  readonly close: () => Promise<void>;
}

export function suggestWith(
  part: SuggestPart,
  dispatch: (action: Action) => void,
  crashed: (error: unknown) => void,
): Suggesting {
  const searches = new Map<number, { readonly abort: AbortController; readonly ended: Promise<void> }>();
  const stop = () => {
    for (const { abort } of searches.values()) abort.abort();
  };
  return {
    begin: (run, workload, taken) => {
      const abort = new AbortController();
      const ended = part
        .search({
          workload,
          taken,
          signal: abort.signal,
          onStep: words => dispatch({ type: 'suggest:progressed', run, words }),
          onFound: found => dispatch({ type: 'suggest:found', run, found }),
        })
        .then(
          found => dispatch({ type: 'suggest:ended', run, found }),
          error => {
            // It was stopped, whatever its current step.
            if (abort.signal.aborted) return dispatch({ type: 'suggest:broken', run, why: undefined });
            if (!(error instanceof PgoptError)) return crashed(error);
            dispatch({ type: 'suggest:broken', run, why: `${error.message}: ${error.next}` });
          },
        )
        .finally(() => searches.delete(run));
      searches.set(run, { abort, ended });
    },
    stop,
    save: (workload, suggestions, folder) => {
      const ids = suggestions.map(({ proposal }) => proposal.id);
      part.save(workload, suggestions, folder).then(
        files => dispatch({ type: 'suggest:saved', ids, folder, files }),
        error => {
          if (!(error instanceof PgoptError)) return crashed(error);
          const reason = formatError(error).replace(/^pgopt-explore: /, '');
          dispatch({ type: 'suggest:unsaved', reason });
        },
      );
    },
    close: async () => {
      stop();
      await Promise.all([...searches.values()].map(({ ended }) => ended));
    },
  };
}
