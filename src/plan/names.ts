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
