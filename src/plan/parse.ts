/** EXPLAIN (FORMAT JSON) of PostgreSQL 13 to 18 → Plan. */
import { actualsOf } from './actuals.ts';
import { detailsOf } from './details.ts';
import { openDocument } from './document.ts';
import { fingerprintOf } from './fingerprint.ts';
import { isRecord, type Json, numberOf, oneLine, textOf } from './json.ts';
import { labelOf } from './label.ts';
import { shownNames } from './names.ts';
import { type Skeleton, skeletonOf } from './skeleton.ts';
import type { NodeActuals, Plan, PlanNode } from './types.ts';

/**
 * @param json What node-pg returns for `QUERY PLAN` (an array with one element), the same as text, the row itself, or
 *   auto_explain's object. Of several statements the first that has a plan.
 * @throws PgoptError plan-invalid for anything else.
 */
export function parsePlan(json: unknown): Plan {
  const { statement, root } = openDocument(json);
  const nodes = skeletonOf(root);
  const settings = settingsOf(statement);
  const actuals = actualsOf(nodes, settings);
  const plan = buildNodes(nodes, actuals);
  const [first] = plan;
  if (first === undefined) throw new Error('a skeleton has at least its root');
  return {
    root: first,
    analyzed: first.actual !== undefined,
    timed: first.actual?.inclusiveMs !== undefined,
    planningMs: numberOf(statement, 'Planning Time'),
    executionMs: numberOf(statement, 'Execution Time'),
    settings,
    fingerprint: fingerprintOf(plan),
  };
}

/** Children before their parents, so that each node is made once and whole. @returns Depth-first, the root first. */
function buildNodes(nodes: Skeleton, actuals: readonly (NodeActuals | undefined)[]): readonly PlanNode[] {
  const built: PlanNode[] = new Array(nodes.length);
  for (const { id, depth, nodeType, raw, children } of nodes.toReversed()) {
    const names = shownNames(raw);
    built[id] = {
      id,
      depth,
      nodeType,
      label: labelOf(raw, names),
      ...names,
      subplanName: textOf(raw, 'Subplan Name'),
      parentRelationship: textOf(raw, 'Parent Relationship'),
      parallelAware: raw['Parallel Aware'] === true,
      startupCost: numberOf(raw, 'Startup Cost') ?? 0,
      totalCost: numberOf(raw, 'Total Cost') ?? 0,
      planRows: numberOf(raw, 'Plan Rows') ?? 0,
      planWidth: numberOf(raw, 'Plan Width') ?? 0,
      actual: actuals[id],
      workersPlanned: numberOf(raw, 'Workers Planned'),
      workersLaunched: numberOf(raw, 'Workers Launched'),
      details: detailsOf(raw),
      raw: withoutChildren(raw),
      children: children.flatMap(child => built[child] ?? []),
    };
  }
  return built;
}

function withoutChildren(raw: Json): Json {
  const { Plans: _, ...own } = raw;
  return own;
}

function settingsOf(statement: Json): Readonly<Record<string, string>> {
  const { Settings: settings } = statement;
  if (!isRecord(settings)) return {};
  return Object.fromEntries(Object.entries(settings).map(([name, value]) => [name, oneLine(value)]));
}
