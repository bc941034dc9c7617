/** What is known of one query's run time on one side, and how it was got. */
import { judgeMeasured, type Verdict as RunVerdict } from '../../advisor/verdict.ts';
import { effectiveKey } from '../../session/configuration.ts';
import { neverRunBecause, type Query } from '../../workload/workload.ts';
import type { Side, State } from '../state/state.ts';
import { configurationOf, measuringOf, plannedFor } from './selectors.ts';
import { unknownReason } from './unknown.ts';

export type Figure =
  /** Measured under this very configuration, or under another one that has the same plan. Times in ms. */
  | {
      readonly how: 'measured' | 'reused';
      readonly ms: number;
      readonly runsMs: readonly number[];
      /** The configuration it was measured under. */
      readonly configuration: string;
      /** It writes: each run was rolled back. */
      readonly rolledBack?: boolean;
    }
  /** Stopped: it takes longer than this. */
  | { readonly how: 'timed out'; readonly afterMs: number }
  /** Epoch ms. */
  | { readonly how: 'running'; readonly since: number }
  /** The planner's cost only; `problem` says why there is no time. */
  | { readonly how: 'estimated'; readonly cost: number; readonly problem: string | undefined }
  /** It reads an index that cannot be built: the planner's cost is all there will be. */
  | { readonly how: 'hypothetical'; readonly cost: number }
  /** It changes or locks rows: it is planned, and never run. */
  | { readonly how: 'planned'; readonly cost: number; readonly reason: string }
  | { readonly how: 'failed'; readonly reason: string }
  /** The plan would read an index that this transaction cannot use: its effect is unknown here. */
  | { readonly how: 'unknown'; readonly reason: string }
  | { readonly how: 'planning' };

export function figureOf(state: State, queryId: string, side: Side): Figure {
  const planned = plannedFor(state, queryId, side);
  if (planned === undefined) return { how: 'planning' };
  if (planned.state === 'failed') return { how: 'failed', reason: planned.reason };
  const unknown = unknownReason(state, queryId, side);
  if (unknown !== undefined) return { how: 'unknown', reason: unknown };
  if (planned.plan.hypothetical === true) return { how: 'hypothetical', cost: planned.plan.totalCost };
  const never = neverRun(state, queryId);
  if (never !== undefined) return { how: 'planned', cost: planned.plan.totalCost, reason: never };
  const measuring = measuringOf(state, queryId, planned.plan.fingerprint);
  const result = measuring?.result;
  if (measuring?.runningSince !== undefined && (measuring.more !== true || result === undefined))
    return { how: 'running', since: measuring.runningSince };
  if (result !== undefined) {
    const { medianMs, timedOutAfterMs, runsMs } = result.measurement;
    if (medianMs !== undefined) {
      // Measured without what could not be built, if it was planned without.
      const here = result.configuration === effectiveKey(configurationOf(state, side), planned.missing);
      const { configuration } = result;
      const rolledBack = queryOf(state, queryId).writes !== undefined;
      return { how: here ? 'measured' : 'reused', ms: medianMs, runsMs, configuration, rolledBack };
    }
    if (timedOutAfterMs !== undefined) return { how: 'timed out', afterMs: timedOutAfterMs };
  }
  return { how: 'estimated', cost: planned.plan.totalCost, problem: measuring?.problem };
}

const queryOf = ({ workload }: State, queryId: string): Partial<Query> =>
  workload.queries.find(({ id }) => id === queryId) ?? {};

const neverRun = (state: State, queryId: string): string | undefined =>
  neverRunBecause(queryOf(state, queryId), state.session?.writing);

export type QueryChange =
  | RunVerdict
  /** Something that is on is not there yet: this is the plan without it. */
  | { readonly kind: 'incomplete' }
  /** The effect of one side is unknown. */
  | { readonly kind: 'unusable' };

/** What the switched-on proposals do to a query's run time. */
export function changeOf(state: State, queryId: string): QueryChange {
  const plannedBefore = plannedFor(state, queryId, 'before');
  const plannedAfter = plannedFor(state, queryId, 'after');
  if (plannedBefore?.state !== 'planned' || plannedAfter?.state !== 'planned')
    return { kind: 'not measured' };
  // A build that failed or was cancelled will not come: this plan is final.
  const pending = plannedAfter.missing.some(id => {
    const build = state.builds[id]?.state;
    return build !== 'failed' && build !== 'cancelled';
  });
  if (pending) return { kind: 'incomplete' };
  if ((['before', 'after'] as const).some(side => unknownReason(state, queryId, side) !== undefined))
    return { kind: 'unusable' };
  if (plannedBefore.plan.fingerprint === plannedAfter.plan.fingerprint) return { kind: 'same plan' };
  return compare(figureOf(state, queryId, 'before'), figureOf(state, queryId, 'after'));
}

const NO_RUNS: readonly number[] = [];
/** Runs are never changed, but replaced by more: a verdict on two of them is worked out once, not in each frame. */
const verdicts = new WeakMap<readonly number[], WeakMap<readonly number[], RunVerdict>>();

/** Compares two figures; 'not measured' where either is not a run time. */
export function compare(before: Figure, after: Figure): RunVerdict {
  const stopped = [before, after].some(({ how }) => how === 'timed out');
  const [runsBefore, runsAfter] = [runsOf(before), runsOf(after)];
  const judged = () =>
    judgeMeasured(
      { runsMs: runsBefore, timedOutAfterMs: boundOf(before) },
      { runsMs: runsAfter, timedOutAfterMs: boundOf(after) },
    );
  if (stopped) return judged();
  const known = verdicts.get(runsBefore) ?? new WeakMap<readonly number[], RunVerdict>();
  verdicts.set(runsBefore, known);
  const verdict = known.get(runsAfter) ?? judged();
  known.set(runsAfter, verdict);
  return verdict;
}

const runsOf = (figure: Figure): readonly number[] => ('runsMs' in figure ? figure.runsMs : NO_RUNS);
const boundOf = (figure: Figure): number | undefined =>
  figure.how === 'timed out' ? figure.afterMs : undefined;

type Verdict = 'met' | 'missed' | 'unknown';

export function verdictOf(figure: Figure, targetMs: number): Verdict {
  if (figure.how === 'timed out') return figure.afterMs >= targetMs ? 'missed' : 'unknown';
  if (!('ms' in figure)) return 'unknown';
  return figure.ms < targetMs ? 'met' : 'missed';
}
