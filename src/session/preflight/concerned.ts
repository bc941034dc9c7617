/** Which tables a query or a view's statement reads, asked of the planner: EXPLAIN runs nothing. */
import type { Link } from '../../database/link.ts';
import type { TableName } from './tables.ts';

export interface Looked {
  readonly tables: readonly TableName[];
  /** Rows it gives, and bytes a row, as the planner expects. */
  readonly rows: number;
  readonly width: number;
}

/** @throws DatabaseError what the server cannot plan. */
export async function lookAt(link: Link, sql: string): Promise<Looked> {
  const [row] = await link.query(`EXPLAIN (VERBOSE, FORMAT JSON) ${sql}`);
  const [statement] = (row?.['QUERY PLAN'] ?? []) as readonly { readonly Plan?: RawPlan }[];
  const root = statement?.Plan ?? {};
  const tables: TableName[] = [];
  const waiting: RawPlan[] = [root];
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    const { 'Relation Name': name, Schema: schema, Plans = [] } = node;
    if (name !== undefined) tables.push({ schema, name });
    waiting.push(...Plans);
  }
  return { tables, rows: root['Plan Rows'] ?? 0, width: root['Plan Width'] ?? 0 };
}

interface RawPlan {
  readonly 'Relation Name'?: string;
  readonly Schema?: string;
  readonly 'Plan Rows'?: number;
  readonly 'Plan Width'?: number;
  readonly Plans?: readonly RawPlan[];
}
