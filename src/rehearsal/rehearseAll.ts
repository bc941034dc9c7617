/** Every query, before and after, at production size: planned there, rehearsed at each size, projected. */
import type { AtProduction, ProductionSide, ProjectedTime } from '../advisor/projected.ts';
import type { ErrandAnswer, ExplorerSession } from '../session/events.ts';
import { median } from '../session/measure.ts';
import { structureOf } from '../session/whatRuns.ts';
import type { Query, Workload } from '../workload/types.ts';
import { checkFit } from './checkFit.ts';
import { project } from './project.ts';
import { rehearseAgain } from './rehearse.ts';
import { factorTo, rehearseAt, type Stage } from './stage.ts';
import type { Aim, Rehearsal, Size } from './types.ts';

export interface AllOptions {
  readonly workload: Workload;
  /** Ids of the proposals that are on, after. */
  readonly on: readonly string[];
  /** Answers estimates as production would. */
  readonly lens: ExplorerSession;
  readonly production: Size;
  /** Ascending by all that grows. */
  readonly stages: readonly Stage[];
  readonly signal?: AbortSignal | undefined;
  /** What is rehearsed now. */
  readonly onStep: (query: Query, stage: Stage) => void;
}

/** @returns undefined when a session ended. */
export async function rehearseAll(
  options: AllOptions,
): Promise<Pick<AtProduction, 'before' | 'after'> | undefined> {
  const before = new Map<string, ProductionSide>();
  const after = new Map<string, ProductionSide>();
  for (const query of options.workload.queries) {
    const first = await planThere(query, [], options);
    const second = await planThere(query, options.on, options);
    const one = await sideOf(query, [], first, options);
    // The same plan takes the same time, whatever else is on.
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
): Promise<ErrandAnswer> => lens.errand({ kind: 'estimate', queryId: id, proposals }, signal);

const samePlan = (one: ErrandAnswer, other: ErrandAnswer): boolean =>
  one.kind === 'estimated' &&
  other.kind === 'estimated' &&
  structureOf(one.plan.fingerprint) === structureOf(other.plan.fingerprint) &&
  one.rewrite === other.rewrite;

async function sideOf(
  query: Query,
  proposals: readonly string[],
  planned: ErrandAnswer,
  options: AllOptions,
): Promise<ProductionSide | undefined> {
  const none = { plan: undefined, rewrite: undefined, check: undefined, rehearsals: [] };
  if (planned.kind === 'failed')
    return { ...none, failure: planned.reason, time: { kind: 'unknown', why: planned.reason } };
  if (planned.kind !== 'estimated') return undefined;
  const { plan, rewrite } = planned;
  const { workMemBytes, timeoutMs } = options.workload.budgets;
  const aim: Aim = { queryId: query.id, proposals, rewrite, plan };
  const there = { size: options.production, plan, workMemBytes };
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
  const cacheBytes = options.stages.at(-1)?.server.sharedBufferBytes;
  const time = project(seen, { ...there, cacheBytes });
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
