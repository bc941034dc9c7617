/** The names a node has. */
import { type Json, textOf } from './json.ts';

export interface ShownNames {
  readonly relation: string | undefined;
  readonly alias: string | undefined;
  readonly index: string | undefined;
  readonly schema: string | undefined;
}

export function shownNames(raw: Json): ShownNames {
  return {
    relation: textOf(raw, 'Relation Name'),
    alias: textOf(raw, 'Alias'),
    index: textOf(raw, 'Index Name'),
    schema: textOf(raw, 'Schema'),
  };
}

/** As PostgreSQL prints an identifier, but for its reserved words. */
export function quoted(name: string): string {
  return /^[a-z_][a-z0-9_$]*$/.test(name) ? name : `"${name.replaceAll('"', '""')}"`;
}

const patterns = new Map<string, RegExp>();

/** `(orders.status = 'orders.x'::text)` → `(status = 'orders.x'::text)`. */
export function withoutAlias(text: string, alias: string): string {
  let pattern = patterns.get(alias);
  if (pattern === undefined) {
    const name = quoted(alias).replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
    pattern = new RegExp(`('(?:[^']|'')*')|(?<![\\w"$.])${name}\\.`, 'g');
    // A plan has a handful of them; plans of a day's work have not thousands.
    if (patterns.size > 1000) patterns.clear();
    patterns.set(alias, pattern);
  }
  return text.replace(pattern, (_found, literal: string | undefined) => literal ?? '');
}
