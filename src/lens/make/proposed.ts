/** Proposals that the document does not have yet, made on the empty tables of a lens's base. */
import { DatabaseError } from '../../base/databaseError.ts';
import { identifier } from '../../base/sql.ts';
import type { Link } from '../../database/link.ts';
import { buildProposal } from '../../session/build.ts';
import { type FoundObjects, findObjects, inPlaceAmong, lacking } from '../../session/inPlace.ts';
import type { SessionNames } from '../../session/names.ts';
import type { Proposal, Statement } from '../../workload/types.ts';
import type { LensDocument } from '../document.ts';

/** What became of the proposals. */
export interface Proposed {
  /** Those that could not be made, with the reason. */
  readonly refused: ReadonlyMap<string, string>;
  /** What the database has already: it is not made a second time. */
  readonly found: FoundObjects;
  /** Proposal → what is there, where that is all of it; a clause. */
  readonly inPlace: ReadonlyMap<string, string>;
}

export const NONE_PROPOSED: Proposed = { refused: new Map(), found: new Map(), inPlace: new Map() };

export async function buildProposed(
  link: Link,
  document: LensDocument,
  proposals: readonly Proposal[],
  names: SessionNames,
  known: ReadonlyMap<string, string> = new Map(),
): Promise<Proposed> {
  const there = new Set(
    document.tables.flatMap(table => [table.name, ...table.indexes.map(({ name }) => name)]),
  );
  for (const { name } of document.statistics) there.add(name);
  /** What the session itself has made is not made again: its names are in the document. */
  const isThere = (statement: Statement) =>
    statement.creates !== undefined && there.has(names.real(statement));
  const missing = proposals.flatMap(proposal => {
    if (known.has(proposal.id)) return [];
    const statements = proposal.statements.filter(statement => !isThere(statement));
    const makes = statements.some(({ creates }) => creates !== undefined);
    return makes ? [{ ...proposal, statements }] : [];
  });
  const refused = new Map<string, string>();
  if (missing.length === 0) return { ...NONE_PROPOSED, inPlace: known };
  await link.query('BEGIN');
  await link.query("SELECT set_config('search_path', $1, true)", [
    [names.schema, ...document.searchPath].map(identifier).join(', '),
  ]);
  /** Undoes it when it fails, and when nothing of it is to stay. */
  const within = async <T>(work: () => Promise<T>, stays: boolean): Promise<T> => {
    await link.query('SAVEPOINT proposal');
    let done = false;
    try {
      const result = await work();
      done = true;
      return result;
    } finally {
      if (!(done && stays)) await link.query('ROLLBACK TO SAVEPOINT proposal');
    }
  };
  const found = await findObjects({ undone: work => within(() => work(link), false) }, missing);
  for (const proposal of missing) {
    const lacks = lacking(proposal, found);
    if (lacks === undefined) continue;
    try {
      await within(
        () =>
          buildProposal(
            link,
            lacks,
            names,
            () => 0,
            () => undefined,
          ),
        true,
      );
    } catch (error) {
      if (!(error instanceof DatabaseError)) throw error;
      refused.set(proposal.id, names.cleanText(error.message));
    }
  }
  await link.query('COMMIT');
  return { refused, found, inPlace: new Map([...known, ...inPlaceAmong(missing, found)]) };
}
