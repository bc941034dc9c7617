/** Which locks an action takes, and which statements they block. Pure: PostgreSQL's documentation, "Explicit Locking". */
import type { Proposal } from '../../workload/workload.ts';
import type { Hiding } from '../hide.ts';

export interface Lock {
  readonly mode: 'SHARE' | 'ACCESS SHARE' | 'SHARE UPDATE EXCLUSIVE';
  /** Without its schema; undefined for all that a view reads. */
  readonly table: string | undefined;
}

/** The statements that each of them blocks. */
const BLOCKED: Readonly<Record<Lock['mode'], string>> = {
  SHARE: 'reads go on; INSERT, UPDATE and DELETE wait until the end',
  'ACCESS SHARE': 'only sessions that alter those tables wait',
  'SHARE UPDATE EXCLUSIVE': 'VACUUM, ANALYZE and DDL wait until the end',
};

/** A sentence without a full stop. */
export const lockText = ({ mode, table }: Lock): string =>
  `${mode} on ${table ?? 'what the view reads'}: ${BLOCKED[mode]}`;

/** Each once. All are held until the session ends. */
export function locksOf({ statements }: Proposal): readonly Lock[] {
  const views = new Set(
    statements.filter(({ kind }) => kind === 'create-materialized-view').map(({ creates }) => creates),
  );
  const taken = statements.flatMap(({ kind, on }): Lock[] => {
    const own = views.has(on);
    switch (kind) {
      case 'create-index':
        return own ? [] : [{ mode: 'SHARE', table: on }];
      case 'create-materialized-view':
        return [{ mode: 'ACCESS SHARE', table: undefined }];
      // It is there already; hidingLock() says what hiding it takes.
      case 'drop-index':
        return [];
      default:
        return own ? [] : [{ mode: 'SHARE UPDATE EXCLUSIVE', table: on }];
    }
  });
  return [...new Map(taken.map(lock => [lockText(lock), lock])).values()];
}

/** What switching off takes; undefined where it locks nothing. */
export function hidingLock(hiding: Hiding): string | undefined {
  return hiding !== 'drop'
    ? undefined
    : 'switching a built index off takes ACCESS EXCLUSIVE on its table while a plan is looked at or a query is run: everyone on it waits, readers too';
}
