/** The facts at production size: plans and bytes from the lens, times and memory projected. */

import type { Workload } from '../../workload/workload.ts';
import type { AtProduction, ProductionSide } from '../projected.ts';
import { type Known, knownFrom } from './known.ts';

export interface KnownThere {
  readonly known: Known;
  /** A query under the configuration after. */
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
