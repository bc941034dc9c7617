/** The requirements with production's rows: plans and bytes are the lens's, times and memory are projected. Pure. */

import type { Workload } from '../../workload/workload.ts';
import type { AtProduction, ProductionSide } from '../projected.ts';
import { type Known, knownFrom } from './known.ts';

export interface KnownThere {
  readonly known: Known;
  /** Of a query with what is on. */
  readonly side: (queryId: string) => ProductionSide | undefined;
}

export function knownThere(
  workload: Workload,
  on: readonly string[],
  { tables, serverVersion, objects, before, after }: AtProduction,
): KnownThere {
  const key = [...on].sort().join(' ');
  const known = knownFrom(workload, on, {
    tables,
    serverVersion,
    verified: undefined,
    answer: () => undefined,
    planned: (queryId, configuration) => {
      const side = (configuration === key ? after : before).get(queryId);
      return side && { plan: side.plan, missing: [], failure: side.failure };
    },
    measured: () => undefined,
    objects: id => objects.get(id),
  });
  return { known: { ...known, projected: true }, side: queryId => after.get(queryId) };
}
