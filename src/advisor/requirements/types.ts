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
