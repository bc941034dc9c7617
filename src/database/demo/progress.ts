/** How far a load is: rows for the person, units of work for the time left. */
import type { LoadEvent } from '../proposalObject.ts';

const THROTTLE_MS = 100;
/** Too little has been done before this to say how long the rest takes. */
const SETTLE_MS = 500;

export interface Progress {
  /** A new phase of the same load. */
  phase(message: string): void;
  advance(done: { rows: number; units: number }): void;
}

/** @param totals.units Work in any unit that is proportional to time; all phases together. */
export function startProgress(
  totals: { readonly rows: number; readonly units: number },
  onEvent: (event: LoadEvent) => void,
  clock: () => number = () => performance.now(),
): Progress {
  const startedAt = clock();
  let toldAt = Number.NEGATIVE_INFINITY;
  let message = '';
  let rows = 0;
  let units = 0;
  const tell = () => {
    const elapsed = clock() - startedAt;
    toldAt = clock();
    onEvent({
      type: 'startup:progress',
      message,
      rowsDone: rows,
      rowsTotal: totals.rows,
      remainingMs:
        elapsed < SETTLE_MS || units === 0
          ? undefined
          : (elapsed * Math.max(0, totals.units - units)) / units,
    });
  };
  return {
    phase: next => {
      message = next;
      tell();
    },
    advance: done => {
      rows += done.rows;
      units += done.units;
      if (clock() - toldAt >= THROTTLE_MS || units >= totals.units) tell();
    },
  };
}
