import { availableParallelism } from 'node:os';
import { type FitCheck, type ProductionSide, type ProjectedTime, unrehearsed } from '../advisor/projected.ts';
import { median } from '../base/statistics.ts';
import { bytesOfSetting, DEFAULT_WORK_MEM } from '../plan/memory/memory.ts';
import type { Query, Workload } from '../workload/types.ts';
import { project } from './project.ts';
import type { Aim, Rehearsal, Size } from './rehearsal.ts';
import { rehearseAgain } from './rehearse.ts';
import { factorTo, rehearseAt, type Stage } from './stage.ts';

/** Whether the method holds: what the smaller sizes say of the largest one, against what was measured there. Pure. */

/** @param seen Ascending by size. @returns undefined without any. */
export function checkFit(
  seen: readonly Rehearsal[],
  workMemBytesOf: (rehearsal: Rehearsal) => number,
): FitCheck | undefined {
  const largest = seen.at(-1);
  if (largest === undefined) return undefined;
  const predicted = project(seen.slice(0, -1), {
    size: largest.size,
    plan: largest.estimated,
    workMemBytes: workMemBytesOf(largest),
    processors: availableParallelism(),
    // It was warm when it was measured.
    cacheBytes: undefined,
  });
  const measuredMs = median(largest.runsMs) ?? 0;
  const inside =
    predicted.kind === 'unknown'
      ? undefined
      : predicted.ms.low <= measuredMs && measuredMs <= predicted.ms.high;
  return { predicted, measuredMs, label: largest.size.label, inside };
}

/** One plan of production, rehearsed at every size, and projected. */

export interface PlanOptions {
  readonly workload: Workload;
  readonly production: Size;
  /** Ascending by all that grows. */
  readonly stages: readonly Stage[];
  readonly signal?: AbortSignal | undefined;
  /** What is rehearsed now. */
  readonly onStep: (query: Query, stage: Stage) => void;
}

/** Of a query that production would refuse. */
export const unplanned = (failure: string): ProductionSide =>
  unrehearsed({
    plan: undefined,
    rewrite: undefined,
    failure,
    time: { kind: 'unknown', why: failure },
  });

/** @returns undefined when a session ended. */
export async function rehearsePlan(
  query: Query,
  { proposals, rewrite, plan }: Omit<Aim, 'queryId'>,
  options: PlanOptions,
): Promise<ProductionSide | undefined> {
  const aim: Aim = { queryId: query.id, proposals, rewrite, plan };
  const { timeoutMs } = options.workload.budgets;
  // As the sessions of all sizes have it, and the lens that was made through one of them.
  const workMemBytes =
    bytesOfSetting(options.stages.at(-1)?.server.settings.get('work_mem')) ?? DEFAULT_WORK_MEM;
  const there = { size: options.production, plan, workMemBytes, processors: availableParallelism() };
  // Samples may be drawn by one table: another one's rows need not follow.
  const stages = [...options.stages].sort(
    (a, b) => factorTo(b, aim, there.size) - factorTo(a, aim, there.size),
  );
  const first: { readonly stage: Stage; readonly rehearsal: Rehearsal }[] = [];
  let why: string | undefined;
  for (const stage of stages) {
    options.onStep(query, stage);
    const answer = await rehearseAt(stage, aim, there, timeoutMs, options.signal);
    if (answer === undefined) return undefined;
    if (answer.kind === 'rehearsed') first.push({ stage, rehearsal: answer.rehearsal });
    else why ??= answer.why;
  }
  const seen: Rehearsal[] = [];
  for (const { stage, rehearsal } of first) {
    options.onStep(query, stage);
    const both = await rehearseAgain(stage.session, aim, rehearsal, timeoutMs, options.signal);
    if (both === undefined) return undefined;
    seen.push(both);
  }
  const { sharedBufferBytes: cacheBytes, jitAboveCost } = options.stages.at(-1)?.server ?? {};
  const time = project(seen, { ...there, cacheBytes, jitAboveCost });
  const scaled = ({ size }: Rehearsal) => workMemBytes / Math.max(1, factorTo({ size }, aim, there.size));
  return {
    plan,
    rewrite,
    failure: undefined,
    time: explained(time, why),
    check: seen.length === stages.length ? checkFit(seen, scaled) : undefined,
    rehearsals: seen.map(({ size, runsMs, settings }) => ({
      label: size.label,
      medianMs: median(runsMs) ?? 0,
      runsMs,
      settings: Object.fromEntries(settings.map(({ name, value }) => [name, value])),
    })),
  };
}

/** A size that is missing is why there is nothing, or what should be known of it. */
function explained(time: ProjectedTime, why: string | undefined): ProjectedTime {
  if (why === undefined) return time;
  return time.kind === 'unknown'
    ? { kind: 'unknown', why }
    : { ...time, remarks: [...time.remarks, `without one size: ${why}`] };
}
