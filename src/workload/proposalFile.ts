import type { TrustedFunctions } from './functions.ts';
import { parseHeader, refreshInterval } from './header.ts';
import { Problems } from './problems.ts';
import { parseProposal } from './proposals.ts';
import type { Proposal } from './workload.ts';

/** @throws PgoptError 'workload-invalid' with file, line and caret for every error in the file */
export async function readProposalText(
  file: string,
  ddl: string,
  id: string,
  trusted?: TrustedFunctions,
): Promise<Proposal> {
  const problems = new Problems();
  const header = await problems.attempt(() => parseHeader(file, ddl));
  await problems.attempt(() => refreshInterval(file, ddl));
  const parsed = await problems.attempt(() => parseProposal(file, ddl, id, trusted));
  problems.throwIfAny();
  if (parsed === undefined) throw new Error('nothing was thrown');
  return { id, title: header?.title ?? id, file, ddl, ...parsed };
}
