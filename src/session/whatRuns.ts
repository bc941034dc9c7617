/**
 * What a run time is filed under: the plan's structure, and beyond it what makes the same plan take another time. The
 * session gives every plan this as its fingerprint, so that comparing two of them cannot miss it.
 */
import { createHash } from 'node:crypto';
import type { Plan } from '../plan/plan.ts';
import { plannerSetting, type SettingChoice } from '../workload/plannerSettings.ts';
import { tokenOf } from './configuration.ts';

const BEYOND = '+';

/** What a function runs is in no plan: the same plan is another one under another configuration. */
export const under = (structure: string, configuration: string): string =>
  configuration === '' ? structure : `${structure}${UNDER}${digest(configuration)}`;

const UNDER = '-under-';

const digest = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 8);

/** Equal where EXPLAIN shows the same plan, whatever its functions run. */
export const shownBy = (fingerprint: string): string => fingerprint.replace(/-under-[0-9a-f]{8}/, '');

/**
 * @param structure The fingerprint of the plan's structure.
 * @param choices What is set for it; none for a plan under the server's own settings.
 */
export function whatRuns({ statement }: Plan, structure: string, choices: readonly SettingChoice[]): string {
  const compiled = statement.jit !== undefined;
  // Whether and how far expressions are compiled goes by the plan's cost, and every setting changes that.
  const counted = compiled ? choices : choices.filter(({ name }) => plannerSetting(name)?.changesRuns);
  const beyond = [...(compiled ? ['jit'] : []), ...counted.map(tokenOf).sort()];
  return [structure, ...beyond].join(BEYOND);
}

/** The plan's structure alone: equal where the planner chose the same plan, however it runs. */
export const structureOf = (fingerprint: string): string => fingerprint.split(BEYOND)[0] ?? fingerprint;
