/** The kinds of things there are to say of a query then and now. */

/** Only `worse` fails. */
export type Grade = 'worse' | 'slower' | 'told' | 'better';

export interface Remark {
  readonly grade: Grade;
  readonly kind: Kind;
  /** A sentence without a full stop. Names and messages in it are data. */
  readonly text: string;
}

/** Kind of remark → in a few words, for a table. */
export const KINDS = {
  'index-to-sequential': 'index scan became sequential scan',
  'target-missed': 'target missed',
  'timed-out': 'timed out',
  'temporary-files': 'temporary files appeared',
  failed: 'fails',
  'answer-different': 'a rewrite returns something else',
  slower: 'slower',
  'sequential-to-index': 'sequential scan became index scan',
  'target-met': 'target met',
  'in-time': 'no longer timed out',
  'no-temporary-files': 'no temporary files any more',
  works: 'no longer fails',
  'answer-same': 'the rewrite returns the same again',
  faster: 'faster',
  'plan-changed': 'another plan',
  'rewrite-changed': 'another text is planned',
  'still-failing': 'fails as before',
  'not-planned': 'not compared',
  'shorter-timeout': 'the timeout is shorter',
} as const;
export type Kind = keyof typeof KINDS;
