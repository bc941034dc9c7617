/** `--only` and `--without` → what is changed: proposals that are built, and indexes that are taken away. Pure. */
import { formatError, PgoptError } from '../base/errors.ts';
import { type ExplorerSession, openedBy } from '../session/events.ts';
import { factsOf } from '../workload/proposalKinds.ts';
import type { Workload } from '../workload/workload.ts';
import type { Io } from './io.ts';
import { notify } from './output.ts';

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
  const changes = proposals.filter(proposal => {
    const { id } = proposal;
    if (factsOf(proposal).standsForExisting) return without?.includes(id) === true;
    return only === undefined ? without?.includes(id) !== true : only.includes(id);
  });
  return changes.map(({ id }) => id);
}

/** What the server's catalog says against texts of the workload, as errors of its files are printed. */

export function printRefusals(session: ExplorerSession, io: Io): void {
  for (const refusal of openedBy(session)?.refusals ?? []) notify(io, formatError(refusal));
}
