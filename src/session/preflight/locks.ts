/** The locks of an action, and the statements that they block. Pure. Source: PostgreSQL's documentation, "Explicit Locking". */
import { STATEMENT_KINDS } from '../../workload/statementKinds.ts';
import type { Proposal } from '../../workload/workload.ts';
import type { Hiding } from '../hide.ts';

/** The statements that each mode blocks. */
const BLOCKED = {
  SHARE: 'reads go on; INSERT, UPDATE and DELETE wait until the end',
  'ACCESS SHARE': 'only sessions that alter those tables wait',
  'SHARE UPDATE EXCLUSIVE': 'VACUUM, ANALYZE and DDL wait until the end',
} as const;

export interface Lock {
  readonly mode: keyof typeof BLOCKED;
  /** Without its schema; undefined for everything that a view reads. */
  readonly table: string | undefined;
}

/** A sentence without a full stop. */
export const lockText = ({ mode, table }: Lock): string =>
  `${mode} on ${table ?? 'what the view reads'}: ${BLOCKED[mode]}`;

/** Without duplicates. The session holds all of them until it ends. */
export function locksOf({ statements }: Proposal): readonly Lock[] {
  const views = new Set(
    statements.filter(({ kind }) => kind === 'create-materialized-view').map(({ creates }) => creates),
  );
  const taken = statements.flatMap(({ kind, on }): Lock[] => {
    const { lock: mode } = STATEMENT_KINDS[kind];
    const isOnOwnView = on !== undefined && views.has(on);
    // An index to drop exists; hidingLock() describes what hiding it takes.
    return mode === undefined || isOnOwnView ? [] : [{ mode, table: on }];
  });
  return [...new Map(taken.map(lock => [lockText(lock), lock])).values()];
}

/** The lock that switching off takes; undefined where it takes none. */
export function hidingLock(hiding: Hiding): string | undefined {
  return hiding !== 'drop'
    ? undefined
    : 'switching a built index off takes ACCESS EXCLUSIVE on its table during each EXPLAIN and run: all other sessions wait for it, readers too';
}
