/**
 * The ways in which a block could read a view of groups: the keys and aggregates that it needs from some of its tables, and the
 * conditions that the view may hold. Comparisons with constants stay outside, so that the view serves every constant. Pure.
 */
import type { A_Expr, Node } from '@pgsql/types';
import { stringOf } from '../workload/grammar.ts';
import {
  aggregateOf,
  aliasesIn,
  comparesWithValue,
  groupExpressions,
  isPure,
  type ServerFacts,
  type Shape,
  type ShapeTable,
  shapeOf,
  sidesOf,
} from './blockShape.ts';
import { isLasting, kindOf, walk } from './expressions.ts';
import type { Block } from './queryBlocks.ts';
import {
  dayKey,
  type GroupView,
  identityOf,
  inView,
  isTimestampColumn,
  NotInView,
  partsOf,
  type Subset,
  ViewReader,
} from './viewReading.ts';
import { dayCompared } from './wholeDays.ts';

/** Identity → node, in the view's table names. */
export type Parts = ReadonlyMap<string, Node>;

export interface ViewUse extends Subset {
  readonly tables: readonly ShapeTable[];
  /** Conditions that every such view holds: joins, and comparisons between columns. */
  readonly held: Parts;
  /** Conditions that a view may hold, or leave out if it has these keys. */
  readonly optional: ReadonlyMap<string, { readonly node: Node; readonly keys: Parts }>;
  readonly keys: Parts;
  readonly aggregates: Parts;
  /** Aggregates that only an average needs. */
  readonly averaged: ReadonlySet<string>;
  /** How the rewrite compares keys. */
  readonly compared: ReadonlyMap<string, 'equal' | 'range'>;
  /** Key → the block's own name for it. */
  readonly called: ReadonlyMap<string, string>;
  /** The conditions in `optional` that compare with a value. */
  readonly tying: ReadonlySet<string>;
  /** Keys that the rewrite compares with a value: the view serves every value. */
  readonly opened: ReadonlySet<string>;
}

/** With more tables only two subsets are tried: all, and the fewest that the aggregates need. */
const MOST_TABLES_TRIED = 4;

/** Every way: with all comparisons outside the view, and with only those outside whose value may change. */
export function usesOf(block: Block, facts: ServerFacts): readonly ViewUse[] {
  const { role, aggregates, select } = block;
  if (role === undefined || (!aggregates && role !== 'exists')) return [];
  if (block.tables.length === 0 || select.targetList === undefined) return [];
  // With duplicates its first rows would be others.
  if (!aggregates && (select.limitCount !== undefined || select.limitOffset !== undefined)) return [];
  const shape = shapeOf(block, facts);
  if (shape === undefined) return [];
  const found = new Map<string, ViewUse>();
  for (const subset of subsetsOf(shape, facts))
    for (const keepsLasting of [false, true]) {
      const use = viewUseOf(shape, subset, facts, keepsLasting);
      const key = use && JSON.stringify([[...use.names], [...use.keys.keys()].sort()]);
      // If the keys are the same, the view may as well serve every value.
      if (use !== undefined && key !== undefined && !found.has(key)) found.set(key, use);
    }
  return [...found.values()];
}

function subsetsOf(shape: Shape, facts: ServerFacts): readonly (readonly ShapeTable[])[] {
  const needed = new Set<string>();
  let canMerge = true;
  walk(shape.block.select, (key, value) => {
    const call = key === 'FuncCall' ? aggregateOf({ FuncCall: value as never }, facts) : undefined;
    if (call === 'other') canMerge = false;
    if (call !== undefined && call !== 'other' && !call.indifferent)
      for (const alias of aliasesIn(value, shape.references)) needed.add(alias);
    return key !== 'SubLink';
  });
  if (!canMerge) return [];
  const { tables } = shape;
  const isEnough = (some: readonly ShapeTable[]) =>
    some.length > 0 && [...needed].every(alias => some.some(one => one.alias === alias));
  if (tables.length > MOST_TABLES_TRIED)
    return [tables, tables.filter(({ alias }) => needed.has(alias))].filter(isEnough);
  const all = Array.from({ length: 2 ** tables.length }, (_, mask) =>
    tables.filter((__, at) => mask & (1 << at)),
  );
  // If no aggregate reads a table, every subset would qualify.
  return all.filter(isEnough).filter(some => needed.size > 0 || some.length === tables.length);
}

/** Whether join conditions connect all tables; else the view would be a cross product. */
function isConnected(tables: ReadonlySet<string>, joins: readonly ReadonlySet<string>[]): boolean {
  const reached = new Set([...tables].slice(0, 1));
  for (let before = 0; before < reached.size; ) {
    before = reached.size;
    for (const join of joins)
      if ([...join].some(one => reached.has(one))) for (const one of join) reached.add(one);
  }
  return reached.size === tables.size;
}

function viewUseOf(
  shape: Shape,
  tables: readonly ShapeTable[],
  facts: ServerFacts,
  keepsLasting: boolean,
): ViewUse | undefined {
  const subset: Subset = { shape, names: viewNames(tables) };
  const inside = new Set(subset.names.keys());
  const { references } = shape;
  const held = new Map<string, Node>();
  const joins: ReadonlySet<string>[] = [];
  const optional = new Map<string, { node: Node; keys: Parts }>();
  const tying = new Set<string>();
  const outside: Node[] = [];
  for (const condition of shape.conditions) {
    const reads = aliasesIn(condition, references);
    if (reads.size === 0 || ![...reads].some(alias => inside.has(alias))) continue;
    const id = identityOf(condition, subset);
    if (!isPure(condition, shape, inside, facts)) outside.push(condition);
    else if (!comparesWithValue(condition, references)) {
      if (reads.size > 1 || !isLasting(condition)) {
        held.set(id, inView(condition, subset));
        joins.push(reads);
        if (reads.size === 1 && holdsConstant(condition)) tying.add(id);
      } else optional.set(id, { node: inView(condition, subset), keys: keysOf(condition, subset, facts) });
    } else if (keepsLasting && reads.size === 1 && isLasting(condition)) {
      optional.set(id, { node: inView(condition, subset), keys: keysOf(condition, subset, facts) });
      tying.add(id);
    } else outside.push(condition);
  }
  if (!isConnected(inside, joins)) return undefined;
  const keys = new Map<string, Node>();
  const opened = new Set<string>();
  const compared = new Map<string, 'equal' | 'range'>();
  for (const condition of outside)
    for (const [id, key] of keysOf(condition, subset, facts)) {
      keys.set(id, key);
      if ([...aliasesIn(condition, references)].every(alias => inside.has(alias))) opened.add(id);
      const how = 'A_Expr' in condition ? comparison(condition.A_Expr) : undefined;
      if (how !== undefined && compared.get(id) !== 'equal') compared.set(id, how);
    }
  const called = new Map<string, string>();
  for (const group of groupExpressions(shape.block.select, references)) {
    if (!isPure(group, shape, inside, facts)) continue;
    const id = identityOf(group, subset);
    keys.set(id, inView(group, subset));
    const target = (shape.block.select.targetList ?? []).find(
      one => 'ResTarget' in one && one.ResTarget.name !== undefined && one.ResTarget.val === group,
    );
    if (target !== undefined && 'ResTarget' in target) called.set(id, target.ResTarget.name ?? '');
  }
  const found = aggregatesOf(subset, facts);
  if (found === undefined) return undefined;
  const use = { ...subset, tables, held, optional, keys, ...found, compared, called, tying, opened };
  return withMissing(use, facts);
}

const CONSTANTS = new Set(['A_Const', 'ParamRef', 'SQLValueFunction']);

/** As in `price <> 9`: another execution may have another number. */
function holdsConstant(condition: Node): boolean {
  let found = false;
  walk(condition, key => {
    found ||= CONSTANTS.has(key);
    return !found;
  });
  return found;
}

/** Table names in the view: its own name, numbered if the table occurs twice. */
function viewNames(tables: readonly ShapeTable[]): ReadonlyMap<string, string> {
  return new Map(
    tables.map(({ alias, table }, at) => {
      const same = tables.filter(one => one.table === table);
      const number = tables.slice(0, at).filter(one => one.table === table).length + 1;
      return [alias, same.length === 1 ? table : `${table}_${number}`];
    }),
  );
}

/** The keys that a condition outside the view needs: those sides of its comparisons that the view can compute. */
function keysOf(condition: Node, subset: Subset, facts: ServerFacts): Parts {
  const { shape, names } = subset;
  const inside = new Set(names.keys());
  const keys = new Map<string, Node>();
  const compared = dayCompared(condition);
  for (const side of sidesOf(condition)) {
    if (!isPure(side, shape, inside, facts)) continue;
    const isDay =
      compared !== undefined &&
      'A_Expr' in condition &&
      condition.A_Expr[compared] === side &&
      isTimestampColumn(side, shape, facts);
    const key = isDay ? dayKey(side) : side;
    keys.set(identityOf(key, subset), inView(key, subset));
  }
  return keys;
}

function aggregatesOf(
  subset: Subset,
  facts: ServerFacts,
): Pick<ViewUse, 'aggregates' | 'averaged'> | undefined {
  const { shape, names } = subset;
  const { targetList, havingClause, sortClause, windowClause } = shape.block.select;
  const found = new Map<string, Node>();
  const plain = new Set<string>();
  let isWhole = true;
  walk({ targetList, havingClause, sortClause, windowClause }, (key, value) => {
    if (key === 'SubLink') return false;
    const aggregate = key === 'FuncCall' ? aggregateOf({ FuncCall: value as never }, facts) : undefined;
    if (aggregate === undefined) return true;
    if (aggregate === 'other') isWhole = false;
    else {
      const reads = [...aliasesIn(value, shape.references)];
      if (!reads.every(alias => names.has(alias))) return true;
      if (reads.length === 0 && aggregate.indifferent) return true;
      const isOpen =
        reads.length > 0 &&
        !isPure({ List: { items: innerOf(aggregate.call) } }, shape, new Set(names.keys()), facts);
      if (isOpen) isWhole = false;
      for (const part of partsOf(aggregate.call, aggregate.name)) {
        const node = { FuncCall: part };
        const id = identityOf(node, subset);
        found.set(id, inView(node, subset));
        if (aggregate.name !== 'avg') plain.add(id);
      }
    }
    return false;
  });
  const averaged = new Set([...found.keys()].filter(id => !plain.has(id)));
  return isWhole ? { aggregates: found, averaged } : undefined;
}

const comparison = ({ kind, name = [], rexpr }: A_Expr): 'equal' | 'range' | undefined => {
  const found = kindOf(kind, stringOf(name.at(-1)) ?? '', rexpr);
  return found === 'equal' || found === 'range' ? found : undefined;
};

const innerOf = ({ args = [], agg_filter }: { args?: Node[]; agg_filter?: Node }): Node[] =>
  agg_filter === undefined ? args : [...args, agg_filter];

/** Adds the columns that no other key gives; undefined if the block cannot read a view. */
function withMissing(use: ViewUse, facts: ServerFacts): ViewUse | undefined {
  const keys = new Map(use.keys);
  const view = {
    ...viewOf({ ...use, keys }),
    conditions: new Set([...use.held.keys(), ...use.optional.keys()]),
  };
  const missing = (node: Node) => {
    keys.set(identityOf(node, use), inView(node, use));
    return 'column';
  };
  try {
    new ViewReader({ ...use, view, alias: 'v', facts, replaced: new Map(), missing }).select(VIEW_NODE);
  } catch (error) {
    if (error instanceof NotInView) return undefined;
    throw error;
  }
  return { ...use, keys };
}

const VIEW_NODE: Node = { RangeVar: { relname: 'v', inh: true, relpersistence: 'p' } };

/** A view with just these columns, named by their number. */
const viewOf = ({ keys, aggregates }: Pick<ViewUse, 'keys' | 'aggregates'>): GroupView => ({
  keys: new Map([...keys.keys()].map((id, at) => [id, `k${at}`])),
  aggregates: new Map([...aggregates.keys()].map((id, at) => [id, `a${at}`])),
  conditions: new Set(),
  typeOf: () => undefined,
});

/** Uses with the same tables and join conditions: one view may serve them all. */
export const familyOf = ({ tables, held }: ViewUse): string =>
  JSON.stringify([
    tables.map(({ schema, table }) => [schema ?? null, table]).sort(),
    [...held.keys()].sort(),
  ]);
