/** What the queries are projected to hold, and to spill, at production size. Pure. */
import { formatBytes, formatProjected, round } from '../../base/format.ts';
import type { Projected, ProjectedMemory } from '../projected.ts';
import { queryName } from './known.ts';
import type { KnownThere } from './there.ts';
import type { Evidence, Verdict, VerdictState } from './types.ts';
import { verdict, worstState } from './verdict.ts';

interface Judged {
  readonly name: string;
  readonly queryId: string;
  readonly state: VerdictState;
  readonly memory: ProjectedMemory | undefined;
  /** Why there is no figure. */
  readonly why: string;
}

export function projectedMemory({ known, side }: KnownThere): Verdict {
  const { workload } = known;
  const { workMemBytes: limit } = workload.budgets;
  const judged = workload.queries.map((query): Judged => {
    const base = { name: queryName({ query }, workload), queryId: query.id };
    const time = side(query.id)?.time;
    if (time?.kind !== 'projected') {
      const why = time === undefined ? 'not projected' : `unknown: ${time.why}`;
      return { ...base, state: 'not measured', memory: undefined, why };
    }
    return { ...base, state: against(time.memory, limit), memory: time.memory, why: '' };
  });
  const evidence = [...judged.flatMap(lines), { text: `limit: ${round(formatBytes(limit))}`, bytes: limit }];
  const state = worstState(judged.map(one => one.state));
  const deciding = judged.filter(one => one.state === state);
  const [most] = deciding.toSorted((a, b) => point(b) - point(a));
  if (most === undefined) return verdict('not measured', '', 'the workload has no query', evidence);
  const names = deciding.map(({ name }) => name).join(', ');
  if (most.memory === undefined) return verdict('not measured', 'unknown', `${names}: ${most.why}`, evidence);
  const spilling = deciding.filter(({ memory }) => memory?.spills === 'yes').map(({ name }) => name);
  const figure = spilling.length > 0 ? 'would spill' : held(most.memory);
  const text =
    spilling.length > 0
      ? `${spilling.join(', ')} would write temporary files, projected from samples with limits as much smaller`
      : `${held(most.memory)} at once (${most.name}), projected${state === 'not measured' ? `; not clear of ${names}` : ''}`;
  return verdict(state, figure, text, evidence);
}

const point = ({ memory }: Judged): number => memory?.bytes.point ?? 0;

const held = ({ bytes }: Projected['memory']): string => formatProjected(bytes, formatBytes);

function against({ bytes, spills }: ProjectedMemory, limit: number): VerdictState {
  if (spills === 'yes' || bytes.low > limit) return 'fail';
  return spills === 'no' && bytes.high <= limit ? 'pass' : 'not measured';
}

function lines({ name, queryId, memory, why }: Judged): readonly Evidence[] {
  if (memory === undefined) return [{ queryId, text: `${name}: ${why}` }];
  const word = { yes: ', would spill', no: '', unclear: ', may spill' };
  return [
    {
      queryId,
      text: `${name}: ${held(memory)} at once, projected${word[memory.spills]}`,
      bytes: memory.bytes.point,
    },
    ...memory.holders.map(({ id, label, bytes, spills }) => ({
      queryId,
      node: { id, label },
      text: `  ${label}: ${formatProjected(bytes, formatBytes)}${word[spills]}`,
      bytes: bytes.point,
    })),
  ];
}
