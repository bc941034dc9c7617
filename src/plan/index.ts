/**
 * `pgopt-explore/plan`: parses EXPLAIN's output into typed plans, with findings and the difference between two plans.
 * Loads neither a database driver nor a terminal UI. docs/plan-library.md has an example.
 *
 * Units: ms, bytes, rows, blocks of 8 kB, and the planner's cost unit. `undefined` means "unknown", never zero.
 * All values are read-only. Functions are pure.
 */
import { PgoptError } from '../base/errors.ts';
import { isRecord } from '../base/json.ts';
import { estimatedRows as rowsExpected } from './accounting/estimates.ts';
import { changesOf, type PlanChange } from './difference/changes.ts';
import { diffPlans, type NodeDiff } from './difference/diff.ts';
import { type Difference, differenceOf } from './difference/figures.ts';
import { type Finding, findingsOf } from './findings/find.ts';
import { readPlans } from './input/read.ts';
import { parsePlan as planOf, parsePlans as plansOf } from './parse.ts';
import type { Plan, PlanNode } from './plan.ts';
import { flattenPlan } from './tree.ts';

export type { PlanChange } from './difference/changes.ts';
export type { DiffStatus, NodeDiff } from './difference/diff.ts';
export type { FigureChange, FindingChanges, StepChange, Unit } from './difference/figures.ts';
export type { Finding, Severity } from './findings/find.ts';
export type {
  Buffers,
  IoTimes,
  Jit,
  NodeActuals,
  Plan,
  PlanNode,
  StatementFigures,
  Trigger,
  WalUsage,
} from './plan.ts';

/** The input is not a complete plan. The message is one line without a full stop. */
export class PlanError extends Error {
  override readonly name = 'PlanError';
  /** From 1; undefined for parsed JSON and if the error has no location. */
  readonly line: number | undefined;
  readonly column: number | undefined;
  /** The next step for the user. */
  readonly hint: string;

  constructor(
    message: string,
    hint: string,
    at: { line: number; column: number } | undefined,
    cause: unknown,
  ) {
    super(message, { cause });
    this.hint = hint;
    this.line = at?.line;
    this.column = at?.column;
  }
}

/**
 * @param input EXPLAIN's output as text, in the formats and wrappings that docs/saved-plans.md lists (psql, logs, CSV,
 *   Markdown); or a driver's result, its rows, one row, its column, or the array in it.
 * @returns One plan for each statement, at least one.
 * @throws PlanError
 */
export function parsePlan(input: unknown): readonly [Plan, ...Plan[]] {
  try {
    const given = withoutRows(input);
    const [first, ...others] =
      typeof given === 'string'
        ? readPlans(given, 'the text').map(statement => planOf(statement))
        : plansOf(given);
    if (first === undefined) throw new PgoptError('plan-invalid', 'it holds no plan');
    return [first, ...others];
  } catch (error) {
    if (!(error instanceof PgoptError)) throw error;
    throw new PlanError(error.message, error.next, error.location, error);
  }
}

/** Joins a driver's rows to one text if each row holds one line; else returns the rows or the input. */
function withoutRows(input: unknown): unknown {
  const rows = isRecord(input) && Array.isArray(input.rows) ? input.rows : input;
  if (!Array.isArray(rows) || rows.length === 0) return rows;
  const cells = rows.map(row => {
    const values = typeof row === 'object' && row !== null ? Object.values(row) : [row];
    return values.length === 1 ? values[0] : undefined;
  });
  return cells.every(cell => typeof cell === 'string') ? cells.join('\n') : rows;
}

/** Depth-first from the root: a node's `id` is its index. */
export function nodesOf(plan: Plan): readonly PlanNode[] {
  return flattenPlan(plan);
}

/**
 * The planner's rows over all loops and processes, by node id. Compare these with `actual.rows`, which is a total:
 * `planRows` is per loop, and beneath a Gather per process.
 */
export function estimatedRows(plan: Plan): readonly number[] {
  return rowsExpected(flattenPlan(plan), plan.settings);
}

interface FindingOptions {
  /** Rows of a table, if you know them. Default: the rows that the scan read, or is expected to. */
  readonly tableRows?: (relation: string) => number | undefined;
  /** A sequential scan of fewer rows is not reported. Default: 1,000,000. */
  readonly largeTableRows?: number;
  /** Report plans that may hold more memory than this at once. Default: no such finding. */
  readonly memoryLimitBytes?: number;
  /** Used if the plan's settings do not list it. 1 for PostgreSQL 13 and 14. Default: 2. */
  readonly hashMemMultiplier?: number;
}

/** Problems of the plan, the most severe first, each with its node, its figure and a next step. */
export function findings(plan: Plan, options: FindingOptions = {}): readonly Finding[] {
  const { tableRows, ...others } = options;
  if (tableRows === undefined) return findingsOf(plan, others);
  return findingsOf(plan, {
    ...others,
    tableRows: relation => {
      const rows = tableRows(relation);
      return rows === undefined ? undefined : { rows, where: 'here' };
    },
  });
}

export interface Comparison extends Difference {
  /** Same fingerprint: the planner chose the same plan. */
  readonly samePlan: boolean;
  /** By node id of the plan before. */
  readonly before: readonly NodeDiff[];
  /** By node id of the plan after. */
  readonly after: readonly NodeDiff[];
  /** Of `changes[].delta`: cost if either plan has no times. */
  readonly unit: 'ms' | 'cost';
  /** Nodes that changed, or whose own time differs noticeably; the largest difference first. */
  readonly changes: readonly PlanChange[];
}

/** Compares two plans of one query. Scans are matched only if they read the same table or have the same alias. */
export function comparePlans(before: Plan, after: Plan, options: FindingOptions = {}): Comparison {
  const diff = diffPlans(before, after);
  return {
    samePlan: diff.identical,
    before: diff.before,
    after: diff.after,
    unit: before.timed && after.timed ? 'ms' : 'cost',
    changes: changesOf(before, after, diff),
    ...differenceOf(before, after, diff, plan => findings(plan, options)),
  };
}
