/** Which tables a query or a view's statement reads, asked of the planner: EXPLAIN runs nothing. */

import { inSteps } from '../../base/steps.ts';
import { asUser } from '../../database/guard.ts';
import type { Link } from '../../database/link.ts';
import { planSteps } from '../../plan/parse.ts';
import { flattenPlan } from '../../plan/tree.ts';
import type { Engine } from '../engines/engine.ts';
import type { TableName } from './tables.ts';

export interface Looked {
  readonly tables: readonly TableName[];
  /** Rows it gives, and bytes a row, as the planner expects. */
  readonly rows: number;
  readonly width: number;
}

/** @throws DatabaseError what the server cannot plan. */
export async function lookAt(link: Link, sql: string, engine: Engine): Promise<Looked> {
  const [row] = await link.query(asUser(`EXPLAIN (VERBOSE, FORMAT JSON) ${sql}`));
  await inSteps(engine.tidy(row?.['QUERY PLAN']));
  const plan = await inSteps(planSteps(row?.['QUERY PLAN']));
  const tables = flattenPlan(plan).flatMap(({ relation, schema }) =>
    relation === undefined ? [] : [{ schema, name: relation }],
  );
  return { tables, rows: plan.root.planRows, width: plan.root.planWidth };
}
