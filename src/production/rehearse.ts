/** Makes a sample's planner choose production's plan, and runs it. */
import { formatCount } from '../base/format.ts';
import { median } from '../base/statistics.ts';
import { isGather } from '../plan/accounting/readers.ts';
import type { Plan } from '../plan/plan.ts';
import { flattenPlan } from '../plan/tree.ts';
import type { BackgroundAnswer, ExplorerSession } from '../session/events.ts';
import { another } from '../session/measure.ts';
import { structureOf } from '../session/runFingerprint.ts';
import type { SettingChoice } from '../workload/plannerSettings.ts';
import { processesIn } from './passes.ts';
import type { Aim, Rehearsal, Rehearsed, Size } from './rehearsal.ts';

interface Led {
  readonly plan: Plan;
  readonly settings: readonly SettingChoice[];
  /** Set if a Gather has other workers than in production. */
  readonly workers: string | undefined;
}

/**
 * The first choice that gives the same plan, preferably with as many workers.
 * @returns A clause with the reason if none does; undefined if the session ended.
 */
async function lead(
  session: ExplorerSession,
  { queryId, proposals, rewrite, plan: target }: Aim,
  choices: readonly (readonly SettingChoice[])[],
  signal?: AbortSignal,
): Promise<Led | string | undefined> {
  let nearly: Led | undefined;
  for (const settings of choices) {
    const answer = await session.background({ kind: 'estimate', queryId, proposals, settings }, signal);
    if (answer.kind === 'ended') return undefined;
    if (answer.kind === 'failed') return `the sample's planner gave no estimate: ${answer.reason}`;
    if (answer.kind !== 'estimated' || answer.rewrite !== rewrite) continue;
    const { plan } = answer;
    if (structureOf(plan.fingerprint) !== structureOf(target.fingerprint)) continue;
    const workers = otherWorkers(plan, target);
    if (workers === undefined) return { plan, settings, workers };
    nearly ??= { plan, settings, workers };
  }
  return (
    nearly ??
    `the sample's planner did not choose production's plan (${formatCount(choices.length)} attempts)`
  );
}

function otherWorkers(plan: Plan, target: Plan): string | undefined {
  const planned = (of: Plan) =>
    flattenPlan(of)
      .filter(isGather)
      .map(({ workersPlanned }) => workersPlanned ?? 0)
      .join(' and ');
  return planned(plan) === planned(target)
    ? undefined
    : `${planned(plan)} workers here, ${planned(target)} there`;
}

interface RehearseOptions {
  readonly size: Size;
  /** Settings to try: see attempts(). */
  readonly choices: readonly (readonly SettingChoice[])[];
  /** Timeout of a run, ms. */
  readonly limitMs: number;
  readonly signal?: AbortSignal | undefined;
}

/** More runs than an ordinary measurement, because errors are multiplied. */
const FIRST = { runs: 5, totalMs: 1500, trees: 2 };
const SECOND = { runs: 3, totalMs: 500, trees: 1 };
/** A longer rehearsal has no second round, ms. */
const LONG = 5000;

/** @returns undefined if the session ended. */
export async function rehearse(
  session: ExplorerSession,
  aim: Aim,
  { size, choices, limitMs, signal }: RehearseOptions,
): Promise<Rehearsed | undefined> {
  const led = await lead(session, aim, choices, signal);
  if (led === undefined) return undefined;
  const unknown = (why: string): Rehearsed => ({ kind: 'unknown', why: `${size.label}: ${why}` });
  if (typeof led === 'string') return unknown(led);
  const ran = await runRound(session, aim, led.settings, FIRST, limitMs, signal);
  if (ran === undefined) return undefined;
  if (typeof ran === 'string') return unknown(ran);
  const { settings, plan: estimated, workers } = led;
  return { kind: 'rehearsed', rehearsal: { size, settings, estimated, workers, ...ran } };
}

/**
 * A second round after the other sizes: the machine's drift then shows as spread and not as growth. Keeps the first
 * round if it fails. @returns undefined if the session ended.
 */
export async function rehearseAgain(
  session: ExplorerSession,
  aim: Aim,
  rehearsal: Rehearsal,
  limitMs: number,
  signal?: AbortSignal,
): Promise<Rehearsal | undefined> {
  if ((median(rehearsal.runsMs) ?? 0) > LONG) return rehearsal;
  const ran = await runRound(session, aim, rehearsal.settings, SECOND, limitMs, signal);
  if (ran === undefined) return undefined;
  if (typeof ran === 'string') return rehearsal;
  return {
    ...rehearsal,
    runsMs: [...rehearsal.runsMs, ...ran.runsMs],
    selfMs: [...rehearsal.selfMs, ...ran.selfMs],
  };
}

type Round = Pick<Rehearsal, 'tree' | 'runsMs' | 'planningMs' | 'selfMs'>;

/** @returns A clause with the reason if it did not run; undefined if the session ended. */
async function runRound(
  session: ExplorerSession,
  { queryId, proposals, rewrite, plan }: Aim,
  settings: readonly SettingChoice[],
  budget: typeof FIRST,
  limitMs: number,
  signal: AbortSignal | undefined,
): Promise<Round | string | undefined> {
  const run = (look: 'run' | 'tree') => {
    const limit = limitMs * (look === 'tree' ? 2 : 1);
    return session.background(
      { kind: 'run', queryId, proposals, settings, rewrite, look, limitMs: limit },
      signal,
    );
  };
  // The first run warms the cache and shows how long it takes.
  const first = await run('run');
  if (first.kind !== 'ran') return whyNot(first);
  const isLong = first.ms > budget.totalMs;
  const runs = isLong ? [first] : [];
  while (
    another(
      runs.map(({ ms }) => ms),
      budget,
    )
  ) {
    const answer = await run('run');
    if (answer.kind !== 'ran') return whyNot(answer);
    runs.push(answer);
  }
  const trees: Plan[] = [];
  while (trees.length < (isLong ? 1 : budget.trees)) {
    const answer = await run('tree');
    if (answer.kind !== 'ran') return whyNot(answer);
    trees.push(answer.plan);
  }
  const [tree] = trees;
  const wanted = structureOf(plan.fingerprint);
  const plans = [...trees, ...runs.map(one => one.plan)];
  if (tree === undefined || plans.some(one => structureOf(one.fingerprint) !== wanted))
    return 'the server ran another plan than it had planned';
  const executionMs = median(runs.map(one => one.plan.executionMs ?? 0)) ?? 0;
  return {
    tree,
    runsMs: runs.map(({ ms }) => ms),
    planningMs: median(runs.map(one => one.plan.planningMs ?? 0)) ?? 0,
    selfMs: trees.map(one => processorMs(one, executionMs)),
  };
}

function whyNot(answer: Exclude<BackgroundAnswer, { kind: 'ran' }>): string | undefined {
  if (answer.kind === 'ended') return undefined;
  return answer.kind === 'failed' ? answer.reason : 'the rehearsal was stopped at the timeout';
}

/**
 * Exclusive ms of each node over all processes, scaled down to the runs without TIMING, which slows a plan. The sum
 * over processes is stable: workers that start late leave their share to others, more so on a sample.
 */
function processorMs(plan: Plan, executionMs: number): readonly number[] {
  const processes = processesIn(plan);
  const own = plan.executionMs ?? 0;
  const slower = own > 0 ? executionMs / own : 1;
  return flattenPlan(plan).map(({ id, actual, raw }) => {
    const { inclusiveMs = 0, exclusiveMs = 0, loops = 0 } = actual ?? {};
    const all = Number(raw['Actual Total Time'] ?? 0) * loops;
    const shared = (processes[id] ?? 1) > 1 && inclusiveMs > 0 ? Math.max(1, all / inclusiveMs) : 1;
    return exclusiveMs * slower * shared;
  });
}
