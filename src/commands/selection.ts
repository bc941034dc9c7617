/** `--only` and `--without` → the proposals that are switched on. Pure. */
import { PgoptError } from '../errors.ts';
import type { Workload } from '../workload/types.ts';

/** @throws PgoptError 'usage' for a name that is no proposal, with what the names are. */
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
  if (only !== undefined) return known.filter(id => only.includes(id));
  return known.filter(id => !without?.includes(id));
}
