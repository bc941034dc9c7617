/**
 * Measures one plan. The first run, with TIMING OFF, alone decides about the timeout. The second, with TIMING ON, gives
 * the tree. More runs with TIMING OFF follow until the budget of runs or of time is spent.
 */
import { DatabaseError } from '../base/databaseError.ts';
import { median, sum } from '../base/statistics.ts';
import type { Plan } from '../plan/plan.ts';
import type { Measurement } from './events.ts';
import type { Look } from './probe.ts';

export interface MeasureBudget {
  /** TIMING OFF runs at most. */
  readonly runs: number;
  /** No further run starts once the TIMING OFF runs together took this long, ms. */
  readonly totalMs: number;
}

export const MEASURE_BUDGET: MeasureBudget = { runs: 5, totalMs: 3000 };

/** Side of a comparison of two plans of a query. */
export type Turn = 'before' | 'after';
/** The known run times of a plan; no runs if the first one was stopped. */
export type Timed = Pick<Measurement, 'runsMs' | 'timedOutAfterMs'>;
/** The runs that two plans still need before they can be compared, in order. undefined: a plan that cannot be run. */
export type Interleave = (before: Timed | undefined, after: Timed | undefined) => readonly Turn[];

const CANCELED = '57014';

/**
 * @param look Sends one run; rejects with DatabaseError 57014 when it was stopped.
 * @param wasCancelled Whether we asked for the stop.
 * @param now ms of a clock: a 57014 before the limit is a cancel, not the timeout.
 * @throws DatabaseError, also when it was cancelled.
 */
export async function measure(
  look: (look: Look, timeoutMs: number) => Promise<Plan>,
  timeoutMs: number,
  budget: MeasureBudget,
  wasCancelled: () => boolean,
  now: () => number,
): Promise<Measurement> {
  let startedAt = now();
  const late = (error: unknown, limitMs: number) =>
    !wasCancelled() && timedOut(error, now() - startedAt, limitMs);
  const runsMs: number[] = [];
  const run = async () => {
    startedAt = now();
    const plan = await look('run', timeoutMs);
    runsMs.push(totalMs(plan));
  };
  try {
    await run();
  } catch (error) {
    if (!late(error, timeoutMs)) throw error;
    return { runsMs: [], medianMs: undefined, timedOutAfterMs: timeoutMs, tree: undefined };
  }
  let tree: Plan | undefined;
  try {
    // Timing every node slows a plan down; a query just under the timeout must still get its tree.
    startedAt = now();
    tree = await look('tree', timeoutMs * 2);
  } catch (error) {
    if (!late(error, timeoutMs * 2)) throw error;
  }
  while (another(runsMs, budget)) {
    try {
      await run();
    } catch (error) {
      if (!late(error, timeoutMs)) throw error;
      break;
    }
  }
  return { runsMs, medianMs: median(runsMs), timedOutAfterMs: undefined, tree };
}

/**
 * Alternates between two plans, so that other load on the machine slows both.
 * @param run One run with TIMING OFF, ms; undefined if it ran another plan. Rejects when it was stopped or failed.
 * @returns The runs of each, ms; fewer than `turns` after a failed run.
 */
export async function takeTurns(
  turns: readonly Turn[],
  run: (turn: Turn) => Promise<number | undefined>,
): Promise<Readonly<Record<Turn, readonly number[]>>> {
  const made: Record<Turn, number[]> = { before: [], after: [] };
  for (const turn of turns) {
    const ms = await run(turn).catch(() => undefined);
    if (ms === undefined) break;
    made[turn].push(ms);
  }
  return made;
}

export function withRuns(known: Measurement, more: readonly number[]): Measurement {
  const runsMs = [...known.runsMs, ...more];
  return { ...known, runsMs, medianMs: median(runsMs) };
}

/** Another client may cancel a statement, too: only a run near its limit has timed out. */
export function timedOut(error: unknown, elapsedMs: number, limitMs: number): boolean {
  return error instanceof DatabaseError && error.code === CANCELED && elapsedMs >= limitMs * 0.95;
}

export const totalMs = ({ planningMs = 0, executionMs = 0 }: Plan): number => planningMs + executionMs;

export function another(runsMs: readonly number[], { runs, totalMs }: MeasureBudget): boolean {
  return runsMs.length < runs && sum(runsMs) < totalMs;
}
