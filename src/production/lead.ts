/** Leads the planner of a sample to the plan that was chosen for production. */
import { formatCount } from '../format/count.ts';
import { flattenPlan } from '../plan/flatten.ts';
import { isGather } from '../plan/subplans.ts';
import type { Plan } from '../plan/types.ts';
import type { ExplorerSession } from '../session/events.ts';
import { structureOf } from '../session/whatRuns.ts';
import type { SettingChoice } from '../workload/plannerSettings.ts';
import type { Aim } from './types.ts';

export interface Led {
  readonly plan: Plan;
  readonly settings: readonly SettingChoice[];
  /** Set where a Gather has other workers than in production. */
  readonly workers: string | undefined;
}

/**
 * The first of the choices that gives the same fingerprint, with as many workers where one of them does.
 * @returns A clause why there is none; undefined when the session ended.
 */
export async function lead(
  session: ExplorerSession,
  { queryId, proposals, rewrite, plan: target }: Aim,
  choices: readonly (readonly SettingChoice[])[],
  signal?: AbortSignal,
): Promise<Led | string | undefined> {
  let nearly: Led | undefined;
  for (const settings of choices) {
    const answer = await session.errand({ kind: 'estimate', queryId, proposals, settings }, signal);
    if (answer.kind === 'ended') return undefined;
    if (answer.kind === 'failed') return `the sample's planner was not asked: ${answer.reason}`;
    if (answer.kind !== 'estimated' || answer.rewrite !== rewrite) continue;
    const { plan } = answer;
    if (structureOf(plan.fingerprint) !== structureOf(target.fingerprint)) continue;
    const workers = otherWorkers(plan, target);
    if (workers === undefined) return { plan, settings, workers };
    nearly ??= { plan, settings, workers };
  }
  return (
    nearly ??
    `the sample's planner could not be led to production's plan (${formatCount(choices.length)} attempts)`
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
