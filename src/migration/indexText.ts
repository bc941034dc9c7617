/** A person's CREATE INDEX → the same one, built otherwise. Pure. */
import { identifier } from '../base/sql.ts';
import { type CreateIndexText, type Range, readCreateIndex } from '../workload/createIndex.ts';

export interface Otherwise {
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
