/**
 * Projected memory and run time at production size against their limits. Only an interval wholly on one side of the
 * limit decides.
 */
import { formatBytes, formatMs, formatProjected, round } from '../../base/format.ts';
import type { Query } from '../../workload/workload.ts';
import type { Interval, ProductionSide, Projected, ProjectedMemory } from '../projected.ts';
import { type KnownAtProduction, queryName } from './known.ts';
import {
  type Evidence,
  notMeasured,
  type Verdict,
  type VerdictState,
  verdict,
  worstState,
} from './result.ts';

interface Judged {
  readonly name: string;
  readonly queryId: string;
  readonly state: VerdictState;
  readonly memory: ProjectedMemory | undefined;
  readonly why: string;
}

export function projectedMemory({ known, side }: KnownAtProduction): Verdict {
  const { workload } = known;
  const { workMemBytes: limit } = workload.budgets;
  const judged = workload.queries.map((query): Judged => {
    const base = { name: queryName({ query }, workload), queryId: query.id };
    const time = side(query.id)?.time;
    if (time?.kind !== 'projected') {
      const why = time === undefined ? 'not projected' : `unknown: ${time.why}`;
      return { ...base, state: 'not measured', memory: undefined, why };
    }
    return { ...base, state: againstLimit(time.memory, limit), memory: time.memory, why: '' };
  });
  const evidence = [...judged.flatMap(lines), { text: `limit: ${round(formatBytes(limit))}`, bytes: limit }];
  const state = worstState(judged.map(one => one.state));
  const deciding = judged.filter(one => one.state === state);
  const [most] = deciding.toSorted((a, b) => point(b) - point(a));
  if (most === undefined) return notMeasured('the workload has no query', evidence);
  const names = deciding.map(({ name }) => name).join(', ');
  if (most.memory === undefined) return verdict('not measured', 'unknown', `${names}: ${most.why}`, evidence);
  const spilling = deciding.filter(({ memory }) => memory?.spills === 'yes').map(({ name }) => name);
  const figure = spilling.length > 0 ? 'would spill' : held(most.memory);
  const text =
    spilling.length > 0
      ? `${spilling.join(', ')} would write temporary files, projected from samples with limits as much smaller`
      : `${held(most.memory)} at once (${most.name}), projected${state === 'not measured' ? `; not clear for ${names}` : ''}`;
  return verdict(state, figure, text, evidence);
}

const point = ({ memory }: Judged): number => memory?.bytes.point ?? 0;

const held = ({ bytes }: Projected['memory']): string => formatProjected(bytes, formatBytes);

function againstLimit({ bytes, spills }: ProjectedMemory, limit: number): VerdictState {
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

/** @param sets The query with each of its sets of values; the worst one decides. */
export function projectedRunTime(
  sets: readonly Query[],
  sideOf: (queryId: string) => ProductionSide | undefined,
): Verdict {
  const each = sets.map(query => ({ query, judged: judge(query, sideOf(query.id)) }));
  const state = worstState(each.map(({ judged }) => judged.state));
  const worst = each.find(({ judged }) => judged.state === state);
  if (worst === undefined) return notMeasured('the workload has no such query');
  const values = sets.length > 1 ? ` (values ${worst.query.values?.label ?? ''})` : '';
  return {
    state,
    figure: worst.judged.figure,
    text: worst.judged.text + values,
    evidence: each.flatMap(({ judged }) => judged.evidence),
  };
}

function judge({ id: queryId, targetMs }: Query, side: ProductionSide | undefined): Verdict {
  const target = round(formatMs(targetMs));
  const limit: Evidence = { queryId, text: `target: under ${target}` };
  if (side === undefined) return notMeasured('not projected', [limit]);
  const { time } = side;
  if (time.kind === 'unknown') {
    const why = `unknown: ${time.why}`;
    return verdict('not measured', 'unknown', why, [{ queryId, text: why }, limit]);
  }
  const figure = formatProjected(time.ms);
  const evidence: readonly Evidence[] = [
    { queryId, text: `projected, not measured: ${time.method}` },
    ...time.remarks.map(text => ({ queryId, text })),
    limit,
  ];
  const state = against(time.ms, targetMs);
  const end = { pass: '', fail: `; the target is under ${target}` }[state ?? 'pass'];
  return state === undefined
    ? verdict(
        'not measured',
        figure,
        `${figure}, projected: not clear, the target of ${target} lies inside`,
        evidence,
      )
    : verdict(state, figure, `${figure}, projected${end}`, evidence);
}

function against({ low, high }: Interval, target: number): 'pass' | 'fail' | undefined {
  if (high < target) return 'pass';
  return low >= target ? 'fail' : undefined;
}
