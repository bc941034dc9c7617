/**
 * The fingerprint under which a run time is stored: the plan's structure, and what makes the same plan take another
 * time. Every plan of a session has this fingerprint, so that comparisons cannot miss it.
 */
import { createHash } from 'node:crypto';
import type { Plan } from '../plan/plan.ts';
import { plannerSetting, type SettingChoice } from '../workload/plannerSettings.ts';
import { tokenOf } from './configuration.ts';

const BEYOND = '+';

/** No plan shows what functions run, so the fingerprint includes the configuration. */
export const withConfiguration = (structure: string, configuration: string): string =>
  configuration === '' ? structure : `${structure}${UNDER}${digest(configuration)}`;

const UNDER = '-under-';

const digest = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 8);

/** Equal where EXPLAIN shows the same plan, whatever its functions run. */
export const shownFingerprint = (fingerprint: string): string =>
  fingerprint.replace(/-under-[0-9a-f]{8}/, '');

/**
 * @param structure The fingerprint of the plan's structure.
 * @param choices Settings for the plan; none under the server's own.
 */
export function runFingerprint(
  { statement }: Plan,
  structure: string,
  choices: readonly SettingChoice[],
): string {
  const compiled = statement.jit !== undefined;
  // JIT compilation depends on the plan's cost, which every setting changes.
  const counted = compiled ? choices : choices.filter(({ name }) => plannerSetting(name)?.changesRuns);
  const beyond = [...(compiled ? ['jit'] : []), ...counted.map(tokenOf).sort()];
  return [structure, ...beyond].join(BEYOND);
}

/** The plan's structure alone: equal where the planner chose the same plan, however it runs. */
export const structureOf = (fingerprint: string): string => fingerprint.split(BEYOND)[0] ?? fingerprint;
