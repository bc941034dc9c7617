/** How long the transaction is open, and whether that is too long for the database it is on. */
import { formatDuration } from '../../base/format.ts';
import type { State } from '../state/types.ts';

/** undefined while there is no transaction. */
export function openFor({ session, now }: State): number | undefined {
  return session === undefined ? undefined : Math.max(0, now - session.openedAt);
}

/** A question to ask, once the transaction holds back VACUUM for longer than it should; undefined before. */
export function ageNotice(state: State): string | undefined {
  const { ageLimitMs } = state.target;
  const open = openFor(state);
  if (ageLimitMs === undefined || open === undefined || open < ageLimitMs) return undefined;
  return `open for ${formatDuration(open)}: VACUUM cannot remove rows deleted since. Start afresh? R`;
}
