/** What one query's plan holds in memory, and what of it did not fit. */

import { isRecord } from '../../base/json.ts';
import { type PlanMemory, type Spill, spillsOf } from '../../plan/memory/memory.ts';
import type { Plan } from '../../plan/plan.ts';
import { flattenPlan, parentIds } from '../../plan/tree.ts';
import type { KnownQuery } from './known.ts';
import type { VerdictState } from './types.ts';

export interface Judged {
  readonly query: string;
  readonly queryId: string;
  readonly state: VerdictState;
  /** undefined without a plan. */
  readonly memory: PlanMemory | undefined;
  readonly spills: readonly Spill[];
  /** Of all nodes. */
  readonly temporaryBlocks: number;
  /** Why there is no figure. */
  readonly why: string;
}

export function judge(
  { query: { id: queryId }, plan, measurement, problem }: KnownQuery,
  query: string,
  limit: number,
  memoryIn: (plan: Plan) => PlanMemory,
): Judged {
  const nothing = { query, queryId, spills: [], temporaryBlocks: 0 };
  if (plan === undefined)
    return { ...nothing, state: 'not measured', memory: undefined, why: problem ?? 'not planned yet' };
  const memory = memoryIn(plan);
  if (!plan.analyzed) {
    const stopped = measurement?.timedOutAfterMs !== undefined;
    const why = stopped ? 'stopped, so nothing tells what it held' : (problem ?? 'estimated only');
    return { ...nothing, state: 'not measured', memory, why };
  }
  const nodes = flattenPlan(plan);
  const spills = spillsOf(nodes, parentIds(nodes));
  // What hangs apart has blocks of its own.
  const roots = nodes.filter(({ id, scope }) => id === scope);
  const temporaryBlocks = roots.reduce((sum, { actual }) => {
    const { tempWritten = 0, tempRead = 0 } = actual?.buffers ?? {};
    return sum + Math.max(tempWritten, tempRead);
  }, 0);
  const fits = spills.length === 0 && temporaryBlocks === 0 && memory.heldBytes <= limit;
  // What fits here may not fit there: how many tasks a server runs at once is in no plan.
  if (fits && nodes.some(({ raw }) => 'Task Count' in raw || isRecord(raw['Distributed Query'])))
    return {
      ...nothing,
      state: 'not measured',
      memory,
      why: 'other servers hold rows for it, and their sum is not known',
    };
  return { query, queryId, state: fits ? 'pass' : 'fail', memory, spills, temporaryBlocks, why: '' };
}
