/** EXPLAIN (FORMAT JSON) of PostgreSQL 9.0 to 18, and of Citus → Plan. */
import { PgoptError } from '../base/errors.ts';
import { formatMs } from '../base/format.ts';
import { isRecord, type Json, numberOf, oneLine, textOf } from '../base/json.ts';
import { sum } from '../base/statistics.ts';
import { atOnce, STEP, type Steps } from '../base/steps.ts';
import { actualsOf } from './accounting/actuals.ts';
import { statementFigures } from './accounting/statement.ts';
import { detailsOf } from './details.ts';
import { fingerprintSteps } from './fingerprint.ts';
import { labelOf, shownNames } from './label.ts';
import type { NodeActuals, Plan, PlanNode } from './plan.ts';
import { type Skeleton, skeletonOf } from './skeleton.ts';

/**
 * @param json What node-pg returns for `QUERY PLAN` (an array with one element), that as text, a result row, or
 *   auto_explain's object. Of several statements, the first with a plan counts.
 * @throws PgoptError plan-invalid for anything else.
 */
export function parsePlan(json: unknown): Plan {
  return atOnce(planSteps(json));
}

/** Interruptible, because a plan can have a hundred thousand nodes. */
export function planSteps(json: unknown): Steps<Plan> {
  // A rule turns one query into several statements; the first is the user's.
  return planOf(openDocuments(json)[0]);
}

/** The plan of every statement that has one: rules and logs give several. @throws PgoptError plan-invalid for none. */
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
    totalCost: sum(plan.filter(({ id, scope }) => id === scope).map(({ totalCost }) => totalCost)),
    analyzed: first.actual !== undefined,
    timed: first.actual?.inclusiveMs !== undefined,
    planningMs: numberOf(statement, 'Planning Time'),
    // `Total Runtime` is its name up to 9.3. `Duration` is what auto_explain logs instead.
    executionMs:
      numberOf(statement, 'Execution Time') ??
      numberOf(statement, 'Total Runtime') ??
      numberOf(statement, 'Duration'),
    settings,
    statement: statementFigures(statement),
    queryText: textOf(statement, 'Query Text'),
    ...(plan.some(hidesTasks) ? { hiddenTasks: true as const } : {}),
    fingerprint: yield* fingerprintSteps(plan),
  };
}

/** Builds children before their parents, so that each node is immutable. @returns Depth-first from the root. */
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
      details: [...detailsOf(raw), ...tasksDetail(children.flatMap(child => built[child] ?? []))],
      raw,
      children: children.flatMap(child => built[child] ?? []),
    };
  }
  return built;
}

/** Summary of a Citus node's tasks on other servers: count, slowest, total time. */
function tasksDetail(below: readonly PlanNode[]): PlanNode['details'] {
  const tasks = below
    .filter(({ nodeType }) => nodeType === 'Task')
    .flatMap(({ children }) => children.slice(0, 1));
  if (tasks.length < 2) return [];
  const times = tasks.flatMap(({ actual }) => actual?.inclusiveMs ?? []);
  const took =
    times.length === 0 ? '' : `; slowest ${formatMs(Math.max(...times))}, ${formatMs(sum(times))} together`;
  return [{ key: 'Tasks', value: `${tasks.length}${took}` }];
}

/** Citus shows no tasks of jobs that repartition. */
const hidesTasks = ({ raw }: PlanNode): boolean =>
  /^None/.test(shownOf(raw) ?? shownOf(raw['Distributed Query']) ?? '');

function shownOf(value: unknown): string | undefined {
  if (!isRecord(value)) return undefined;
  return textOf(value, 'Tasks Shown') ?? shownOf(value.Job);
}

function settingsOf(statement: Json): Readonly<Record<string, string>> {
  const { Settings: settings } = statement;
  if (!isRecord(settings)) return {};
  return Object.fromEntries(Object.entries(settings).map(([name, value]) => [name, oneLine(value)]));
}

// Unwraps node-pg's value, a string, auto_explain's object or a row.

interface PlanDocument {
  /** With `Plan`, `Planning Time`, `Settings` … */
  readonly statement: Json;
  readonly root: Json;
}

/** Deep enough for array → row → `QUERY PLAN` → string → array → object. */
const MAX_WRAPPINGS = 6;

/** Every statement that has a plan, at least one. @throws PgoptError plan-invalid */
function openDocuments(json: unknown): readonly [PlanDocument, ...PlanDocument[]] {
  const documents: PlanDocument[] = [];
  const waiting: { readonly value: unknown; readonly wrappings: number }[] = [{ value: json, wrappings: 0 }];
  let innermost: unknown = json;
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { wrappings } = next;
    const value = typeof next.value === 'string' ? parseText(next.value) : next.value;
    if (!Array.isArray(value)) innermost = value;
    if (wrappings > MAX_WRAPPINGS) continue;
    const inside = (item: unknown) => ({ value: item, wrappings: wrappings + 1 });
    if (Array.isArray(value)) {
      // Utility statements have a text instead of a plan.
      const worth =
        value.length === 1 ? value : value.filter(item => typeof item === 'object' && item !== null);
      innermost = worth[0] ?? value[0];
      for (let i = worth.length - 1; i >= 0; i--) waiting.push(inside(worth[i]));
    } else if (isRecord(value)) {
      if (isRecord(value.Plan)) documents.push({ statement: value, root: value.Plan });
      else if ('QUERY PLAN' in value) waiting.push(inside(value['QUERY PLAN']));
      else if (typeof value['Node Type'] === 'string') documents.push({ statement: {}, root: value });
    }
  }
  const [first, ...others] = documents;
  if (first !== undefined) return [first, ...others];
  throw new PgoptError('plan-invalid', `this is not a query plan: ${whatItIs(innermost)}`);
}

function parseText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new PgoptError('plan-invalid', 'this is not a query plan: the text is not JSON', { cause });
  }
}

function whatItIs(value: unknown): string {
  if (value === undefined || value === null) return 'it is empty';
  if (!isRecord(value)) return `expected an object with "Plan", not a ${typeof value}`;
  return '"Plan" is missing';
}
