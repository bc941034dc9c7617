/** A node's heading as EXPLAIN's text format prints it: its operation and what that works on. */
import { type Json, textOf } from '../base/json.ts';

/** Their names are left out: nearly every search_path has these schemas. */
const PLAIN_SCHEMAS: ReadonlySet<string> = new Set(['public', 'pg_catalog']);

/** `Parallel Index Only Scan using i on orders o`. */
export function labelOf(raw: Json, names: ShownNames): string {
  const target = targetOf(raw, names);
  return target === '' ? operationOf(raw, names) : `${operationOf(raw, names)} on ${target}`;
}

/** The part before `on`: `Parallel Index Only Scan using i`, `Hash Left Join`, `Finalize GroupAggregate`. */
export function operationOf(raw: Json, names: ShownNames): string {
  const words = [verbOf(raw)];
  if (raw['Async Capable'] === true) words.unshift('Async');
  if (raw['Parallel Aware'] === true) words.unshift('Parallel');
  if (textOf(raw, 'Scan Direction') === 'Backward') words.push('Backward');
  const isBitmapIndex = textOf(raw, 'Node Type') === 'Bitmap Index Scan';
  if (names.index !== undefined && !isBitmapIndex) words.push(`using ${quoted(names.index)}`);
  return words.join(' ');
}

/** The part after `on`: a relation with its alias, an index, a function; '' if there is none. */
function targetOf(raw: Json, names: ShownNames): string {
  if (textOf(raw, 'Node Type') === 'Bitmap Index Scan')
    return names.index === undefined ? '' : quoted(names.index);
  const object =
    names.relation ??
    textOf(raw, 'Function Name') ??
    textOf(raw, 'Table Function Name') ??
    textOf(raw, 'CTE Name') ??
    textOf(raw, 'Tuplestore Name');
  if (object === undefined) return names.alias === undefined ? '' : quoted(names.alias);
  const schema =
    names.schema === undefined || PLAIN_SCHEMAS.has(names.schema) ? '' : `${quoted(names.schema)}.`;
  const alias = names.alias === undefined || names.alias === object ? '' : ` ${quoted(names.alias)}`;
  return `${schema}${quoted(object)}${alias}`;
}

const AGGREGATES: Readonly<Record<string, string>> = {
  Plain: 'Aggregate',
  Sorted: 'GroupAggregate',
  Hashed: 'HashAggregate',
  Mixed: 'MixedAggregate',
};

function verbOf(raw: Json): string {
  const type = textOf(raw, 'Node Type') ?? '';
  switch (type) {
    case 'Aggregate': {
      const partial = textOf(raw, 'Partial Mode');
      const verb = AGGREGATES[textOf(raw, 'Strategy') ?? ''] ?? type;
      return partial === 'Partial' || partial === 'Finalize' ? `${partial} ${verb}` : verb;
    }
    case 'Hash Join':
    case 'Merge Join':
    case 'Nested Loop':
      return joinVerb(type, textOf(raw, 'Join Type'));
    case 'SetOp': {
      const command = textOf(raw, 'Command');
      const verb = textOf(raw, 'Strategy') === 'Hashed' ? 'HashSetOp' : 'SetOp';
      return command === undefined ? verb : `${verb} ${command}`;
    }
    case 'ModifyTable':
    case 'Foreign Scan':
      return (type === 'Foreign Scan' ? foreignVerb(raw) : textOf(raw, 'Operation')) ?? type;
    case 'Custom Scan': {
      const provider = textOf(raw, 'Custom Plan Provider');
      return provider === undefined ? type : `${type} (${provider})`;
    }
    default:
      return type;
  }
}

/** `Hash Join`, `Hash Left Join`, `Nested Loop`, `Nested Loop Left Join`. */
function joinVerb(type: string, join: string | undefined): string {
  if (join === undefined || join === 'Inner') return type;
  return type === 'Nested Loop' ? `${type} ${join} Join` : type.replace(/Join$/, `${join} Join`);
}

function foreignVerb(raw: Json): string | undefined {
  const operation = textOf(raw, 'Operation');
  return operation === undefined || operation === 'Select' ? undefined : `Foreign ${operation}`;
}

interface ShownNames {
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

/** An identifier as PostgreSQL prints it, except that reserved words stay unquoted. */
export function quoted(name: string): string {
  return /^[a-z_][a-z0-9_$]*$/.test(name) ? name : `"${name.replaceAll('"', '""')}"`;
}

/** A literal, which is skipped, or a name with its dot. */
const QUALIFIED = /('(?:[^']|'')*')|(?<![\w"$.])([a-z_][a-z0-9_$]*|"(?:[^"]|"")*")\./g;

/** `(orders.status = 'orders.x'::text)` → `(status = 'orders.x'::text)`. @param isLeftOut Receives unquoted names. */
export function withoutQualifiers(text: string, isLeftOut: (name: string) => boolean): string {
  if (!text.includes('.')) return text;
  return text.replace(QUALIFIED, (found, literal: string | undefined, qualifier: string) =>
    literal === undefined && isLeftOut(unquoted(qualifier)) ? '' : found,
  );
}

function unquoted(name: string): string {
  return name.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name;
}
