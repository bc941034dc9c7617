/**
 * `pgopt-explore/plan`: EXPLAIN's output as a typed plan with the right figures, findings, and the difference of two plans.
 * Loads neither a database driver nor a terminal UI. docs/plan-library.md has an example.
 *
 * Units: ms, bytes, rows, blocks of 8 kB, and the planner's own unit for costs. `undefined` means "not known", never zero.
 * All values are read-only; functions change nothing and keep no state.
 */
import { PgoptError } from '../base/errors.ts';
import { isRecord } from '../base/json.ts';
import { estimatedRows as rowsExpected } from './accounting/estimates.ts';
import { changesOf, type PlanChange } from './difference/changes.ts';
import { diffPlans, type NodeDiff } from './difference/diff.ts';
import { type Difference, differenceOf } from './difference/twoSided.ts';
import { type Finding, findingsOf } from './findings/find.ts';
import { readPlans } from './input/read.ts';
import { parsePlan as planOf, parsePlans as plansOf } from './parse.ts';
import type { Plan, PlanNode } from './plan.ts';
import { flattenPlan } from './tree.ts';

export type { PlanChange } from './difference/changes.ts';
export type { DiffStatus, NodeDiff } from './difference/diff.ts';
export type { FigureChange, FindingChanges, StepChange, Unit } from './difference/twoSided.ts';
export type { Finding, Severity } from './findings/find.ts';
export type {
  Beside,
  Buffers,
  IoTimes,
  Jit,
  NodeActuals,
  Plan,
  PlanNode,
  Trigger,
  WalUsage,
} from './plan.ts';

/** The input is no plan, or not a whole one. The message is one line, without a full stop. */
export class PlanError extends Error {
  override readonly name = 'PlanError';
  /** Where in the text the fault is, from 1; undefined for parsed JSON and where no place can be named. */
  readonly line: number | undefined;
  /** From 1. */
  readonly column: number | undefined;
  /** What to do about it. */
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
 * @param input Text that EXPLAIN printed, in the formats and wrappings that docs/saved-plans.md lists (psql, logs, CSV, Markdown); or what a
 *   driver returns: its result, the rows of it, a row, its column, or the array in it.
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
    if (first === undefined) throw new PgoptError('plan-invalid', 'there is no plan in it');
    return [first, ...others];
  } catch (error) {
    if (!(error instanceof PgoptError)) throw error;
    throw new PlanError(error.message, error.next, error.location, error);
  }
}

/** A driver's result, its rows, and the text in them, one line a row. */
function withoutRows(input: unknown): unknown {
  const rows = isRecord(input) && Array.isArray(input.rows) ? input.rows : input;
  if (!Array.isArray(rows) || rows.length === 0) return rows;
  const cells = rows.map(row => {
    const values = typeof row === 'object' && row !== null ? Object.values(row) : [row];
    return values.length === 1 ? values[0] : undefined;
  });
  return cells.every(cell => typeof cell === 'string') ? cells.join('\n') : rows;
}

/** Depth-first, the root first: a node's `id` is its index. */
export function nodesOf(plan: Plan): readonly PlanNode[] {
  return flattenPlan(plan);
}

/**
 * The planner's rows over all loops and processes, by node id: what may stand beside `actual.rows`, which is a total, too.
 * `planRows` is one loop's, and beneath a Gather one process's share.
 */
export function estimatedRows(plan: Plan): readonly number[] {
  return rowsExpected(flattenPlan(plan), plan.settings);
}

interface FindingOptions {
  /** Rows of a table, where you know them; else what the scan read, or is expected to. */
  readonly tableRows?: (relation: string) => number | undefined;
  /** From how many rows on a sequential scan is reported; 1,000,000 when left out. */
  readonly largeTableRows?: number;
  /** Reports a plan that may hold more than this at once, bytes. */
  readonly memoryLimitBytes?: number;
  /** 1 for PostgreSQL 13 and 14 where the plan does not say otherwise; 2 when left out. */
  readonly hashMemMultiplier?: number;
}

/** What is worth a look, the most severe first; each with its node, its figure and the next thing to try. */
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
  /** By node id of the plan before: what became of each step. */
  readonly before: readonly NodeDiff[];
  /** By node id of the plan after. */
  readonly after: readonly NodeDiff[];
  /** Of `changes`: ms, or cost where either plan has no times. */
  readonly unit: 'ms' | 'cost';
  /** Steps that are others, or take noticeably more or less by themselves; the biggest difference first. */
  readonly changes: readonly PlanChange[];
}

/** Two plans of one query. No scan of one table is ever the scan of another. */
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
