/**
 * Rewrites a block so that it reads a view of groups in place of some of its tables: keys replace columns, and sums of sums
 * replace aggregates. Unchanged nodes stay the same objects. Pure.
 */
import type { FuncCall, Node, ResTarget, SelectStmt } from '@pgsql/types';
import { stringOf } from '../workload/grammar.ts';
import { withoutLocations } from '../workload/ties.ts';
import {
  aggregateOf,
  aliasesIn,
  fixedBy,
  groupExpressions,
  isPure,
  type ServerFacts,
  type Shape,
  stringNode,
} from './blockShape.ts';
import { walk } from './expressions.ts';
import { namesOf } from './outputNames.ts';
import { dayArgument, dayCompared } from './wholeDays.ts';

/** The contents of a view of groups. Text, in the view's own table names → its column. */
export interface GroupView {
  readonly keys: ReadonlyMap<string, string>;
  readonly aggregates: ReadonlyMap<string, string>;
  /** Conditions that all its rows meet. */
  readonly conditions: ReadonlySet<string>;
  /** Type of an aggregate's column, if known. */
  readonly typeOf: (column: string) => string | undefined;
}

/** Some tables of a block, with their names in the view. */
export interface Subset {
  readonly shape: Shape;
  readonly names: ReadonlyMap<string, string>;
}

/** Replaces the type of a sum of `real` that is added up in double precision, as avg() does; only for averages. */
export const WIDENED = 'widened';

/** Thrown if the block needs something that the view lacks. */
export class NotInView extends Error {}

const EXPRESSIONS = new Set([
  'ColumnRef',
  'FuncCall',
  'A_Expr',
  'TypeCast',
  'CaseExpr',
  'CoalesceExpr',
  'MinMaxExpr',
  'BoolExpr',
  'NullTest',
  'BooleanTest',
  'A_Indirection',
  'CollateClause',
]);

/** The node with the view's names for the tables. */
export function inView<T>(node: T, { shape, names }: Subset): T {
  const copy = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(copy);
    if (typeof value !== 'object' || value === null) return value;
    const reference = shape.references.get(value as never);
    const name = reference && names.get(reference.alias);
    if (reference !== undefined && name !== undefined)
      return { fields: [stringNode(name), stringNode(reference.column)] };
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, copy(inner)]));
  };
  return copy(node) as T;
}

export const identityOf = (node: Node, subset: Subset): string => withoutLocations(inView(node, subset));

const call = (name: string, ...args: readonly Node[]): Node => ({
  FuncCall: { funcname: [stringNode(name)], args: [...args], funcformat: 'COERCE_EXPLICIT_CALL' },
});

export const castTo = (arg: Node, type: string): Node => ({
  TypeCast: { arg, typeName: { names: [stringNode('pg_catalog'), stringNode(type)], typemod: -1 } },
});

const dayOf = (node: Node): Node => ({
  TypeCast: { arg: node, typeName: { names: [stringNode('date')], typemod: -1 } },
});

export const dayKey = (column: Node): Node => dayOf(column);

/** The aggregates that the view stores for each group: an average is a sum and a count. */
export function partsOf(aggregate: FuncCall, name: string): readonly FuncCall[] {
  if (name !== 'avg') return [aggregate];
  return ['sum', 'count'].map(part => ({ ...aggregate, funcname: [stringNode(part)] }));
}

interface Reading extends Subset {
  readonly view: GroupView;
  /** The view's alias in the block. */
  readonly alias: string;
  readonly facts: ServerFacts;
  /** Subqueries that were rewritten before. */
  readonly replaced: ReadonlyMap<unknown, unknown>;
  /** Names a column that no key gives, or throws NotInView. */
  readonly missing: (reference: Node) => string;
}

export class ViewReader {
  private readonly subset: ReadonlySet<string>;
  private readonly isWhole: boolean;

  constructor(private readonly reading: Reading) {
    const { shape, names } = reading;
    this.subset = new Set(names.keys());
    this.isWhole =
      names.size === shape.tables.length && shape.others.length === 0 && shape.lefts.length === 0;
  }

  /** @throws NotInView */
  select(view: Node): SelectStmt {
    const { shape, view: held } = this.reading;
    const { select } = shape.block;
    const kept = shape.conditions.filter(one => !held.conditions.has(this.identity(one)));
    const named = groupExpressions(select, shape.references);
    const groups = [...named, ...this.dependent(named)];
    const isGrouped = this.groupsAgain(kept, groups);
    const expression = <T>(node: T): T => this.expression(node, isGrouped) as T;
    const names = namesOf(select) ?? [];
    const having = select.havingClause === undefined ? [] : [expression(select.havingClause)];
    const where = [...kept.map(expression), ...(isGrouped ? [] : having)];
    const { groupClause, havingClause, whereClause: _, fromClause: __, ...rest } = select;
    const outputs = new Set(names);
    return {
      ...(rest.withClause === undefined ? {} : { withClause: this.replaced(rest.withClause) }),
      ...this.pass(rest, expression, outputs),
      targetList: (select.targetList ?? []).map((target, at) =>
        'ResTarget' in target ? { ResTarget: this.target(target.ResTarget, names[at], expression) } : target,
      ),
      fromClause: this.from(view, expression),
      ...(where.length === 0 ? {} : { whereClause: allOf(where) }),
      ...(groupClause === undefined || !isGrouped ? {} : { groupClause: groups.map(expression) }),
      ...(havingClause === undefined || !isGrouped ? {} : { havingClause: having[0] as Node }),
    };
  }

  /** Rewrites the other clauses. A name in ORDER BY is an output column first. */
  private pass(
    { withClause: _, targetList: __, sortClause, distinctClause, ...rest }: SelectStmt,
    expression: <T>(node: T) => T,
    outputs: ReadonlySet<string>,
  ): SelectStmt {
    const isOutput = (node: Node | undefined) =>
      node !== undefined &&
      'ColumnRef' in node &&
      node.ColumnRef.fields?.length === 1 &&
      outputs.has(stringOf(node.ColumnRef.fields[0]) ?? '');
    const own = (node: Node): Node =>
      'SortBy' in node && isOutput(node.SortBy.node) ? node : isOutput(node) ? node : expression(node);
    return {
      ...expression(rest),
      ...(sortClause === undefined ? {} : { sortClause: sortClause.map(own) }),
      ...(distinctClause === undefined ? {} : { distinctClause: distinctClause.map(own) }),
    };
  }

  private target(target: ResTarget, name: string | undefined, expression: <T>(node: T) => T): ResTarget {
    const val = target.val === undefined ? {} : { val: expression(target.val) };
    return { ...target, ...val, ...(name === undefined ? {} : { name }) };
  }

  private from(view: Node, expression: <T>(node: T) => T): Node[] {
    const { shape } = this.reading;
    const inner = [
      view,
      ...shape.tables.filter(({ alias }) => !this.subset.has(alias)).map(rangeOf),
      ...shape.others.map(expression),
    ];
    const join = (larg: Node, rarg: Node): Node => ({
      JoinExpr: { jointype: 'JOIN_INNER', larg, rarg, isNatural: false },
    });
    if (shape.lefts.length === 0) return inner;
    const left = shape.lefts.reduce<Node>(
      (larg, { rarg, quals }) => ({
        JoinExpr: {
          jointype: 'JOIN_LEFT',
          larg,
          ...(rarg && { rarg: expression(rarg) }),
          ...(quals && { quals: expression(quals) }),
          isNatural: false,
        },
      }),
      inner.reduce(join),
    );
    return [left];
  }

  /** Columns that a primary key in GROUP BY determines. With a view GROUP BY must name them. */
  private dependent(groups: readonly Node[]): readonly Node[] {
    const { shape, facts } = this.reading;
    const { targetList, havingClause, sortClause } = shape.block.select;
    const known = new Set(groups.map(group => this.identity(group)));
    const found: Node[] = [];
    const look = (value: unknown): void => {
      if (Array.isArray(value)) for (const one of value) look(one);
      if (Array.isArray(value) || typeof value !== 'object' || value === null) return;
      const node = value as Node;
      const [kind = ''] = Object.keys(value);
      if (kind === 'SubLink' || (EXPRESSIONS.has(kind) && known.has(this.identity(node)))) return;
      if (aggregateOf(node, facts) !== undefined) return;
      const reference = 'ColumnRef' in node ? shape.references.get(node.ColumnRef) : undefined;
      if (reference !== undefined && this.subset.has(reference.alias)) {
        known.add(this.identity(node));
        found.push(node);
      }
      for (const inner of Object.values(value)) look(inner);
    };
    if (groups.length > 0 && groups.every(group => !('GroupingSet' in group)))
      look([targetList, havingClause, sortClause]);
    return found;
  }

  /** Whether several rows of the view may form one row of the result. */
  private groupsAgain(kept: readonly Node[], groups: readonly Node[]): boolean {
    const { shape, view, facts } = this.reading;
    const { select, aggregates } = shape.block;
    const isPlain = groups.every(group => !('GroupingSet' in group));
    if (!aggregates || (select.distinctClause !== undefined && select.groupClause === undefined)) {
      // Duplicates do not change DISTINCT and EXISTS.
      return hasAggregates(select, facts);
    }
    if (select.groupClause === undefined || !isPlain || !this.isWhole) return true;
    const one = new Set(groups.map(group => this.identity(group)));
    for (const condition of kept) {
      const fixed = 'A_Expr' in condition ? fixedBy(condition.A_Expr, shape.references) : undefined;
      if (fixed !== undefined) one.add(this.identity(fixed));
    }
    return [...view.keys.keys()].some(key => !one.has(key));
  }

  private identity(node: Node): string {
    return identityOf(node, this.reading);
  }

  private replaced<T>(node: T): T {
    return mapped(node, value => this.reading.replaced.get(value)) as T;
  }

  /** @throws NotInView */
  expression(node: unknown, isGrouped: boolean): unknown {
    const { replaced } = this.reading;
    const again = (value: unknown): unknown => {
      if (Array.isArray(value)) return shared(value, value.map(again));
      if (typeof value !== 'object' || value === null) return value;
      const instead = replaced.get(value);
      if (instead !== undefined) return again(instead);
      const [kind, ...more] = Object.keys(value);
      if (kind !== undefined && more.length === 0 && EXPRESSIONS.has(kind)) {
        const found = this.known(value as Node, isGrouped, again);
        if (found !== undefined) return found;
      }
      const entries = Object.entries(value).map(([key, inner]) => [key, again(inner)] as const);
      return entries.every(([key, inner]) => inner === (value as Record<string, unknown>)[key])
        ? value
        : Object.fromEntries(entries);
    };
    return again(node);
  }

  /** The view's column for a whole expression; undefined if it must be built from its parts. */
  private known(node: Node, isGrouped: boolean, again: (node: unknown) => unknown): Node | undefined {
    const { shape, facts, view } = this.reading;
    const { references } = shape;
    const aggregate = aggregateOf(node, facts);
    if (aggregate !== undefined && isOwnCall(node, shape)) {
      if (aggregate === 'other') throw new NotInView();
      const reads = aliasesIn(node, references);
      const isInside = [...reads].every(alias => this.subset.has(alias));
      if (isInside && !(aggregate.indifferent && reads.size === 0))
        return this.aggregate(aggregate.call, aggregate.name, isGrouped);
      if (!aggregate.indifferent) throw new NotInView();
      return undefined;
    }
    if (isPure(node, shape, this.subset, facts)) {
      const key = view.keys.get(this.identity(node));
      if (key !== undefined) return this.column(key);
    }
    const day = this.byDay(node, again);
    if (day !== undefined) return day;
    if (!('ColumnRef' in node)) return undefined;
    const reference = references.get(node.ColumnRef);
    if (reference === undefined) return node;
    if (this.subset.has(reference.alias)) return this.column(this.reading.missing(node));
    return { ColumnRef: { fields: [stringNode(reference.alias), stringNode(reference.column)] } };
  }

  /** Replaces a timestamp by its day, if the view has only the day and that is enough. */
  private byDay(node: Node, again: (node: unknown) => unknown): Node | undefined {
    const argument = dayArgument(node);
    if (argument !== undefined && 'FuncCall' in node) {
      const inner = 'TypeCast' in argument && isTimestamp(argument) ? argument.TypeCast.arg : argument;
      const day = inner && this.dayOf(inner);
      return day === undefined
        ? undefined
        : {
            FuncCall: {
              ...node.FuncCall,
              args: (node.FuncCall.args ?? []).map(arg =>
                arg === argument ? castTo(day, 'timestamp') : arg,
              ),
            },
          };
    }
    const side = dayCompared(node);
    if (side === undefined || !('A_Expr' in node)) return undefined;
    const time = node.A_Expr[side];
    const day = time && this.dayOf(time);
    if (day === undefined) return undefined;
    const other = side === 'lexpr' ? 'rexpr' : 'lexpr';
    return { A_Expr: { ...node.A_Expr, [side]: day, [other]: again(node.A_Expr[other]) as Node } };
  }

  private dayOf(node: Node): Node | undefined {
    const { shape, view, facts } = this.reading;
    if (!('ColumnRef' in node) || !isTimestampColumn(node, shape, facts)) return undefined;
    if (view.keys.has(this.identity(node))) return undefined;
    const key = view.keys.get(this.identity(dayKey(node)));
    return key === undefined ? undefined : this.column(key);
  }

  private column(name: string): Node {
    return { ColumnRef: { fields: [stringNode(this.reading.alias), stringNode(name)] } };
  }

  private aggregate(original: FuncCall, name: string, isGrouped: boolean): Node {
    const { view } = this.reading;
    const columns = partsOf(original, name).map(part => {
      const column = view.aggregates.get(this.identity({ FuncCall: part }));
      if (column === undefined) throw new NotInView();
      return column;
    });
    const [first = '', second] = columns;
    const [value, count] = columns.map(column => this.column(column));
    if (value === undefined) throw new NotInView();
    if (second !== undefined && count !== undefined) {
      const type = view.typeOf(first) ?? '';
      const total = isGrouped ? call('sum', value) : value;
      const rows = isGrouped ? call('sum', count) : count;
      const isNumber = /^(bigint|numeric)$/.test(type);
      return {
        A_Expr: {
          kind: 'AEXPR_OP',
          name: [stringNode('/')],
          lexpr: isNumber ? castTo(total, 'numeric') : total,
          rexpr: castTo(
            { A_Expr: { kind: 'AEXPR_NULLIF', name: [stringNode('=')], lexpr: rows, rexpr: number(0) } },
            isNumber ? 'numeric' : 'float8',
          ),
        },
      };
    }
    const type = view.typeOf(first);
    if (type === WIDENED) throw new NotInView();
    if (!isGrouped) return value;
    if (name === 'count') {
      const total = call('sum', value);
      const isNever = this.reading.shape.block.select.groupClause === undefined;
      return castTo(isNever ? { CoalesceExpr: { args: [total, number(0)] } } : total, 'int8');
    }
    if (name === 'sum') {
      const total = call('sum', value);
      // A sum of sums has a wider type.
      return type === 'bigint' ? castTo(total, 'int8') : total;
    }
    return call(name, value);
  }
}

const number = (ival: number): Node => ({ A_Const: { ival: { ival } } });

const isTimestamp = (node: Node): boolean =>
  'TypeCast' in node && stringOf(node.TypeCast.typeName?.names?.at(-1)) === 'timestamp';

export function isTimestampColumn(node: Node, { references, tables }: Shape, { timestamps }: ServerFacts) {
  const reference = 'ColumnRef' in node ? references.get(node.ColumnRef) : undefined;
  const table = tables.find(({ alias }) => alias === reference?.alias);
  if (reference === undefined || table === undefined) return false;
  const name = table.schema === undefined ? table.table : `${table.schema}.${table.table}`;
  return timestamps.has(`${name}.${reference.column}`);
}

/** Whether an aggregate belongs to this query: in a subquery it does only if all its columns are of this query. */
function isOwnCall(node: Node, { block }: Shape): boolean {
  let within = false;
  walk(block.select.targetList ?? [], (key, value) => {
    if (value === node || (key === 'FuncCall' && value === (node as { FuncCall?: unknown }).FuncCall))
      within = true;
    return key !== 'SubLink' && !within;
  });
  for (const part of [block.select.havingClause, block.select.sortClause, block.select.windowClause])
    walk({ part }, (key, value) => {
      if (key === 'FuncCall' && value === (node as { FuncCall?: unknown }).FuncCall) within = true;
      return key !== 'SubLink' && !within;
    });
  return within;
}

function hasAggregates({ targetList = [], havingClause, sortClause = [] }: SelectStmt, facts: ServerFacts) {
  let found = false;
  walk({ targetList, havingClause, sortClause }, (key, value) => {
    if (key === 'FuncCall' && aggregateOf({ FuncCall: value as FuncCall }, facts) !== undefined) found = true;
    return key !== 'SubLink' && !found;
  });
  return found;
}

export const rangeOf = ({
  alias,
  schema,
  table,
}: {
  alias: string;
  schema: string | undefined;
  table: string;
}): Node => ({
  RangeVar: {
    ...(schema === undefined ? {} : { schemaname: schema }),
    relname: table,
    inh: true,
    relpersistence: 'p',
    ...(alias === table ? {} : { alias: { aliasname: alias } }),
  },
});

export const allOf = (conditions: readonly Node[]): Node => {
  const [only] = conditions;
  return conditions.length === 1 && only !== undefined
    ? only
    : { BoolExpr: { boolop: 'AND_EXPR', args: [...conditions] } };
};

/** A copy with replaced nodes; replacements are searched, too. */
export function mapped(node: unknown, instead: (value: unknown) => unknown): unknown {
  if (Array.isArray(node))
    return shared(
      node,
      node.map(one => mapped(one, instead)),
    );
  if (typeof node !== 'object' || node === null) return node;
  const other = instead(node);
  if (other !== undefined) return mapped(other, instead);
  const entries = Object.entries(node).map(([key, value]) => [key, mapped(value, instead)] as const);
  return entries.every(([key, value]) => value === (node as Record<string, unknown>)[key])
    ? node
    : Object.fromEntries(entries);
}

const shared = (before: readonly unknown[], after: readonly unknown[]): readonly unknown[] =>
  after.every((one, at) => one === before[at]) ? before : after;
