/** Whether a rewrite returns what its query returns. */

/** A row's values as PostgreSQL writes them; null is NULL. */
export type Cells = readonly (string | null)[];

export interface AnswerCheck {
  /**
   * 'same but for ties': the rows differ, but only as two runs of the query itself might.
   * 'not compared': it took too long, or the server refused.
   */
  readonly verdict: 'same' | 'same but for ties' | 'different' | 'not compared';
  /** Rows of each; undefined when it was not compared. */
  readonly rows: { readonly original: number; readonly rewrite: number } | undefined;
  /** Rows that only one of them has, as many as there are. */
  readonly differing: { readonly original: number; readonly rewrite: number };
  readonly columns: readonly string[];
  /** Up to five of the differing rows of each. */
  readonly samples: { readonly original: readonly Cells[]; readonly rewrite: readonly Cells[] };
  /** What differs, and why it may; a sentence without a full stop. */
  readonly explanation: string;
  /** Of an approximate index: how many rows of the exact answer came back. */
  readonly recall?: { readonly found: number; readonly exact: number };
  /** What was compared, and how. */
  readonly how: string;
}

export const SAMPLES = 5;
