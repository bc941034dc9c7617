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

/** A literal, or a name with its dot. */
const QUALIFIED = /('(?:[^']|'')*')|(?<![\w"$.])([a-z_][a-z0-9_$]*|"(?:[^"]|"")*")\./g;

/** `(orders.status = 'orders.x'::text)` → `(status = 'orders.x'::text)`. @param isLeftOut Of names without their quotes. */
export function withoutQualifiers(text: string, isLeftOut: (name: string) => boolean): string {
  if (!text.includes('.')) return text;
  return text.replace(QUALIFIED, (found, literal: string | undefined, qualifier: string) =>
    literal === undefined && isLeftOut(unquoted(qualifier)) ? '' : found,
  );
}

function unquoted(name: string): string {
  return name.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name;
}
