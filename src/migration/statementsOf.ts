/** Which statements of the kept proposals are about their views, and what they name in the catalog. Pure. */
import { identifier, type WrittenName } from '../base/sql.ts';
import { type CreateIndexText, type Range, readCreateIndex } from '../workload/createIndex.ts';
import type { Proposal, Statement } from '../workload/workload.ts';

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

/** A person's CREATE INDEX → the same one, built otherwise. Pure. */

interface Otherwise {
  readonly concurrently: boolean;
  /** In place of its own name, or where it has none. */
  readonly name?: string | undefined;
  /** Replaces the text behind ON, as SQL. */
  readonly target?: string | undefined;
}

/** IF NOT EXISTS goes: it would take an invalid index, left by a build that failed, for the one that is wanted. */
export function rewriteIndex(sql: string, read: CreateIndexText, otherwise: Otherwise): string {
  const { keywordEnd, ifNotExists, name, target } = read;
  const edits: [Range, string][] = [];
  if (otherwise.concurrently) edits.push([[keywordEnd, keywordEnd], ' CONCURRENTLY']);
  if (ifNotExists !== undefined) {
    const [start, end] = ifNotExists;
    edits.push([[start, sql[end] === ' ' ? end + 1 : end], '']);
  }
  if (otherwise.name !== undefined)
    edits.push([name, identifier(otherwise.name) + (name[0] === name[1] ? ' ' : '')]);
  if (otherwise.target !== undefined) edits.push([target, otherwise.target]);
  // From the end, so that offsets hold.
  return edits.reduceRight((text, [[start, end], put]) => text.slice(0, start) + put + text.slice(end), sql);
}

/**
 * pg_get_indexdef's text, to build it anew where it is gone: a rollback may come after a migration that failed before it
 * dropped anything. Whether what is there is valid is looked at in the end.
 */
export async function restored(
  definition: string,
  { concurrently }: Pick<Otherwise, 'concurrently'>,
): Promise<string> {
  const { keywordEnd } = await readCreateIndex(definition);
  return `${definition.slice(0, keywordEnd)}${concurrently ? ' CONCURRENTLY' : ''} IF NOT EXISTS${definition.slice(keywordEnd)}`;
}
