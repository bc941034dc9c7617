/** `--only` and `--without` → what is changed: proposals that are built, and indexes that are taken away. Pure. */
import { PgoptError } from '../errors.ts';
import type { Workload } from '../workload/types.ts';

/**
 * An index that might go is on unless it is switched off by name: `--only` is about what would be new.
 * @returns Ids as a session's configuration has them (events.ts).
 * @throws PgoptError 'usage' for a name that is no proposal, with what the names are.
 */
export function selectProposals(
  { proposals }: Workload,
  only: readonly string[] | undefined,
  without: readonly string[] | undefined,
): string[] {
  const known = proposals.map(proposal => proposal.id);
  const names = [...(only ?? []), ...(without ?? [])];
  const unknown = names.find(name => !known.includes(name));
  if (unknown !== undefined) {
    throw new PgoptError('usage', `there is no proposal ${JSON.stringify(unknown)}`, {
      next: `choose from ${known.join(', ')}`,
    });
  }
  const changes = proposals.filter(({ id, kind }) => {
    if (kind === 'drop') return without?.includes(id) === true;
    return only === undefined ? without?.includes(id) !== true : only.includes(id);
  });
  return changes.map(({ id }) => id);
}
