/** Making verdicts, and making one of several. */
import type { Evidence, Verdict, VerdictState } from './types.ts';

export function verdict(
  state: VerdictState,
  figure: string,
  text: string,
  evidence: readonly Evidence[] = [],
): Verdict {
  return { state, figure, text, evidence };
}

/** What fails decides; then what is not known: only what is known of all can pass. */
const ORDER: readonly VerdictState[] = ['fail', 'not measured', 'pass', 'not applicable'];

/** The state that decides for all of them; 'not applicable' of none. */
export function worstState(states: readonly VerdictState[]): VerdictState {
  return ORDER.find(state => states.includes(state)) ?? 'not applicable';
}

/**
 * A figure beside its limit must not read as if it were on the other side of it: 1996 ms are not `2.00 s` of 2 s.
 * @param exact Says every digit.
 */
export function besideLimit(
  value: number,
  limit: number,
  say: (value: number) => string,
  exact: (value: number) => string,
): string {
  return value !== limit && say(value) === say(limit) ? exact(value) : say(value);
}
