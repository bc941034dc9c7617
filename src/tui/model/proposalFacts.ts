/** What is known of a proposal beside its build: whether any plan uses it, and how long building it may take. */

import { estimatedBuildMs, measuredRate } from '../../session/preflight/buildEstimate.ts';
import { factsOf } from '../../workload/proposalKinds.ts';
import type { Proposal } from '../../workload/workload.ts';
import type { State } from '../state/state.ts';
import { isUsedBy } from './helps.ts';
import { isOn, plannedFor } from './selectors.ts';

/** `used` as soon as one plan reads it; `unused` only when every query was planned with it; else undefined. */
export function usageOf(state: State, proposal: Proposal): 'used' | 'unused' | undefined {
  const build = state.builds[proposal.id];
  if (!isOn(state, proposal) || build?.state !== 'built' || build.built.unusable !== undefined)
    return undefined;
  let open = false;
  for (const query of state.workload.queries) {
    const planned = plannedFor(state, query.id, 'after');
    const isKnown = planned?.state === 'planned' && !planned.missing.includes(proposal.id);
    if (isKnown && factsOf(proposal).onlyInforms && planned.plan.uses === undefined) return undefined;
    const used = isUsedBy(state, proposal, query);
    if (used === true) return 'used';
    open ||= used === undefined;
  }
  return open ? undefined : 'unused';
}

/** ms; undefined until an index was built here, and for anything but an index on a known table. */
export function buildEstimate(state: State, proposal: Proposal): number | undefined {
  const bytes = bytesRead(state, proposal);
  const rate = rateOf(state);
  return bytes === undefined || rate === undefined ? undefined : estimatedBuildMs(bytes, rate);
}

/** The rate of all index builds so far, in bytes of table per second. */
function rateOf(state: State): number | undefined {
  let bytes = 0;
  let ms = 0;
  for (const proposal of state.workload.proposals) {
    const build = state.builds[proposal.id];
    const read = bytesRead(state, proposal);
    if (build?.state !== 'built' || build.built.hypothetical === true || read === undefined) continue;
    bytes += read;
    ms += build.built.buildMs;
  }
  return measuredRate(bytes, ms);
}

/** Each index reads its table once. */
function bytesRead({ session }: State, proposal: Proposal): number | undefined {
  if (!factsOf(proposal).addsIndexes || session === undefined) return undefined;
  let sum = 0;
  for (const { kind: action, on, onSchema } of proposal.statements) {
    if (action !== 'create-index') continue;
    const table = session.tables.find(({ name, schema }) => name === on && schema === (onSchema ?? schema));
    if (table === undefined) return undefined;
    sum += table.bytes;
  }
  return sum;
}
