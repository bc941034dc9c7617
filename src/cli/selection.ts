/** `--only` and `--without` → the configuration. */
import { formatError, PgoptError } from '../base/errors.ts';
import { type ExplorerSession, openedBy } from '../session/events.ts';
import { factsOf } from '../workload/proposalKinds.ts';
import type { Workload } from '../workload/workload.ts';
import type { Io } from './io.ts';
import { notify } from './output.ts';

/**
 * An existing index stays on unless `--without` names it: `--only` concerns new objects.
 * @returns Ids of the configuration.
 * @throws PgoptError 'usage' for an unknown name, with the known ones
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

/** Prints queries and proposals that the catalog refutes, like errors of their files. */
export function printRefusals(session: ExplorerSession, io: Io): void {
  for (const refusal of openedBy(session)?.refusals ?? []) notify(io, formatError(refusal));
}
