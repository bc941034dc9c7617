/** A query's projected time against its target: only an interval that lies wholly on one side of it decides. Pure. */
import { formatMs, formatProjected, round } from '../../base/format.ts';
import type { Query } from '../../workload/types.ts';
import type { Interval, ProductionSide } from '../projected.ts';
import type { Evidence, Verdict } from './types.ts';
import { verdict, worstState } from './verdict.ts';

/** @param sets The query with each of its sets of values: the worst one decides. */
export function projectedRunTime(
  sets: readonly Query[],
  sideOf: (queryId: string) => ProductionSide | undefined,
): Verdict {
  const each = sets.map(query => ({ query, judged: judge(query, sideOf(query.id)) }));
  const state = worstState(each.map(({ judged }) => judged.state));
  const worst = each.find(({ judged }) => judged.state === state);
  if (worst === undefined) return verdict('not measured', '', 'the workload has no such query');
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
  if (side === undefined) return verdict('not measured', '', 'not projected', [limit]);
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
