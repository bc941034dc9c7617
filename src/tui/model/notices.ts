/** What the screen warns of in a phrase: an old transaction, errors in the workload's files. */
import { formatDuration } from '../../base/format.ts';
import { problemsOf } from '../../session/events.ts';
import type { State } from '../state/state.ts';

/** undefined while there is no transaction. */
function openFor({ session, now }: State): number | undefined {
  return session === undefined ? undefined : Math.max(0, now - session.openedAt);
}

/** A question to ask, once the transaction holds back VACUUM for longer than it should; undefined before. */
export function ageNotice(state: State): string | undefined {
  const { ageLimitMs } = state.target;
  const open = openFor(state);
  if (ageLimitMs === undefined || open === undefined || open < ageLimitMs) return undefined;
  return `open for ${formatDuration(open)}: VACUUM cannot remove rows deleted since. Start afresh? R`;
}

/** undefined where all files are sound. */
export function problemsNotice(state: Pick<State, 'workload' | 'session'>): string | undefined {
  const problems = problemsOf(state.workload, state.session);
  if (problems.length === 0) return undefined;
  // What has no location is wrong with a file as a whole, and begins with its name.
  const files = new Set(problems.map(({ location, message }) => location?.file ?? message)).size;
  if (files > 1) return `${files} files have errors: E shows them`;
  return problems.length === 1 ? 'a file has an error: E shows it' : 'a file has errors: E shows them';
}
