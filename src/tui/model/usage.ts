/** Whether a switched-on proposal earns its place: is it used by any plan? */
import { isUsed } from '../../plan/uses.ts';
import type { Proposal } from '../../workload/types.ts';
import type { State } from '../state/types.ts';
import { isOn, plannedFor } from './selectors.ts';

function objectNames(state: State, proposal: Proposal): readonly string[] {
  const build = state.builds[proposal.id];
  if (build?.state === 'built') return build.built.objects.map(object => object.name);
  return proposal.statements.flatMap(({ creates }) => (creates === undefined ? [] : [creates]));
}

/** `used` as soon as one plan reads it; `unused` only when every query was planned with it; else undefined. */
export function usageOf(state: State, proposal: Proposal): 'used' | 'unused' | undefined {
  const build = state.builds[proposal.id];
  if (!isOn(state, proposal) || build?.state !== 'built' || build.built.unusable !== undefined)
    return undefined;
  const names = objectNames(state, proposal);
  let open = false;
  for (const query of state.workload.queries) {
    const planned = plannedFor(state, query.id, 'after');
    if (planned?.state !== 'planned' || planned.missing.includes(proposal.id)) {
      open ||= planned?.state !== 'failed';
      continue;
    }
    if (proposal.kind === 'statistics' && planned.plan.uses === undefined) return undefined;
    const rewrite = query.rewrites.find(({ id }) => id === planned.rewrite);
    if (rewrite?.needs.includes(proposal.id) || isUsed(planned.plan, proposal.id, names)) return 'used';
  }
  return open ? undefined : 'unused';
}
