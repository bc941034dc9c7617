/** Reads the statements of kept proposals: what they name in the catalog, and which concern views. */
import { identifier, type WrittenName } from '../base/sql.ts';
import { type CreateIndexText, type Range, readCreateIndex } from '../workload/createIndex.ts';
import type { Proposal, Statement } from '../workload/workload.ts';

/** The names to look up in the catalog (database/changeFacts.ts). */
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

/** Whether it creates a view of `proposals`, or concerns one instead of an existing table. */
export function isOnView({ kind, on }: Statement, proposals: readonly Proposal[]): boolean {
  if (kind === 'create-materialized-view') return true;
  return (
    on !== undefined &&
    proposals.some(({ statements }) =>
      statements.some(other => other.kind === 'create-materialized-view' && other.creates === on),
    )
  );
}

// Rewrites CREATE INDEX.

interface IndexChanges {
  readonly concurrently: boolean;
  /** Replaces its name, or adds one. */
  readonly name?: string | undefined;
  /** SQL that replaces the text after ON. */
  readonly target?: string | undefined;
}

/** Removes IF NOT EXISTS, which would accept an invalid index that a failed build left. */
export function rewriteIndex(sql: string, read: CreateIndexText, changes: IndexChanges): string {
  const { keywordEnd, ifNotExists, name, target } = read;
  const edits: [Range, string][] = [];
  if (changes.concurrently) edits.push([[keywordEnd, keywordEnd], ' CONCURRENTLY']);
  if (ifNotExists !== undefined) {
    const [start, end] = ifNotExists;
    edits.push([[start, sql[end] === ' ' ? end + 1 : end], '']);
  }
  if (changes.name !== undefined)
    edits.push([name, identifier(changes.name) + (name[0] === name[1] ? ' ' : '')]);
  if (changes.target !== undefined) edits.push([target, changes.target]);
  // From the end, so that offsets stay valid.
  return edits.reduceRight((text, [[start, end], put]) => text.slice(0, start) + put + text.slice(end), sql);
}

/**
 * pg_get_indexdef()'s text with IF NOT EXISTS: a rollback may follow a migration that failed before it dropped the
 * index. The rollback checks validity at the end.
 */
export async function restored(
  definition: string,
  { concurrently }: Pick<IndexChanges, 'concurrently'>,
): Promise<string> {
  const { keywordEnd } = await readCreateIndex(definition);
  return `${definition.slice(0, keywordEnd)}${concurrently ? ' CONCURRENTLY' : ''} IF NOT EXISTS${definition.slice(keywordEnd)}`;
}
