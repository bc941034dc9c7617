/** Whether an object of a proposal is in the database already, under the proposal's own name. Pure: over catalog facts. */

/** An index, a materialized view or a statistics object, as the catalog describes it (objectFacts.ts). */
export interface ObjectFacts {
  readonly kind: 'index' | 'materialized view' | 'statistics';
  /** oid of the table; of a view 0. */
  readonly table: number;
  /** Everything that makes it what it is, in PostgreSQL's own canonical text, without its name and its table. */
  readonly definition: string;
  /** False: a CREATE INDEX CONCURRENTLY failed or still runs. */
  readonly valid: boolean;
}

/** 'in place': the same object. 'taken': the name belongs to something else. 'skipped': so it does, and IF NOT EXISTS makes nothing. */
export type Standing = 'free' | 'in place' | 'taken' | 'skipped';

/**
 * @param proposed What the proposal's statement makes.
 * @param existing What has that name; undefined where nothing has.
 */
export function standingOf(
  proposed: ObjectFacts | undefined,
  existing: ObjectFacts | undefined,
  ifNotExists = false,
): Standing {
  if (existing === undefined) return 'free';
  if (proposed !== undefined && existing.valid && isSameObject(proposed, existing)) return 'in place';
  return ifNotExists ? 'skipped' : 'taken';
}

/** The same in everything but its name: what a copy of an existing index is, too. */
export const isSameObject = (a: ObjectFacts, b: ObjectFacts): boolean =>
  a.kind === b.kind && a.table === b.table && a.definition === b.definition;
