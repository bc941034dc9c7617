/** What is known about a query's plans: the plan at production size, its run here, and the projection from both. Pure. */

import { catalogOf, tablesScanned } from '../advisor/requirements/tables.ts';
import { median } from '../base/statistics.ts';
import type { Plan } from '../plan/plan.ts';
import { flattenPlan } from '../plan/tree.ts';
import type { BuiltProposal, TableFact } from '../session/events.ts';
import { shownFingerprint, structureOf } from '../session/runFingerprint.ts';
import type { Query, Workload } from '../workload/workload.ts';
import type { Option, QueryOptions } from './choice.ts';
import type { Measured } from './runner.ts';
import type { Screened, ScreenedQuery } from './screening.ts';

export interface KnownPlan {
  /** At production size. */
  readonly planned: Screened;
  /** The run here, if there was one. */
  readonly measured: Measured | undefined;
  readonly option: Option;
}

export interface Known {
  readonly query: Query;
  /** The first is the baseline. */
  readonly plans: readonly [KnownPlan, ...KnownPlan[]];
}

export interface PlanGrounds {
  readonly here: readonly TableFact[];
  /** At production size. */
  readonly there: readonly TableFact[];
  /** Built in the lens, by id. */
  readonly built: ReadonlyMap<string, BuiltProposal>;
  readonly isView: (id: string) => boolean;
  readonly isTied: (id: string) => boolean;
  /** Whether nothing can be run, so that only costs count. */
  readonly isPlanned: () => boolean;
  readonly budgets: Workload['budgets'];
}

export const rowsOf = (facts: readonly TableFact[], table: string): number =>
  facts.find(({ name }) => name === table)?.rows ?? 0;

/** ms per unit of cost if nothing was run. */
const MS_OF_COST = 0.01;
/** Below this growth a run here counts as a run in production. */
const GROWN = 1.5;
/**
 * The factor that a projected gain must exceed. Times projected from one size are up to 2.2 times off (see
 * production/project.ts). If the plan here differs, only the planner's costs and the run of another plan support the
 * projection.
 */
const SURE = { asThere: 2.2, otherwise: 5 };

/** A query's plans before any run. */
export const plannedOnly = (query: Query, { plans }: ScreenedQuery, grounds: PlanGrounds): Known =>
  remade(
    query,
    plans.map(planned => ({ planned, measured: undefined })),
    [],
    grounds,
  );

/**
 * Adds a run of one of its plans, and the plan itself if it is new.
 * @param units ms per unit of cost, for each plan that ran.
 */
export function withRun(
  { query, plans }: Known,
  planned: Screened,
  measured: Measured | undefined,
  units: readonly number[],
  grounds: PlanGrounds,
): Known {
  const others = plans.some(one => one.planned === planned)
    ? plans.map(one => (one.planned === planned ? { planned, measured } : one))
    : [...plans, { planned, measured }];
  return remade(query, others, units, grounds);
}

/** Plans without a run are projected from the baseline's run. */
function remade(
  query: Query,
  plans: readonly Pick<KnownPlan, 'planned' | 'measured'>[],
  units: readonly number[],
  grounds: PlanGrounds,
): Known {
  const [first, ...rest] = plans;
  if (first === undefined) throw new Error('a query has a plan of the database as it is');
  const unit = unitOf(first.measured) ?? median(units) ?? MS_OF_COST;
  const baseline = planOf(query, first, undefined, unit, grounds);
  return { query, plans: [baseline, ...rest.map(one => planOf(query, one, baseline, unit, grounds))] };
}

export const unitOf = (measured: Measured | undefined): number | undefined =>
  measured && measured.ms / Math.max(measured.cost, 0.01);

function planOf(
  query: Query,
  { planned, measured }: Pick<KnownPlan, 'planned' | 'measured'>,
  baseline: KnownPlan | undefined,
  baselineUnit: number,
  grounds: PlanGrounds,
): KnownPlan {
  const { needs, plan } = planned;
  const { there, built, isView, isTied, isPlanned, budgets } = grounds;
  const writes = query.writes !== undefined;
  const ms = plan.totalCost * (unitOf(measured) ?? baselineUnit);
  const objects = needs.flatMap(id => built.get(id)?.objects ?? []);
  const scans = tablesScanned(plan, catalogOf(there, objects)).some(
    ({ rows }) => rows > budgets.largeTableRows,
  );
  const isUsed = measured === undefined || needs.every(id => measured.uses.includes(id));
  const option: Option = {
    needs,
    cost: plan.totalCost,
    ms,
    stale: needs.some(isView),
    tied: needs.some(isTied),
    scans,
    unproven: (writes && !isPlanned()) || !isUsed,
    risky:
      baseline !== undefined &&
      measured !== undefined &&
      baseline.option.ms < ms * sureFactor(measured, baseline, planned, grounds),
    writes,
  };
  return { planned, measured, option };
}

function sureFactor(
  measured: Measured,
  baseline: KnownPlan,
  { plan }: Screened,
  { here, there }: PlanGrounds,
): number {
  const growth = flattenPlan(baseline.planned.plan).map(({ relation }) =>
    relation === undefined ? 1 : rowsOf(there, relation) / Math.max(1, rowsOf(here, relation)),
  );
  if (Math.max(...growth) < GROWN) return 1;
  const shapeOf = ({ fingerprint }: Plan) => structureOf(shownFingerprint(fingerprint));
  return shapeOf(measured.plan) === shapeOf(plan) ? SURE.asThere : SURE.otherwise;
}

/**
 * Leaves out options that need a rejected proposal or were not measured.
 * @param isPlanned Nothing can be measured.
 */
export function allowed(
  { query, plans }: Known,
  isPlanned: boolean,
  rejected: ReadonlyMap<string, string>,
  { callsADay }: Pick<Workload, 'callsADay'>,
): QueryOptions {
  const [baseline, ...others] = plans;
  // A plan that was not run is neither suggested nor rejected.
  const left = others
    .filter(({ measured, option }) => isPlanned || option.writes === true || measured !== undefined)
    .map(({ option }) => option)
    .filter(({ needs }) => needs.every(id => !rejected.has(id)));
  return {
    id: query.id,
    targetMs: query.targetMs,
    weight: callsADay[query.id] ?? 1,
    options: [baseline.option, ...left],
  };
}
