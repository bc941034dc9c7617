/** EXPLAIN (FORMAT JSON) of PostgreSQL 9.0 to 18, and of Citus → Plan. */

import { atOnce, type Steps } from '../steps.ts';
import { actualsOf } from './actuals.ts';
import { besideOf } from './beside.ts';
import { detailsOf } from './details.ts';
import { openDocument, openDocuments, type PlanDocument } from './document.ts';
import { fingerprintSteps } from './fingerprint.ts';
import { isRecord, type Json, numberOf, oneLine, textOf } from './json.ts';
import { labelOf } from './label.ts';
import { shownNames } from './names.ts';
import { type Skeleton, skeletonOf } from './skeleton.ts';
import { STEP } from './step.ts';
import type { NodeActuals, Plan, PlanNode } from './types.ts';

/**
 * @param json What node-pg returns for `QUERY PLAN` (an array with one element), the same as text, the row itself, or
 *   auto_explain's object. Of several statements the first that has a plan.
 * @throws PgoptError plan-invalid for anything else.
 */
export function parsePlan(json: unknown): Plan {
  return atOnce(planSteps(json));
}

/** The same in steps: a plan can have a hundred thousand nodes. */
export function planSteps(json: unknown): Steps<Plan> {
  return planOf(openDocument(json));
}

/** All statements that have a plan: a rule or a log gives several. @throws PgoptError plan-invalid when none has. */
export function parsePlans(json: unknown): readonly Plan[] {
  return openDocuments(json).map(document => atOnce(planOf(document)));
}

function* planOf({ statement, root }: PlanDocument): Steps<Plan> {
  const nodes = yield* skeletonOf(root);
  const settings = settingsOf(statement);
  const actuals = actualsOf(nodes, settings);
  yield;
  const plan = yield* buildNodes(nodes, actuals);
  const [first] = plan;
  if (first === undefined) throw new Error('a skeleton has at least its root');
  return {
    root: first,
    analyzed: first.actual !== undefined,
    timed: first.actual?.inclusiveMs !== undefined,
    planningMs: numberOf(statement, 'Planning Time'),
    // Up to 9.3 it had another name.
    // auto_explain logs how long the executor took, and no execution time.
    executionMs:
      numberOf(statement, 'Execution Time') ??
      numberOf(statement, 'Total Runtime') ??
      numberOf(statement, 'Duration'),
    settings,
    beside: besideOf(statement),
    queryText: textOf(statement, 'Query Text'),
    fingerprint: yield* fingerprintSteps(plan),
  };
}

/** Children before their parents, so that each node is made once and whole. @returns Depth-first, the root first. */
function* buildNodes(
  nodes: Skeleton,
  actuals: readonly (NodeActuals | undefined)[],
): Steps<readonly PlanNode[]> {
  const built: PlanNode[] = new Array(nodes.length);
  for (const { id, depth, nodeType, raw, children, apart, scope } of nodes.toReversed()) {
    if (id % STEP === 0) yield;
    const names = shownNames(raw);
    built[id] = {
      id,
      depth,
      nodeType,
      label: labelOf(raw, names),
      ...names,
      subplanName: textOf(raw, 'Subplan Name'),
      parentRelationship: textOf(raw, 'Parent Relationship'),
      apart,
      scope,
      parallelAware: raw['Parallel Aware'] === true,
      hasEstimates: 'Total Cost' in raw || 'Plan Rows' in raw,
      startupCost: numberOf(raw, 'Startup Cost') ?? 0,
      totalCost: numberOf(raw, 'Total Cost') ?? 0,
      planRows: numberOf(raw, 'Plan Rows') ?? 0,
      planWidth: numberOf(raw, 'Plan Width') ?? 0,
      actual: actuals[id],
      workersPlanned: numberOf(raw, 'Workers Planned'),
      workersLaunched: numberOf(raw, 'Workers Launched'),
      details: detailsOf(raw),
      raw,
      children: children.flatMap(child => built[child] ?? []),
    };
  }
  return built;
}

function settingsOf(statement: Json): Readonly<Record<string, string>> {
  const { Settings: settings } = statement;
  if (!isRecord(settings)) return {};
  return Object.fromEntries(Object.entries(settings).map(([name, value]) => [name, oneLine(value)]));
}
