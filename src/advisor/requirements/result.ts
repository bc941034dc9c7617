/** What a requirement is, and the four things that can be said of it. */

/**
 * 'not applicable': nothing here could have shown it to be false, so nothing was tested.
 * 'not measured': it could be shown, but was not (yet), or only estimates are known.
 */
export type VerdictState = 'pass' | 'fail' | 'not applicable' | 'not measured';

export interface Evidence {
  /** One line; a clause without a full stop. */
  readonly text: string;
  readonly queryId?: string;
  /** Of the query's plan on this side: position and label. */
  readonly node?: { readonly id: number; readonly label: string };
  readonly bytes?: number;
}

export interface Verdict {
  readonly state: VerdictState;
  /** The figure that decides, as short as it goes: `211 ms`, `> 30 s`, `2 scans`; '' where there is none. */
  readonly figure: string;
  /** One line with the figure and why; without a full stop. */
  readonly text: string;
  readonly evidence: readonly Evidence[];
}

export interface Requirement {
  /** `REQ-01`; the same for the same workload. */
  readonly id: string;
  /** At most about 30 characters, but for the title of a query. */
  readonly title: string;
  /** With nothing on. */
  readonly before: Verdict;
  /** Under the configuration that is on. */
  readonly after: Verdict;
  /** What it would be with production's rows; undefined until it is worked out. */
  readonly atProductionSize: Verdict | undefined;
}

/** What must stay as it is while things are tried. */
export interface Invariant {
  readonly id: 'same-results' | 'schema' | 'extensions' | 'nothing-committed';
  readonly title: string;
  readonly verdict: Verdict;
}

/** Making verdicts, and making one of several. */

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
