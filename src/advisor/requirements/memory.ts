/**
 * Everything in memory, and no more of it at once than the budget's work_mem. Only a plan that was executed tells what
 * spilled, so an estimate neither passes nor fails.
 */
import { formatBlocks, formatBytes, round } from '../../base/format.ts';
import { DEFAULT_WORK_MEM, memoryOf } from '../../plan/memory/memory.ts';
import { surroundingsFor } from '../surroundings.ts';
import { type Known, queryName, type Side } from './known.ts';
import { type Judged, judge } from './memoryOfQuery.ts';
import type { Evidence, Verdict } from './types.ts';
import { besideLimit, verdict } from './verdict.ts';

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
  const most = largest(spilled.length > 0 ? spilled : failed.length > 0 ? failed : judged);
  if (spilled.length > 0 && most !== undefined) {
    const blocks = Math.max(...spilled.map(({ temporaryBlocks }) => temporaryBlocks));
    const which = spilled.map(({ query }) => query).join(', ');
    const figure = blocks > 0 ? `${formatBlocks(blocks)} temp` : 'spilled';
    return verdict(
      'fail',
      figure,
      `${which}: ${blocks > 0 ? `up to ${formatBlocks(blocks)} of temporary files` : 'did not fit in memory'}`,
      evidence,
    );
  }
  if (failed.length > 0 && most !== undefined)
    return verdict(
      'fail',
      heldFigure(most, limit),
      `${heldFigure(most, limit)} at once (${whose(most)}), more than ${round(formatBytes(limit))}`,
      evidence,
    );
  const open = judged.filter(({ state }) => state === 'not measured');
  if (open.length > 0)
    return verdict('not measured', '', open.map(({ query, why }) => `${query}: ${why}`).join('; '), evidence);
  if (most === undefined) return verdict('not measured', '', 'the workload has no query', evidence);
  return verdict(
    'pass',
    heldFigure(most, limit),
    `at most ${heldFigure(most, limit)} at once (${whose(most)}), nothing on disk`,
    evidence,
  );
}

const heldBytes = ({ memory }: Judged): number => memory?.heldBytes ?? 0;

function largest(judged: readonly Judged[]): Judged | undefined {
  return judged.reduce<Judged | undefined>(
    (most, one) => (most === undefined || heldBytes(one) > heldBytes(most) ? one : most),
    undefined,
  );
}

const heldFigure = (one: Judged, limit: number): string =>
  besideLimit(heldBytes(one), limit, formatBytes, bytes => `${bytes} B`);

/** `Q6`, and whether its figure is all measured. */
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
