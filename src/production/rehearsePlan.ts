/** Rehearses production's plans at every size and projects their times. */
import { availableParallelism } from 'node:os';
import {
  type AtProduction,
  type FitCheck,
  type ProductionSide,
  type ProjectedTime,
  unrehearsed,
} from '../advisor/projected.ts';
import { median } from '../base/statistics.ts';
import { bytesOfSetting, DEFAULT_WORK_MEM } from '../plan/memory/memory.ts';
import type { BackgroundAnswer, ExplorerSession } from '../session/events.ts';
import { structureOf } from '../session/runFingerprint.ts';
import type { Query, Workload } from '../workload/workload.ts';
import { project } from './project.ts';
import type { Aim, Rehearsal, Size } from './rehearsal.ts';
import { rehearseAgain } from './rehearse.ts';
import { factorTo, rehearseAt, type Stage } from './stage.ts';

/** Checks the method: projects the largest size from the smaller ones. @param seen Ascending by size. */
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
    // The measured runs had a warm cache.
    cacheBytes: undefined,
  });
  const measuredMs = median(largest.runsMs) ?? 0;
  const inside =
    predicted.kind === 'unknown'
      ? undefined
      : predicted.ms.low <= measuredMs && measuredMs <= predicted.ms.high;
  return { predicted, measuredMs, label: largest.size.label, inside };
}

export interface PlanOptions {
  readonly workload: Workload;
  readonly production: Size;
  /** Ascending by size. */
  readonly stages: readonly Stage[];
  readonly signal?: AbortSignal | undefined;
  /** Called before each rehearsal. */
  readonly onStep: (query: Query, stage: Stage) => void;
}

/** Rehearses one plan. @returns undefined if a session ended. */
export async function rehearsePlan(
  query: Query,
  { proposals, rewrite, plan }: Omit<Aim, 'queryId'>,
  options: PlanOptions,
): Promise<ProductionSide | undefined> {
  const aim: Aim = { queryId: query.id, proposals, rewrite, plan };
  const { timeoutMs } = options.workload.budgets;
  // All sizes' sessions have the same work_mem, and so has the lens.
  const workMemBytes =
    bytesOfSetting(options.stages.at(-1)?.server.settings.get('work_mem')) ?? DEFAULT_WORK_MEM;
  const target = { size: options.production, plan, workMemBytes, processors: availableParallelism() };
  // A sample may shrink only some tables, so the order depends on the plan.
  const stages = [...options.stages].sort(
    (a, b) => factorTo(b, aim, target.size) - factorTo(a, aim, target.size),
  );
  const first: { readonly stage: Stage; readonly rehearsal: Rehearsal }[] = [];
  let why: string | undefined;
  for (const stage of stages) {
    options.onStep(query, stage);
    const answer = await rehearseAt(stage, aim, target, timeoutMs, options.signal);
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
  const time = project(seen, { ...target, cacheBytes, jitAboveCost });
  const scaled = ({ size }: Rehearsal) => workMemBytes / Math.max(1, factorTo({ size }, aim, target.size));
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

/** Adds the reason for a missing size. */
function explained(time: ProjectedTime, why: string | undefined): ProjectedTime {
  if (why === undefined) return time;
  return time.kind === 'unknown'
    ? { kind: 'unknown', why }
    : { ...time, remarks: [...time.remarks, `without one size: ${why}`] };
}

// All queries, before and after.

interface AllOptions extends PlanOptions {
  /** Ids of the proposals that are on afterwards. */
  readonly on: readonly string[];
  /** Plans as production would. */
  readonly lens: ExplorerSession;
}

/** @returns undefined if a session ended. */
export async function rehearseAll(
  options: AllOptions,
): Promise<Pick<AtProduction, 'before' | 'after'> | undefined> {
  const before = new Map<string, ProductionSide>();
  const after = new Map<string, ProductionSide>();
  for (const query of options.workload.queries) {
    const first = await planThere(query, [], options);
    const second = await planThere(query, options.on, options);
    const one = await sideOf(query, [], first, options);
    // One plan takes the same time under any configuration.
    const same = samePlan(first, second);
    const other = same ? one : await sideOf(query, options.on, second, options);
    if (one === undefined || other === undefined) return undefined;
    before.set(query.id, one);
    after.set(query.id, other);
  }
  return { before, after };
}

const planThere = (
  { id }: Query,
  proposals: readonly string[],
  { lens, signal }: AllOptions,
): Promise<BackgroundAnswer> => lens.background({ kind: 'estimate', queryId: id, proposals }, signal);

const samePlan = (one: BackgroundAnswer, other: BackgroundAnswer): boolean =>
  one.kind === 'estimated' &&
  other.kind === 'estimated' &&
  structureOf(one.plan.fingerprint) === structureOf(other.plan.fingerprint) &&
  one.rewrite === other.rewrite;

async function sideOf(
  query: Query,
  proposals: readonly string[],
  planned: BackgroundAnswer,
  options: AllOptions,
): Promise<ProductionSide | undefined> {
  if (planned.kind === 'failed') {
    const time = { kind: 'unknown', why: planned.reason } as const;
    return unrehearsed({ plan: undefined, rewrite: undefined, failure: planned.reason, time });
  }
  if (planned.kind !== 'estimated') return undefined;
  const { plan, rewrite } = planned;
  return rehearsePlan(query, { proposals, rewrite, plan }, options);
}
