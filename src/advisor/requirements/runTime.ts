/** A query's measured run time against its target. An estimate never passes. */

import { formatMs, plural, round } from '../../base/format.ts';
import { Configuration } from '../../session/configuration.ts';
import type { Workload } from '../../workload/workload.ts';
import { type KnownQuery, queryName } from './known.ts';
import { besideLimit, notMeasured, type Verdict, verdict, worstState } from './result.ts';

/** @param sets The query with each of its sets of values; the worst one decides. */
export function runTime(sets: readonly KnownQuery[], workload: Workload): Verdict {
  const each = sets.map(one => ({ one, judged: judge(one) }));
  const state = worstState(each.map(({ judged }) => judged.state));
  const deciding = each.filter(({ judged }) => judged.state === state);
  const worst = deciding.reduce<(typeof each)[number] | undefined>(
    (most, next) => (most === undefined || slowness(next.one) > slowness(most.one) ? next : most),
    undefined,
  );
  if (worst === undefined) return notMeasured('the workload has no such query');
  const { figure, text } = worst.judged;
  const several = sets.length > 1;
  return {
    state,
    figure,
    text: several ? `${text} (values ${worst.one.query.values?.label ?? ''})` : text,
    evidence: each.flatMap(({ one, judged }) =>
      judged.evidence.map(line =>
        several ? { ...line, text: `${queryName(one, workload)}: ${line.text}` } : line,
      ),
    ),
  };
}

function slowness({ measurement, boundMs }: KnownQuery): number {
  const stopped = measurement?.timedOutAfterMs ?? boundMs;
  return stopped === undefined ? (measurement?.medianMs ?? 0) : Number.POSITIVE_INFINITY;
}

function judge({ query, plan, measurement, boundMs, reusedFrom, problem }: KnownQuery): Verdict {
  const { targetMs, id: queryId } = query;
  const target = round(formatMs(targetMs));
  const limit = { queryId, text: `target: under ${target}` };
  const { medianMs, timedOutAfterMs, runsMs = [] } = measurement ?? {};
  const stoppedMs = timedOutAfterMs ?? boundMs;
  if (stoppedMs !== undefined) {
    const figure = `> ${round(formatMs(stoppedMs))}`;
    const why = timedOutAfterMs !== undefined ? 'at the timeout' : 'there, before its end';
    const evidence = [{ queryId, text: `stopped after ${round(formatMs(stoppedMs))}` }, limit];
    return stoppedMs >= targetMs
      ? verdict('fail', figure, `${figure}: stopped ${why}; the target is under ${target}`, evidence)
      : verdict(
          'not measured',
          figure,
          timedOutAfterMs !== undefined
            ? `${figure}: stopped before the target of ${target}`
            : `${figure}: stopped ${why}, before the target of ${target}`,
          evidence,
        );
  }
  if (medianMs === undefined) {
    const why = problem ?? (plan === undefined ? 'not planned yet' : 'estimated only, not run yet');
    return notMeasured(why, [{ queryId, text: why }, limit]);
  }
  const figure = besideLimit(medianMs, targetMs, formatMs, ms => `${Number(ms.toFixed(3))} ms`);
  const runs = plural(runsMs.length, 'run');
  const said = `${figure}, median of ${runs}`;
  const evidence = [
    {
      queryId,
      text: `measured: ${runsMs.map(ms => formatMs(ms)).join(', ')} (planning + execution, TIMING OFF)`,
    },
    ...(reusedFrom === undefined
      ? []
      : [
          {
            queryId,
            text: `reused: measured ${reusedFrom === '' ? 'under the baseline' : `with ${Configuration.fromKey(reusedFrom)} on`}, which has the same plan`,
          },
        ]),
    limit,
  ];
  return medianMs < targetMs
    ? verdict('pass', figure, said, evidence)
    : verdict('fail', figure, `${said}; the target is under ${target}`, evidence);
}
