/** What is known of one query's run time on one side, and how it was got. */
import type { Side, State } from '../state/types.ts';
import { configurationOf, measuringOf, plannedFor } from './selectors.ts';

export type Figure =
  /** Measured under this very configuration, or under another one that has the same plan. Times in ms. */
  | {
      readonly how: 'measured' | 'reused';
      readonly ms: number;
      readonly runsMs: readonly number[];
      /** The configuration it was measured under. */
      readonly configuration: string;
    }
  /** Stopped: it takes longer than this. */
  | { readonly how: 'timed out'; readonly afterMs: number }
  /** Epoch ms. */
  | { readonly how: 'running'; readonly since: number }
  /** The planner's cost only; `problem` says why there is no time. */
  | { readonly how: 'estimated'; readonly cost: number; readonly problem: string | undefined }
  | { readonly how: 'failed'; readonly reason: string }
  | { readonly how: 'planning' };

export function figureOf(state: State, queryId: string, side: Side): Figure {
  const planned = plannedFor(state, queryId, side);
  if (planned === undefined) return { how: 'planning' };
  if (planned.state === 'failed') return { how: 'failed', reason: planned.reason };
  const measuring = measuringOf(state, queryId, planned.plan.fingerprint);
  if (measuring?.runningSince !== undefined) return { how: 'running', since: measuring.runningSince };
  const result = measuring?.result;
  if (result !== undefined) {
    const { medianMs, timedOutAfterMs, runsMs } = result.measurement;
    if (medianMs !== undefined) {
      const here = result.configuration === configurationOf(state, side);
      return { how: here ? 'measured' : 'reused', ms: medianMs, runsMs, configuration: result.configuration };
    }
    if (timedOutAfterMs !== undefined) return { how: 'timed out', afterMs: timedOutAfterMs };
  }
  return { how: 'estimated', cost: planned.plan.root.totalCost, problem: measuring?.problem };
}

export type Change =
  | { readonly kind: 'same plan' }
  /** ms. `atLeast`: one side was stopped at the timeout, the true factor is larger. */
  | {
      readonly kind: 'faster' | 'slower';
      readonly beforeMs: number;
      readonly afterMs: number;
      readonly atLeast: boolean;
    }
  /** Another plan, but the runs' ranges overlap: no difference that a measurement could tell. */
  | { readonly kind: 'no difference' }
  /** Something that is on is not there yet: this is the plan without it. */
  | { readonly kind: 'incomplete' }
  | { readonly kind: 'unknown' };

/** Below this ratio of medians a difference is noise. */
const NOISE = 1.05;

function overlap(a: readonly number[], b: readonly number[]): boolean {
  if (a.length < 2 || b.length < 2) return false;
  return Math.min(...a) <= Math.max(...b) && Math.min(...b) <= Math.max(...a);
}

/** What the switched-on proposals do to a query's run time. */
export function changeOf(state: State, queryId: string): Change {
  const plannedBefore = plannedFor(state, queryId, 'before');
  const plannedAfter = plannedFor(state, queryId, 'after');
  if (plannedBefore?.state !== 'planned' || plannedAfter?.state !== 'planned') return { kind: 'unknown' };
  if (plannedAfter.missing.length > 0) return { kind: 'incomplete' };
  if (plannedBefore.plan.fingerprint === plannedAfter.plan.fingerprint) return { kind: 'same plan' };
  return compare(figureOf(state, queryId, 'before'), figureOf(state, queryId, 'after'));
}

function time(figure: Figure): { ms: number; open: boolean; runs: readonly number[] } | undefined {
  if (figure.how === 'measured' || figure.how === 'reused')
    return { ms: figure.ms, open: false, runs: figure.runsMs };
  if (figure.how === 'timed out') return { ms: figure.afterMs, open: true, runs: [] };
  return undefined;
}

/** Compares two run times; unknown where either is missing or both were stopped. */
export function compare(before: Figure, after: Figure): Change {
  const a = time(before);
  const b = time(after);
  if (a === undefined || b === undefined || (a.open && b.open)) return { kind: 'unknown' };
  if (a.ms <= 0 || b.ms <= 0) return { kind: 'unknown' };
  const factor = a.ms / b.ms;
  if (!a.open && !b.open && (overlap(a.runs, b.runs) || (factor < NOISE && 1 / factor < NOISE)))
    return { kind: 'no difference' };
  // A side that was stopped bounds the other only from its own direction.
  if (a.open && factor < 1) return { kind: 'unknown' };
  if (b.open && factor > 1) return { kind: 'unknown' };
  const times = { beforeMs: a.ms, afterMs: b.ms };
  return factor >= 1
    ? { kind: 'faster', ...times, atLeast: a.open }
    : { kind: 'slower', ...times, atLeast: b.open };
}

export type Verdict = 'met' | 'missed' | 'unknown';

export function verdictOf(figure: Figure, targetMs: number): Verdict {
  const known = time(figure);
  if (known === undefined) return 'unknown';
  if (known.open) return known.ms >= targetMs ? 'missed' : 'unknown';
  return known.ms < targetMs ? 'met' : 'missed';
}
