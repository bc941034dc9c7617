/** What is switched on against the storage budget: here, and projected to production. */

import { projectBytes } from '../../advisor/projection.ts';
import { addedOf, type BuiltObject } from '../../session/events.ts';
import { factsOf } from '../../workload/proposalKinds.ts';
import type { State } from '../state/state.ts';

export interface BudgetSum {
  readonly bytes: number;
  /** A proposal that is on is not built (yet), or its growth is not known: the true sum is larger. */
  readonly atLeast: boolean;
  readonly over: boolean;
}

interface Budget {
  readonly limit: number;
  readonly here: BudgetSum;
  /** What HypoPG estimates of those that are on and cannot be built, bytes; no part of `here`. */
  readonly hypothetical: number;
  /** undefined when nothing that is on can be projected. */
  readonly production: (BudgetSum & { readonly assumption: string }) | undefined;
}

function builtObjects(state: State, id: string): readonly BuiltObject[] | undefined {
  const build = state.builds[id];
  return build?.state === 'built' && build.built.hypothetical !== true ? addedOf(build.built) : undefined;
}

function hypotheticalBytes(state: State, id: string): number {
  const build = state.builds[id];
  return build?.state === 'built' && build.built.hypothetical === true ? build.built.bytes : 0;
}

export function budgetOf(state: State): Budget {
  const { storageBytes: limit, productionRows } = state.workload.budgets;
  const tables = state.session?.tables ?? [];
  let here = 0;
  let hypothetical = 0;
  let production = 0;
  let hereAtLeast = false;
  let productionAtLeast = false;
  const assumptions = new Set<string>();
  const adding = state.workload.proposals.filter(one => !factsOf(one).standsForExisting).map(({ id }) => id);
  for (const id of state.on.filter(changed => adding.includes(changed))) {
    const objects = builtObjects(state, id);
    if (objects === undefined) {
      hereAtLeast = true;
      hypothetical += hypotheticalBytes(state, id);
      productionAtLeast = true;
      continue;
    }
    here += objects.reduce((sum, object) => sum + object.bytes, 0);
    const projection = projectBytes(objects, productionRows, tables);
    if (projection === undefined) {
      productionAtLeast = true;
      continue;
    }
    production += projection.bytes;
    for (const part of projection.assumption.split(', ')) assumptions.add(part);
  }
  const known = assumptions.size > 0 || state.on.length === 0;
  return {
    limit,
    here: { bytes: here, atLeast: hereAtLeast, over: here > limit },
    hypothetical,
    production: known
      ? {
          bytes: production,
          atLeast: productionAtLeast,
          over: production > limit,
          assumption: [...assumptions].join(', '),
        }
      : undefined,
  };
}
