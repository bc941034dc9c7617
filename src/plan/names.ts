/** Which names a node shows: a session builds under names of its own and shows the proposal's. */
import { type Json, textOf } from './json.ts';
import type { Skeleton } from './skeleton.ts';

export interface ShownNames {
  readonly relation: string | undefined;
  readonly alias: string | undefined;
  readonly index: string | undefined;
  /** undefined also where the schema is not to be shown. */
  readonly schema: string | undefined;
}

export interface NameRules {
  readonly rename: (name: string) => string;
  readonly hiddenSchemas: ReadonlySet<string>;
}

export function shownNames(raw: Json, { rename, hiddenSchemas }: NameRules): ShownNames {
  const relation = textOf(raw, 'Relation Name');
  const alias = textOf(raw, 'Alias');
  const index = textOf(raw, 'Index Name');
  const schema = textOf(raw, 'Schema');
  return {
    relation: relation === undefined ? undefined : rename(relation),
    // A table without an alias of its own goes by its name.
    alias: alias !== undefined && alias === relation ? rename(alias) : alias,
    index: index === undefined ? undefined : rename(index),
    schema: schema === undefined || hiddenSchemas.has(schema) ? undefined : schema,
  };
}

/** Replaces the renamed relations in front of their columns (`name.column`) in the server's own texts. */
export function textRenamer(nodes: Skeleton, { rename }: NameRules): (text: string) => string {
  const changed = new Map<string, string>();
  for (const { raw } of nodes) {
    const relation = textOf(raw, 'Relation Name');
    if (relation === undefined || textOf(raw, 'Alias') !== relation) continue;
    const shown = rename(relation);
    if (shown !== relation) changed.set(quoted(relation), quoted(shown));
  }
  if (changed.size === 0) return text => text;
  const names = [...changed.keys()].map(name => name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('|');
  const pattern = new RegExp(`'(?:[^']|'')*'|(?<![\\w"$.])(?:${names})(?=\\.)`, 'g');
  return text => text.replace(pattern, found => changed.get(found) ?? found);
}

/** As PostgreSQL prints an identifier, but for its reserved words. */
export function quoted(name: string): string {
  return /^[a-z_][a-z0-9_$]*$/.test(name) ? name : `"${name.replaceAll('"', '""')}"`;
}
