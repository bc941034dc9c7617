/** What the lens says of production, as the requirements want to know it: plans and bytes; it has no times. */
import {
  type AtProduction,
  type ProductionSide,
  type ProjectedTime,
  unrehearsed,
} from '../../advisor/projected.ts';
import type { Side, State } from '../state/types.ts';
import { configurationOf } from './selectors.ts';

const NEVER_RUN: ProjectedTime = {
  kind: 'unknown',
  why: 'nothing is run in a lens; check --scales projects times',
};

/** undefined until the lens is open. */
export function atProductionOf(state: State): AtProduction | undefined {
  const { production, workload } = state;
  if (production?.state !== 'open' || production.facts === undefined) return undefined;
  const { builds, plans, facts, notes } = production;
  const objects = new Map(
    Object.entries(builds).flatMap(([id, build]) =>
      build.state === 'built' ? [[id, build.built.objects] as const] : [],
    ),
  );
  const sideOf = (side: Side): ReadonlyMap<string, ProductionSide> =>
    new Map(
      workload.queries.map(({ id }) => {
        const planned = plans[id]?.[configurationOf(state, side)];
        const plan = planned?.state === 'planned' ? planned.plan : undefined;
        const rewrite = planned?.state === 'planned' ? planned.rewrite : undefined;
        const failure = planned?.state === 'failed' ? planned.reason : undefined;
        return [id, unrehearsed({ plan, rewrite, failure, time: NEVER_RUN })];
      }),
    );
  return {
    sizes: [],
    tables: facts.tables,
    serverVersion: facts.serverVersion,
    objects,
    before: sideOf('before'),
    after: sideOf('after'),
    remarks: notes.map(({ what, why }) => `${what}: ${why}`),
  };
}
