/** What the session does now. */
import { percent, sanitize } from '../../base/format.ts';
import { answerKey } from '../../session/events.ts';
import { rewriteOf } from '../../session/plannedText.ts';
import type { State } from '../state/state.ts';
import { isSearching } from '../state/suggest.ts';
import { elapsed, measuringQuery } from '../words.ts';
import { plannedFor } from './selectors.ts';

/** What runs, oldest first; empty when nothing does. */
export function activities(state: State): string[] {
  const { workload, builds, measurements, now } = state;
  const building = workload.proposals.flatMap(({ id }) => {
    const build = builds[id];
    if (build?.state !== 'building') return [];
    const fraction = build.fraction === undefined ? '' : ` ${percent(build.fraction)}`;
    return [`building ${sanitize(id)}${fraction} (${elapsed(build.elapsedMs)})`];
  });
  const measuring = workload.queries.flatMap(({ id, number }) =>
    Object.entries(measurements[id] ?? {}).flatMap(([fingerprint, { runningSince }]) => {
      if (runningSince === undefined) return [];
      return [`${measuringQuery(number)} ${sideOf(state, id, fingerprint)}(${elapsed(now - runningSince)})`];
    }),
  );
  const comparing = workload.queries.flatMap(query => {
    const { id, number, rewrites } = query;
    const planned = plannedFor(state, id, 'after');
    const through = planned?.state === 'planned' ? planned.rewrite : undefined;
    return [...new Set([...rewrites.map(rewrite => rewrite.id), through ?? ''])].flatMap(text => {
      const answering = state.answers[answerKey(id, text)];
      if (answering?.state !== 'comparing') return [];
      const other = rewriteOf(query, text) === undefined ? 'with and without the index' : 'and its rewrite';
      return [`comparing the answers of Q${number} ${other} (${elapsed(now - answering.since)})`];
    });
  });
  return [...building, ...measuring, ...comparing];
}

function sideOf(state: State, queryId: string, fingerprint: string): string {
  const before = state.plans[queryId]?.[''];
  if (before?.state !== 'planned') return '';
  return before.plan.fingerprint === fingerprint ? 'before ' : 'after ';
}

/** Something on the screen moves by itself: a spinner or an elapsed time. */
export function isBusy(state: State): boolean {
  if (state.phase === 'starting' || state.phase === 'closing' || state.lost?.reconnecting === true)
    return true;
  if (
    isSearching(state) ||
    state.production?.state === 'opening' ||
    state.productionSurvey?.state === 'planning'
  )
    return true;
  return state.phase === 'exploring' && (!state.idle || activities(state).length > 0);
}
