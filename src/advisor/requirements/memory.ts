/** The memory that each query's plan holds at once, and what spilled to disk. */
import { formatBlocks, formatBytes, round } from '../../base/format.ts';
import { isRecord } from '../../base/json.ts';
import {
  DEFAULT_WORK_MEM,
  memoryOf,
  type PlanMemory,
  type Spill,
  spillsOf,
} from '../../plan/memory/memory.ts';
import type { Plan } from '../../plan/plan.ts';
import { flattenPlan, parentIds } from '../../plan/tree.ts';
import { surroundingsFor } from '../surroundings.ts';
import { type Known, type KnownQuery, queryName, type Side } from './known.ts';
import {
  besideLimit,
  type Evidence,
  notMeasured,
  type Verdict,
  type VerdictState,
  verdict,
} from './result.ts';

interface Judged {
  readonly query: string;
  readonly queryId: string;
  readonly state: VerdictState;
  readonly memory: PlanMemory | undefined;
  readonly spills: readonly Spill[];
  readonly temporaryBlocks: number;
  readonly why: string;
}

function judge(
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
    const why = stopped ? 'stopped, so nothing shows what it held' : (problem ?? 'estimated only');
    return { ...nothing, state: 'not measured', memory, why };
  }
  const nodes = flattenPlan(plan);
  const spills = spillsOf(nodes, parentIds(nodes));
  // A separate tree counts its own blocks.
  const roots = nodes.filter(({ id, scope }) => id === scope);
  const temporaryBlocks = roots.reduce((sum, { actual }) => {
    const { tempWritten = 0, tempRead = 0 } = actual?.buffers ?? {};
    return sum + Math.max(tempWritten, tempRead);
  }, 0);
  const fits = spills.length === 0 && temporaryBlocks === 0 && memory.heldBytes <= limit;
  // Other servers hold rows, too, and the plan does not show how many tasks run at once.
  if (fits && nodes.some(({ raw }) => 'Task Count' in raw || isRecord(raw['Distributed Query'])))
    return {
      ...nothing,
      state: 'not measured',
      memory,
      why: 'other servers hold rows for it, and their sum is not known',
    };
  return { query, queryId, state: fits ? 'pass' : 'fail', memory, spills, temporaryBlocks, why: '' };
}

/**
 * Nothing may spill, and a plan may hold no more at once than the budget's work_mem. Only an executed plan shows what
 * spilled, so an estimate neither passes nor fails.
 */
export function memoryHeld(side: Side, known: Known): Verdict {
  const { workload, serverVersion } = known;
  const { workMemBytes: limit } = workload.budgets;
  const { hashMemMultiplier } = surroundingsFor(workload, [], serverVersion);
  const judged = side.queries.map(one =>
    judge(one, queryName(one, workload), limit, plan =>
      memoryOf(plan, { workMemBytes: DEFAULT_WORK_MEM, hashMemMultiplier }),
    ),
  );
  const evidence = [
    ...judged.flatMap(one => lines(one, limit)),
    {
      text: `limit: ${round(formatBytes(limit))} of all nodes and processes together`,
      bytes: limit,
    },
  ];
  const failed = judged.filter(({ state }) => state === 'fail');
  const spilled = failed.filter(({ spills, temporaryBlocks }) => spills.length > 0 || temporaryBlocks > 0);
  const [most] = [spilled, failed, judged].find(some => some.length > 0)?.toSorted(byHeldBytes) ?? [];
  if (most === undefined) return notMeasured('the workload has no query', evidence);
  if (spilled.length > 0) {
    const blocks = Math.max(...spilled.map(({ temporaryBlocks }) => temporaryBlocks));
    const which = spilled.map(({ query }) => query).join(', ');
    return blocks > 0
      ? verdict(
          'fail',
          `${formatBlocks(blocks)} temp`,
          `${which}: up to ${formatBlocks(blocks)} of temporary files`,
          evidence,
        )
      : verdict('fail', 'spilled', `${which}: did not fit in memory`, evidence);
  }
  const held = heldFigure(most, limit);
  const atOnce = `${held} at once (${whose(most)})`;
  if (failed.length > 0)
    return verdict('fail', held, `${atOnce}, more than ${round(formatBytes(limit))}`, evidence);
  const open = judged.filter(({ state }) => state === 'not measured');
  if (open.length > 0)
    return notMeasured(open.map(({ query, why }) => `${query}: ${why}`).join('; '), evidence);
  return verdict('pass', held, `at most ${atOnce}, nothing on disk`, evidence);
}

const heldBytes = ({ memory }: Judged): number => memory?.heldBytes ?? 0;

const byHeldBytes = (a: Judged, b: Judged): number => heldBytes(b) - heldBytes(a);

const heldFigure = (one: Judged, limit: number): string =>
  besideLimit(heldBytes(one), limit, formatBytes, bytes => `${bytes} B`);

/** `Q6, measured`, or `Q6, partly estimated`. */
function whose(one: Judged): string {
  const measured = heldBytes(one) === 0 || one.memory?.measured === true;
  return `${one.query}, ${measured ? 'measured' : 'partly estimated'}`;
}

function lines(one: Judged, limit: number): readonly Evidence[] {
  const { query, queryId, memory, spills, temporaryBlocks, state, why } = one;
  const holders = (memory?.holders ?? []).filter(({ node }) => node.scope === 0);
  const sum = `${heldFigure(one, limit)} at once${holders.length === 0 ? '' : memory?.measured === true ? ', measured' : ', partly estimated'}`;
  const head =
    state !== 'not measured'
      ? `${query}: ${sum}`
      : `${query}: ${why}${memory === undefined ? '' : `; the planner expects ${sum}`}`;
  return [
    { queryId, text: head, bytes: heldBytes(one) },
    ...spills.map(({ node: { id, label }, text }) => ({
      queryId,
      node: { id, label },
      text: `  ${label}: ${text}`,
    })),
    ...(temporaryBlocks > 0
      ? [{ queryId, text: `  ${formatBlocks(temporaryBlocks)} of temporary files in all` }]
      : []),
    ...holders.map(({ node: { id, label }, how, heldBytes: bytes, processes }) => ({
      queryId,
      node: { id, label },
      bytes,
      text: `  ${label}: ${formatBytes(bytes)}, ${how}${processes > 1 ? `, in ${processes} processes` : ''}`,
    })),
  ];
}
