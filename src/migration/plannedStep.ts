/** What a change is made of: what is kept, the steps that bring it about, and the way back. */
import type { SurveyedProposal } from '../advisor/survey.ts';
import type { WrittenName } from '../base/sql.ts';
import type { Proposal } from '../workload/types.ts';

/** A proposal that is kept, and what building it here has shown. */
export interface Kept {
  readonly proposal: Proposal;
  /** undefined: it was not built here. */
  readonly built:
    | Pick<SurveyedProposal, 'objects' | 'bytes' | 'freedBytes' | 'buildMs' | 'refreshMs' | 'refreshHow'>
    | undefined;
  /** What it would weigh in production; undefined where that is not known. */
  readonly projectedBytes: number | undefined;
  /** Of an index to drop: what no index serves any more without it, a sentence each. */
  readonly lost: readonly string[];
  /** Files of the change with the queries that read its views: `queries/05-lifetime@stats.sql`. */
  readonly readBy: readonly string[];
}

/** In the order in which they are carried out. */
export const PHASES = ['statistics', 'indexes', 'analyze', 'views', 'drops'] as const;
export type Phase = (typeof PHASES)[number];

/** One statement of a file. */
export interface SqlStep {
  /** Lines above it, without the dashes. */
  readonly comment: readonly string[];
  /** Without a semicolon. */
  readonly sql: string;
  /**
   * 'briefly': while it waits for its lock, others queue up behind it, so it gives up. 'patiently': whom it waits for it
   * does not hold up.
   */
  readonly waits: 'briefly' | 'patiently';
  /** What must be there, and valid, in the end. */
  readonly makes?: Made | undefined;
}

export interface Step extends SqlStep {
  readonly phase: Phase;
  /** In this order. Empty where undoing another step undoes it too. */
  readonly undo: readonly SqlStep[];
}

/** A schema of undefined: the first one of search_path. */
export interface Made extends WrittenName {
  readonly kind: 'index' | 'materialized view' | 'statistics';
}
