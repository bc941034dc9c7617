/** Requirements, invariants and their verdicts. */
import type { Mask } from '../masks.ts';

/**
 * 'not applicable': nothing here could fail, so nothing was tested. 'not measured': it could fail, but was not tested
 * (yet), or only estimates exist.
 */
export type VerdictState = 'pass' | 'fail' | 'not applicable' | 'not measured';

export interface Evidence {
  /** One line; a clause. */
  readonly text: string;
  readonly queryId?: string;
  /** A node of the query's plan on this side. */
  readonly node?: { readonly id: number; readonly label: string };
  readonly bytes?: number;
}

export interface Verdict {
  readonly state: VerdictState;
  /** The deciding figure, as short as possible: `211 ms`, `> 30 s`, `2 scans`; '': none. */
  readonly figure: string;
  /** One line with the figure and the reason; no full stop. */
  readonly text: string;
  readonly evidence: readonly Evidence[];
}

export interface Requirement {
  /** `REQ-01`; stable for a workload. */
  readonly id: string;
  /** At most about 30 characters, except for a query's title. */
  readonly title: string;
  /** The number of its query; 'storage' follows from a configuration's sizes; 'plans' of all queries. */
  readonly dependsOn: number | 'storage' | 'plans';
  readonly before: Verdict;
  readonly after: Verdict;
  /** With production's rows; undefined: not worked out yet. */
  readonly atProductionSize: Verdict | undefined;
}

/** A requirement as a demand on configurations. */
export interface Demand {
  readonly id: string;
  readonly title: string;
  judge(configuration: Mask): VerdictState;
  /** If it fails: the factor by which it misses, at least 1; undefined: no such factor exists. */
  missBy(configuration: Mask): number | undefined;
}

/** A fact that experiments must not change. */
export interface Invariant {
  readonly id: 'same-results' | 'schema' | 'extensions' | 'nothing-committed';
  readonly title: string;
  readonly verdict: Verdict;
}

export function verdict(
  state: VerdictState,
  figure: string,
  text: string,
  evidence: readonly Evidence[] = [],
): Verdict {
  return { state, figure, text, evidence };
}

export const notMeasured = (text: string, evidence?: readonly Evidence[]): Verdict =>
  verdict('not measured', '', text, evidence);

/** A failure decides, then a missing measurement: a pass requires that everything is known. */
const ORDER: readonly VerdictState[] = ['fail', 'not measured', 'pass', 'not applicable'];

/** 'not applicable' for an empty list. */
export function worstState(states: readonly VerdictState[]): VerdictState {
  return ORDER.find(state => states.includes(state)) ?? 'not applicable';
}

/**
 * Formats a figure so that rounding does not move it to the other side of its limit: 1996 ms are not `2.00 s` of 2 s.
 * @param exact Formats with all digits.
 */
export function besideLimit(
  value: number,
  limit: number,
  say: (value: number) => string,
  exact: (value: number) => string,
): string {
  return value !== limit && say(value) === say(limit) ? exact(value) : say(value);
}
