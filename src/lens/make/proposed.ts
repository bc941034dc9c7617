/** Proposals that the document does not have yet, made on the empty tables of a lens's base. */
import { DatabaseError, identifier, type Link } from '../../database/link.ts';
import { buildProposal } from '../../session/build.ts';
import type { SessionNames } from '../../session/names.ts';
import type { Proposal } from '../../workload/types.ts';
import type { LensDocument } from '../document.ts';

/** @returns Those that could not be made, with the reason. */
export async function buildProposed(
  link: Link,
  document: LensDocument,
  proposals: readonly Proposal[],
  names: SessionNames,
): Promise<ReadonlyMap<string, string>> {
  const there = new Set(
    document.tables.flatMap(table => [table.name, ...table.indexes.map(({ name }) => name)]),
  );
  for (const { name } of document.statistics) there.add(name);
  const refused = new Map<string, string>();
  const missing = proposals.filter(({ kind, statements }) => {
    const made = statements.flatMap(statement =>
      statement.creates === undefined ? [] : [names.real(statement)],
    );
    return kind !== 'drop' && !(made.length > 0 && made.every(name => there.has(name)));
  });
  if (missing.length === 0) return refused;
  await link.query('BEGIN');
  await link.query("SELECT set_config('search_path', $1, true)", [
    [names.schema, ...document.searchPath].map(identifier).join(', '),
  ]);
  for (const proposal of missing) {
    await link.query('SAVEPOINT proposal');
    try {
      await buildProposal(
        link,
        proposal,
        names,
        () => 0,
        () => undefined,
      );
    } catch (error) {
      await link.query('ROLLBACK TO SAVEPOINT proposal');
      if (!(error instanceof DatabaseError)) throw error;
      refused.set(proposal.id, names.cleanText(error.message));
    }
  }
  await link.query('COMMIT');
  return refused;
}
