/** Which types' values are no text: numbers, truth, time, and labels of enums, which are schema. Pure. */
import type { LensType } from './document.ts';

/** As format_type() calls them, without what is in parentheses. */
const PLAIN: ReadonlySet<string> = new Set([
  'smallint',
  'integer',
  'bigint',
  'numeric',
  'real',
  'double precision',
  'money',
  'oid',
  'boolean',
  'date',
  'time without time zone',
  'time with time zone',
  'timestamp without time zone',
  'timestamp with time zone',
  'interval',
  ...['int4', 'int8', 'num', 'ts', 'tstz', 'date'].flatMap(kind => [`${kind}range`, `${kind}multirange`]),
]);

/** `timestamp(3) with time zone[]` → `timestamp with time zone` */
const bare = (type: string): string => type.replace(/(\[\])+$/, '').replace(/\([\d,-]*\)/, '');

/** @returns Whether values of a type, as format_type() says it, or arrays of them, may stay. */
export function plainTypes(types: readonly LensType[]): (type: string) => boolean {
  const plain = new Set(PLAIN);
  // Types come in an order in which they can be made: what one stands on is known before it.
  for (const type of types) {
    const stays =
      type.kind === 'enum' ||
      (type.kind === 'domain' && plain.has(bare(type.base))) ||
      (type.kind === 'range' && plain.has(bare(type.subtype)));
    if (stays) plain.add(`${quoted(type.schema)}.${quoted(type.name)}`);
  }
  return type => plain.has(bare(type));
}

/** As format_type() does, but for keywords, which it quotes, too: such a type counts as text. */
const quoted = (name: string): string =>
  /^[a-z_][a-z0-9_]*$/.test(name) ? name : `"${name.replaceAll('"', '""')}"`;
