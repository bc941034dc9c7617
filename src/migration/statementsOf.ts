/** Which statements of the kept proposals are about their views, and what they name in the catalog. Pure. */
import type { WrittenName } from '../base/sql.ts';
import { readCreateIndex } from '../workload/createIndex.ts';
import type { Proposal, Statement } from '../workload/types.ts';

/** What to ask the catalog for (database/changeFacts.ts). */
export async function namedIn(proposals: readonly Proposal[]): Promise<{
  readonly relations: readonly WrittenName[];
  readonly indexes: readonly WrittenName[];
}> {
  const statements = proposals.flatMap(proposal => proposal.statements);
  const tables = await Promise.all(
    statements
      .filter(({ kind }) => kind === 'create-index')
      .map(async ({ sql }) => {
        const { schema, table } = await readCreateIndex(sql);
        return { schema, name: table };
      }),
  );
  const related = statements
    .filter(({ kind }) => kind === 'create-statistics')
    .map(({ on = '', onSchema }) => ({ schema: onSchema, name: on }));
  return { relations: [...tables, ...related], indexes: statements.flatMap(({ drops = [] }) => drops) };
}

/** Whether it is about a view that one of `proposals` creates, and not about a table that is there. */
export function isOnView({ kind, on }: Statement, proposals: readonly Proposal[]): boolean {
  if (kind === 'create-materialized-view') return true;
  return (
    on !== undefined &&
    proposals.some(({ statements }) =>
      statements.some(other => other.kind === 'create-materialized-view' && other.creates === on),
    )
  );
}
