/** Runs on a sample the plan that production would choose: the only file here that talks to a session. */
import { flattenPlan } from '../plan/flatten.ts';
import type { Plan } from '../plan/types.ts';
import type { ErrandAnswer, ExplorerSession } from '../session/events.ts';
import { another, median } from '../session/measure.ts';
import type { SettingChoice } from '../session/plannerSettings.ts';
import { structureOf } from '../session/whatRuns.ts';
import { lead } from './lead.ts';
import type { Aim, Rehearsal, Rehearsed, Size } from './types.ts';

export interface RehearseOptions {
  readonly size: Size;
  /** attempts() */
  readonly choices: readonly (readonly SettingChoice[])[];
  /** A run is stopped after this, ms. */
  readonly limitMs: number;
  readonly signal?: AbortSignal | undefined;
}

const TREES = 3;
/** More than an ordinary measurement: every millisecond here is many of production's. */
const BUDGET = { runs: 7, totalMs: 2000 };

/** @returns undefined when the session ended. */
export async function rehearse(
  session: ExplorerSession,
  aim: Aim,
  { size, choices, limitMs, signal }: RehearseOptions,
): Promise<Rehearsed | undefined> {
  const led = await lead(session, aim, choices, signal);
  if (led === undefined) return undefined;
  if (typeof led === 'string') return { kind: 'unknown', why: `${size.label}: ${led}` };
  const { queryId, proposals, rewrite } = aim;
  const run = (look: 'run' | 'tree') =>
    session.errand(
      {
        kind: 'run',
        queryId,
        proposals,
        settings: led.settings,
        rewrite,
        look,
        limitMs: limitMs * (look === 'tree' ? 2 : 1),
      },
      signal,
    );
  const unknown = (answer: Exclude<ErrandAnswer, { kind: 'ran' }>): Rehearsed | undefined => {
    if (answer.kind === 'ended') return undefined;
    const why = answer.kind === 'failed' ? answer.reason : 'the rehearsal was stopped at the timeout';
    return { kind: 'unknown', why: `${size.label}: ${why}` };
  };
  // The first one finds out what is cached, and how long it takes.
  const first = await run('run');
  if (first.kind !== 'ran') return unknown(first);
  const runs: { readonly plan: Plan; readonly ms: number }[] = first.ms > BUDGET.totalMs ? [first] : [];
  while (
    another(
      runs.map(({ ms }) => ms),
      BUDGET,
    )
  ) {
    const answer = await run('run');
    if (answer.kind !== 'ran') return unknown(answer);
    runs.push(answer);
  }
  const trees: Plan[] = [];
  while (trees.length < (first.ms > BUDGET.totalMs ? 1 : TREES)) {
    const answer = await run('tree');
    if (answer.kind !== 'ran') return unknown(answer);
    trees.push(answer.plan);
  }
  const [tree] = trees;
  const wanted = structureOf(aim.plan.fingerprint);
  const plans = [...trees, ...runs.map(({ plan }) => plan)];
  if (tree === undefined || plans.some(plan => structureOf(plan.fingerprint) !== wanted))
    return { kind: 'unknown', why: `${size.label}: another plan ran than was planned` };
  const executionMs = median(runs.map(({ plan }) => plan.executionMs ?? 0)) ?? 0;
  const rehearsal: Rehearsal = {
    size,
    settings: led.settings,
    estimated: led.plan,
    tree,
    runsMs: runs.map(({ ms }) => ms),
    planningMs: median(runs.map(({ plan }) => plan.planningMs ?? 0)) ?? 0,
    selfMs: trees.map(plan => sharesOf(plan, executionMs)),
    workers: led.workers,
  };
  return { kind: 'rehearsed', rehearsal };
}

/** Timing each node slows a plan down: only the shares are taken from such a run. */
function sharesOf(plan: Plan, executionMs: number): readonly number[] {
  const nodes = flattenPlan(plan);
  const own = nodes.map(({ actual }) => actual?.exclusiveMs ?? 0);
  const sum = own.reduce((total, ms) => total + ms, 0);
  return own.map(ms => (sum === 0 ? 0 : (ms * executionMs) / sum));
}
