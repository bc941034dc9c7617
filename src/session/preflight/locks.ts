/** Which locks an action takes, and whom they block. Pure: PostgreSQL's documentation, "Explicit Locking". */
import type { Proposal } from '../../workload/types.ts';
import type { Hiding } from '../hide.ts';

/** One sentence for each lock, without a full stop. All are held until the session ends. */
export function locksOf({ statements }: Proposal): readonly string[] {
  const views = new Set(
    statements.filter(({ kind }) => kind === 'create-materialized-view').map(({ creates }) => creates),
  );
  const said = statements.flatMap(({ kind, on }): string[] => {
    const own = views.has(on);
    switch (kind) {
      case 'create-index':
        return own
          ? []
          : [`SHARE on ${on}: reads go on, who inserts, updates or deletes waits until the end`];
      case 'create-materialized-view':
        return ['ACCESS SHARE on what the view reads: nobody waits but who alters those tables'];
      // It is there already; what hiding it takes is told by hidingLock().
      case 'drop-index':
        return [];
      default:
        return own ? [] : [`SHARE UPDATE EXCLUSIVE on ${on}: VACUUM, ANALYZE and DDL wait until the end`];
    }
  });
  return [...new Set(said)];
}

/** What switching off takes; undefined where it locks nothing. */
export function hidingLock(hiding: Hiding): string | undefined {
  return hiding === 'catalog'
    ? undefined
    : 'switching a built index off takes ACCESS EXCLUSIVE on its table while a plan is looked at or a query is run: everyone on it waits, readers too';
}
