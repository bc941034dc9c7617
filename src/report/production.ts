/** What is said of production size → its part of the check document. Pure. */
import type {
  AtProduction,
  FitCheck,
  Interval,
  ProductionSide,
  ProjectedTime,
} from '../advisor/projected.ts';
import { structureOf } from '../session/whatRuns.ts';
import type { Workload } from '../workload/types.ts';

export type ProductionModel = NonNullable<ReturnType<typeof productionModel>>;
export type ProductionSideModel = NonNullable<ProductionModel['queries'][number]['before']>;
export type TimeModel = ReturnType<typeof timeModel>;

/** null without `--scales`. */
export function productionModel({ queries }: Workload, production: AtProduction | undefined) {
  if (production === undefined) return null;
  const { sizes, before, after, objects, remarks } = production;
  return {
    /** Ascending; the rest of the document is of the last one. */
    sizes,
    /** Size there of the proposals that are on; null if a size is unknown. */
    bytes: [...objects.values()].flat().reduce((sum, one) => sum + one.bytes, 0),
    queries: queries.map(({ id, number, title }) => {
      const [first, second] = [before.get(id), after.get(id)];
      return {
        id,
        number,
        title,
        before: first === undefined ? null : sideModel(first),
        after: second === undefined ? null : sideModel(second),
      };
    }),
    remarks,
  };
}

export function sideModel({ plan, rewrite, failure, time, check, rehearsals }: ProductionSide) {
  return {
    fingerprint: plan === undefined ? null : structureOf(plan.fingerprint),
    estimatedCost: plan?.root.totalCost ?? null,
    rewrite: rewrite ?? null,
    failure: failure ?? null,
    time: timeModel(time),
    check: checkModel(check),
    rehearsals,
  };
}

function checkModel(check: FitCheck | undefined) {
  if (check === undefined) return null;
  const { label, measuredMs, predicted, inside } = check;
  return { size: label, measuredMs, predicted: timeModel(predicted), inside: inside ?? null };
}

/** A projection has its own fields, none of which a measurement has. */
function timeModel(time: ProjectedTime) {
  if (time.kind === 'unknown')
    return {
      how: 'unknown' as const,
      why: time.why,
      projectedMs: null,
      method: null,
      remarks: [],
      nodes: [],
      memory: null,
    };
  const { ms, method, remarks, nodes, memory } = time;
  return {
    how: 'projected' as const,
    why: null,
    projectedMs: interval(ms),
    method,
    remarks,
    nodes: nodes.map(({ label, rows, selfMs }) => ({
      label,
      rows: interval(rows),
      selfMs: interval(selfMs),
    })),
    memory: { heldBytes: interval(memory.bytes), spills: memory.spills },
  };
}

const interval = ({ low, point, high }: Interval) => ({ low, point, high });
