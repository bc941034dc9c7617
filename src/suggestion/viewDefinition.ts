/** The definition of a view of groups: the uses that it serves, its keys, its aggregates, and its SELECT. Pure. */
import type { Node, SelectStmt } from '@pgsql/types';
import { deparseSync } from 'pgsql-deparser';
import type { ParsedStatement } from '../workload/grammar.ts';
import { stringOf } from '../workload/grammar.ts';
import type { Parameter } from '../workload/parameters.ts';
import { withoutLocations } from '../workload/ties.ts';
import { walk } from './expressions.ts';
import type { Block } from './queryBlocks.ts';
import { slugOf } from './viewCandidates.ts';
import { allOf, dayKey, rangeOf } from './viewReading.ts';
import type { Parts, ViewUse } from './viewUses.ts';
import { dayArgument } from './wholeDays.ts';

/** A query, parsed with placeholders of the same length as its parameters. */
export interface QueryText {
  readonly id: string;
  /** The file's text, with its parameters. */
  readonly text: string;
  readonly parameters: readonly Parameter[];
  readonly statement: ParsedStatement;
  readonly blocks: readonly Block[];
}

export interface Use {
  readonly query: QueryText;
  readonly block: Block;
  readonly use: ViewUse;
}

export interface Definition {
  readonly identity: string;
  readonly uses: readonly Use[];
  readonly conditions: Parts;
  readonly keys: Parts;
  readonly aggregates: Parts;
  /** Identity of a key or an aggregate → its column. */
  readonly columns: ReadonlyMap<string, string>;
  readonly types: ReadonlyMap<string, string>;
}

export function definitionOf(uses: readonly Use[]): Definition {
  const [first] = uses;
  const common = [...(first?.use.optional.keys() ?? [])].filter(id =>
    uses.every(({ use }) => use.optional.has(id)),
  );
  const conditions = new Map(first?.use.held);
  const all = new Map<string, Node>();
  const aggregates = new Map<string, Node>();
  for (const { use } of uses) {
    for (const [id, key] of use.keys) all.set(id, key);
    for (const [id, { node, keys }] of use.optional)
      if (common.includes(id)) conditions.set(id, node);
      else for (const [key, its] of keys) all.set(key, its);
    for (const [id, aggregate] of use.aggregates) aggregates.set(id, aggregate);
  }
  const keys = new Map(all);
  for (const [id, key] of all) {
    keys.delete(id);
    if (!isGiven(key, keys)) keys.set(id, key);
  }
  const identity = JSON.stringify([...conditions.keys(), ...keys.keys(), ...aggregates.keys()].sort());
  const called = new Map(uses.flatMap(({ use }) => [...use.called]));
  const columns = columnNames([...keys, ...aggregates], called);
  return { identity, uses, conditions, keys, aggregates, columns, types: new Map() };
}

/** Whether an expression follows from these keys, as viewReading.ts writes it. */
function isGiven(value: unknown, keys: Parts): boolean {
  if (Array.isArray(value)) return value.every(one => isGiven(one, keys));
  if (typeof value !== 'object' || value === null) return true;
  const [kind = '', ...more] = Object.keys(value);
  if (more.length === 0 && /^[A-Z]/.test(kind)) {
    const node = value as Node;
    if (keys.has(withoutLocations(node))) return true;
    const time = dayArgument(node);
    if (time !== undefined && keys.has(withoutLocations(dayKey(time)))) return true;
    if ('ColumnRef' in node) return false;
  }
  return Object.values(value).every(one => isGiven(one, keys));
}

function columnNames(
  parts: readonly (readonly [string, Node])[],
  called: ReadonlyMap<string, string>,
): ReadonlyMap<string, string> {
  const taken = new Set<string>();
  return new Map(
    parts.map(([id, node]) => {
      const base = called.get(id) ?? columnName(node);
      let name = base;
      for (let next = 2; taken.has(name); next++) name = `${base}_${next}`;
      taken.add(name);
      return [id, name];
    }),
  );
}

function columnName(node: Node): string {
  if ('ColumnRef' in node) return stringOf(node.ColumnRef.fields?.at(-1)) ?? 'key';
  if ('FuncCall' in node && node.FuncCall.agg_star === true) return 'row_count';
  const words: string[] = [];
  walk(node, (key, value) => {
    if (key === 'funcname') words.push(stringOf((value as Node[]).at(-1)) ?? '');
    if (key === 'ColumnRef') words.push(stringOf((value as { fields?: Node[] }).fields?.at(-1)) ?? '');
    const type = key === 'typeName' ? stringOf((value as { names?: Node[] }).names?.at(-1)) : undefined;
    if (type !== undefined) words.push(type === 'date' ? 'day' : type);
    return key !== 'ColumnRef' && key !== 'funcname' && key !== 'typeName';
  });
  return slugOf(words.join('_'));
}

const fromOf = ({ uses }: Definition): Node[] => {
  const [first] = uses;
  return (first?.use.tables ?? []).map(({ alias, schema, table }) =>
    rangeOf({ alias: first?.use.names.get(alias) ?? alias, schema, table }),
  );
};

/** The SELECT that groups the rows, with these columns. */
export function groupingOf(definition: Definition, targets: readonly (readonly [string, Node])[]): string {
  const { conditions, keys } = definition;
  const select: SelectStmt = {
    targetList: targets.map(([name, val]) => ({
      ResTarget: { val, ...('ColumnRef' in val && columnName(val) === name ? {} : { name }) },
    })),
    fromClause: fromOf(definition),
    ...(conditions.size === 0 ? {} : { whereClause: allOf([...conditions.values()]) }),
    ...(keys.size === 0 ? {} : { groupClause: [...keys.values()] }),
    limitOption: 'LIMIT_OPTION_DEFAULT',
    op: 'SETOP_NONE',
  };
  return deparseSync({ SelectStmt: select }, { pretty: true });
}

export function largestOf({ uses }: Definition, rowsOf: (table: string) => number): string {
  const tables = uses[0]?.use.tables.map(({ table }) => table) ?? [];
  return tables.reduce((most, one) => (rowsOf(one) > rowsOf(most) ? one : most), tables[0] ?? '');
}
