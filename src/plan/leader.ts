/** Whether the leader of a Gather runs the plan beneath it like its workers. */
import type { Plan } from './types.ts';

/** It does unless EXPLAIN (SETTINGS) tells that parallel_leader_participation is off. */
export function leaderTakesPart(settings: Plan['settings']): boolean {
  return settings.parallel_leader_participation !== 'off';
}
