/** How long a proposal may take to build, at the rate that this machine has shown in this session. */

import { estimatedBuildMs, measuredRate } from '../../session/preflight/build-estimate.ts';
import { PROPOSAL_KINDS } from '../../workload/proposalKinds.ts';
import type { Proposal } from '../../workload/types.ts';
import type { State } from '../state/types.ts';

/** ms; undefined until an index was built here, and for what is no index on a known table. */
export function buildEstimate(state: State, proposal: Proposal): number | undefined {
  const bytes = bytesRead(state, proposal);
  const rate = rateOf(state);
  return bytes === undefined || rate === undefined ? undefined : estimatedBuildMs(bytes, rate);
}

/** Of all index builds so far: bytes of table a second. */
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
function bytesRead({ session }: State, { kind, statements }: Proposal): number | undefined {
  if (!PROPOSAL_KINDS[kind].addsIndexes || session === undefined) return undefined;
  let sum = 0;
  for (const { kind: action, on, onSchema } of statements) {
    if (action !== 'create-index') continue;
    const table = session.tables.find(({ name, schema }) => name === on && schema === (onSchema ?? schema));
    if (table === undefined) return undefined;
    sum += table.bytes;
  }
  return sum;
}
