/**
 * Splits a query's parse tree into blocks: each is a SELECT with its tables and what it does with their columns (compares,
 * sorts, groups, reads). Candidates are made from these. Pure.
 */
import type {
  A_Expr,
  ColumnRef,
  JoinExpr,
  Node,
  RangeSubselect,
  RangeVar,
  SelectStmt,
  SortBy,
  SubLink,
} from '@pgsql/types';
import { plain } from '../base/sql.ts';
import { stringOf } from '../workload/grammar.ts';
import {
  bare,
  type ComparisonKind,
  conjuncts,
  hasAggregate,
  isConstant,
  isLasting,
  kindOf,
  walk,
} from './expressions.ts';

/** Table name → its columns in their order: `shop.orders`, and `orders` if the search path finds it. */
export type Columns = Readonly<Record<string, readonly string[]>>;

/** A table in FROM. */
export interface TableUse {
  /** As written in the query. */
  readonly schema: string | undefined;
  readonly table: string;
  readonly alias: string;
  readonly columns: readonly string[];
  /** Columns that the query mentions. `everything`: it mentions `*` or the whole row. */
  readonly read: Set<string>;
  everything: boolean;
  readonly comparisons: Comparison[];
  /** Conditions on this table alone that are the same in every execution: predicates for a partial index. */
  readonly filters: string[];
  /** ORDER BY, if all its keys are columns of this table. */
  sort: readonly SortKey[] | undefined;
  /** This table's columns in GROUP BY or DISTINCT. */
  groups: readonly string[];
}

export interface SortKey {
  readonly column: string;
  readonly descending: boolean;
  /** undefined for the direction's default. */
  readonly nulls: 'FIRST' | 'LAST' | undefined;
}

export interface Comparison {
  /** A column, or an expression as CREATE INDEX writes it. */
  readonly key: string;
  /** undefined for an expression. */
  readonly column: string | undefined;
  readonly kind: ComparisonKind;
  /** 'value' if the other side reads no table; else the aliases that it reads. */
  readonly against: 'value' | readonly string[];
}

export interface Block {
  readonly tables: readonly TableUse[];
  readonly select: SelectStmt;
  /** It has aggregates, GROUP BY or DISTINCT. */
  readonly aggregates: boolean;
  /** It reads a column of an outer query. */
  correlated: boolean;
  /** It, or a block inside it, holds a parameter. */
  parameterized: boolean;
  /** Its place in the text: 'exists' behind EXISTS or IN, 'value' for a scalar subquery; undefined if it cannot be replaced. */
  readonly role: 'query' | 'cte' | 'subquery' | 'exists' | 'value' | undefined;
  /** Its name in the outer query. */
  readonly name: string | undefined;
  /** CTEs that are visible in it. */
  readonly ctes: ReadonlySet<string>;
}

interface Scope {
  readonly block: Block;
  /** Relations whose columns are unknown here: subqueries, CTEs, functions. */
  readonly derived: Set<string>;
  readonly parent: Scope | undefined;
}

/**
 * @param tree The tree of one SELECT.
 * @param columns The columns of every table.
 */
export function blocksOf(tree: SelectStmt, columns: Columns): readonly Block[] {
  const blocks: Block[] = [];
  new Reader(columns, blocks).select(tree, undefined, new Set(), 'query', undefined);
  return blocks;
}

class Reader {
  constructor(
    private readonly columns: Columns,
    private readonly blocks: Block[],
  ) {}

  select(
    select: SelectStmt,
    parent: Scope | undefined,
    ctes: ReadonlySet<string>,
    role: Block['role'],
    name: string | undefined,
  ): void {
    const known = new Set(ctes);
    for (const entry of select.withClause?.ctes ?? []) {
      if (!('CommonTableExpr' in entry)) continue;
      const { ctename, ctequery } = entry.CommonTableExpr;
      if (ctequery !== undefined && 'SelectStmt' in ctequery)
        this.select(ctequery.SelectStmt, parent, known, 'cte', ctename);
      if (ctename !== undefined) known.add(ctename);
    }
    if (select.larg !== undefined && select.rarg !== undefined) {
      this.select(select.larg, parent, known, undefined, undefined);
      this.select(select.rarg, parent, known, undefined, undefined);
      return;
    }
    const tables: TableUse[] = [];
    const block: Block = {
      tables,
      select,
      aggregates:
        (select.groupClause ?? []).length > 0 || select.distinctClause !== undefined || hasAggregate(select),
      correlated: false,
      parameterized: false,
      role,
      name,
      ctes: known,
    };
    this.blocks.push(block);
    const scope: Scope = { block, derived: new Set(), parent };
    const quals: Node[] = [];
    for (const item of select.fromClause ?? []) this.from(item, scope, known, tables, quals);
    if (select.whereClause !== undefined) quals.push(select.whereClause);
    for (const part of [...(select.targetList ?? []), ...quals, ...(select.groupClause ?? [])])
      this.mentions(part, scope, known);
    for (const part of [
      select.havingClause,
      ...(select.sortClause ?? []),
      ...(select.windowClause ?? []),
      select.limitCount,
    ])
      if (part !== undefined) this.mentions(part, scope, known);
    for (const qual of quals) for (const one of conjuncts(qual)) this.condition(one, scope);
    this.order(select, scope);
  }

  private from(item: Node, scope: Scope, ctes: ReadonlySet<string>, tables: TableUse[], quals: Node[]): void {
    if ('RangeVar' in item) this.table(item.RangeVar, scope, ctes, tables);
    else if ('JoinExpr' in item) this.join(item.JoinExpr, scope, ctes, tables, quals);
    else if ('RangeSubselect' in item) this.subselect(item.RangeSubselect, scope, ctes);
    else if ('RangeFunction' in item) {
      const alias = item.RangeFunction.alias?.aliasname;
      if (alias !== undefined) scope.derived.add(alias);
      this.mentions(item, scope, ctes);
    }
  }

  private table(
    { schemaname, relname = '', alias }: RangeVar,
    scope: Scope,
    ctes: ReadonlySet<string>,
    tables: TableUse[],
  ): void {
    const name = alias?.aliasname ?? relname;
    const columns =
      schemaname === undefined && ctes.has(relname)
        ? undefined
        : this.columns[schemaname === undefined ? relname : `${schemaname}.${relname}`];
    if (columns === undefined || alias?.colnames !== undefined) {
      scope.derived.add(name);
      return;
    }
    tables.push({
      schema: schemaname,
      table: relname,
      alias: name,
      columns,
      read: new Set(),
      everything: false,
      comparisons: [],
      filters: [],
      sort: undefined,
      groups: [],
    });
  }

  private join(
    { larg, rarg, quals: on, usingClause = [], isNatural }: JoinExpr,
    scope: Scope,
    ctes: ReadonlySet<string>,
    tables: TableUse[],
    quals: Node[],
  ): void {
    const before = tables.length;
    if (larg !== undefined) this.from(larg, scope, ctes, tables, quals);
    const between = tables.length;
    if (rarg !== undefined) this.from(rarg, scope, ctes, tables, quals);
    if (on !== undefined) quals.push(on);
    const [left, right] = [tables.slice(before, between), tables.slice(between)];
    const shared = isNatural === true ? [] : usingClause.flatMap(name => stringOf(name) ?? []);
    for (const column of shared)
      for (const [own, other] of [
        [left, right],
        [right, left],
      ] as const)
        for (const table of own.filter(({ columns }) => columns.includes(column))) {
          table.read.add(column);
          const against = other.filter(({ columns }) => columns.includes(column)).map(({ alias }) => alias);
          table.comparisons.push({ key: plain(column), column, kind: 'equal', against });
        }
  }

  private subselect({ subquery, alias, lateral }: RangeSubselect, scope: Scope, ctes: ReadonlySet<string>) {
    const name = alias?.aliasname;
    if (name !== undefined) scope.derived.add(name);
    if (subquery === undefined || !('SelectStmt' in subquery)) return;
    const around = lateral === true ? scope : scope.parent;
    this.select(subquery.SelectStmt, around, ctes, 'subquery', name);
  }

  /** Records every column reference below a node; a subquery becomes a block of its own. */
  private mentions(node: Node, scope: Scope, ctes: ReadonlySet<string>): void {
    walk(node, (key, value) => {
      if (key === 'SubLink') {
        const { subLinkType, testexpr, subselect } = value as SubLink;
        const role = subLinkType === 'EXISTS_SUBLINK' || subLinkType === 'ANY_SUBLINK' ? 'exists' : 'value';
        if (testexpr !== undefined) this.mentions(testexpr, scope, ctes);
        if (subselect !== undefined && 'SelectStmt' in subselect)
          this.select(subselect.SelectStmt, scope, ctes, role, undefined);
        return false;
      }
      if (key === 'ParamRef')
        for (let at: Scope | undefined = scope; at !== undefined; at = at.parent)
          at.block.parameterized = true;
      if (key === 'ColumnRef') this.read(value as ColumnRef, scope);
      return true;
    });
  }

  private read({ fields = [] }: ColumnRef, scope: Scope): void {
    const names = fields.map(stringOf);
    if (fields.some(field => 'A_Star' in field)) {
      const alias = names.length > 1 ? names.at(-2) : undefined;
      for (const table of scope.block.tables)
        if (alias === undefined || table.alias === alias) table.everything = true;
      return;
    }
    const found = find(names, scope);
    if (found === undefined) {
      // The row as a whole: `row_to_json(o)`.
      const whole =
        names.length === 1 ? scope.block.tables.find(({ alias }) => alias === names[0]) : undefined;
      if (whole !== undefined) whole.everything = true;
      return;
    }
    found.table.read.add(found.column);
    if (found.scope !== scope) {
      for (let at: Scope | undefined = scope; at !== undefined && at !== found.scope; at = at.parent)
        at.block.correlated = true;
    }
  }

  private condition(node: Node, scope: Scope): void {
    const mentioned = tablesIn(node, scope);
    const [only] = mentioned;
    if (mentioned.size === 1 && only !== undefined && isLasting(node) && isOfTables(node, scope))
      only.filters.push(bare(node));
    if ('SubLink' in node) {
      const { subLinkType, testexpr } = node.SubLink;
      if (subLinkType !== 'ANY_SUBLINK' || testexpr === undefined) return;
      for (const one of rowOf(testexpr) ?? [testexpr]) {
        const side = sideOf(one, scope);
        if (side !== undefined)
          side.table.comparisons.push({ key: side.key, column: side.column, kind: 'equal', against: [] });
      }
      return;
    }
    if ('NullTest' in node) {
      const side = node.NullTest.arg && sideOf(node.NullTest.arg, scope);
      if (side !== undefined && node.NullTest.nulltesttype === 'IS_NULL')
        side.table.comparisons.push({ key: side.key, column: side.column, kind: 'equal', against: 'value' });
      return;
    }
    if ('A_Expr' in node) for (const pair of pairsOf(node.A_Expr)) this.comparison(pair, scope);
  }

  private comparison({ kind, name = [], lexpr, rexpr }: A_Expr, scope: Scope): void {
    const operator = stringOf(name.at(-1)) ?? '';
    const what = kindOf(kind, operator, rexpr);
    if (what === undefined) return;
    for (const [own, other] of [
      [lexpr, rexpr],
      [rexpr, lexpr],
    ] as const) {
      const side = own && sideOf(own, scope);
      if (side === undefined) continue;
      // Other indexes serve only `column op value`, not the reverse.
      if (what !== 'equal' && what !== 'range' && own !== lexpr) continue;
      const others = other === undefined ? new Set<TableUse>() : tablesIn(other, scope);
      if (others.has(side.table)) continue;
      const isValue = others.size === 0 && (other === undefined || !isDerived(other, scope));
      const against = isValue ? ('value' as const) : [...others].map(({ alias }) => alias);
      side.table.comparisons.push({ key: side.key, column: side.column, kind: what, against });
    }
  }

  private order(select: SelectStmt, scope: Scope): void {
    const keys = (select.sortClause ?? []).map(key =>
      'SortBy' in key ? sortKey(key.SortBy, select, scope) : undefined,
    );
    const [first] = keys;
    if (first !== undefined && keys.every(key => key !== undefined && key.table === first.table))
      first.table.sort = keys.flatMap(key => (key === undefined ? [] : [key.key]));
    for (const part of [...(select.groupClause ?? []), ...(select.distinctClause ?? [])]) {
      const side = sideOf(outputOf(part, select), scope);
      if (side?.column !== undefined) side.table.groups = [...side.table.groups, side.column];
    }
  }
}

const rowOf = (node: Node | undefined): readonly Node[] | undefined =>
  node !== undefined && 'RowExpr' in node ? (node.RowExpr.args ?? []) : undefined;

/** `(a, b) = (c, d)` and `(a, b) IN (…)` compare each column; `(a, b) < (c, d)` is first of all a range of `a`. */
function pairsOf(expression: A_Expr): readonly A_Expr[] {
  const { kind, name = [], lexpr, rexpr } = expression;
  const left = rowOf(lexpr);
  if (left === undefined) return [expression];
  const list = rexpr !== undefined && 'List' in rexpr ? (rexpr.List.items ?? []) : undefined;
  const rows = (list ?? [rexpr]).map(rowOf);
  const isRange = kindOf(kind, stringOf(name.at(-1)) ?? '', undefined) === 'range';
  return left.slice(0, isRange ? 1 : left.length).flatMap((one, at) => {
    const others = rows.flatMap(row => row?.[at] ?? []);
    const other = list === undefined ? others[0] : { List: { items: others } };
    return others.length < rows.length || other === undefined
      ? []
      : [{ ...expression, lexpr: one, rexpr: other }];
  });
}

interface Side {
  readonly table: TableUse;
  readonly key: string;
  readonly column: string | undefined;
}

/** @returns A column of this block, or an expression over the columns of one of its tables; else undefined. */
function sideOf(node: Node, scope: Scope): Side | undefined {
  if ('ColumnRef' in node) {
    const found = find((node.ColumnRef.fields ?? []).map(stringOf), scope);
    return found === undefined || found.scope !== scope
      ? undefined
      : { table: found.table, column: found.column, key: plain(found.column) };
  }
  const tables = tablesIn(node, scope);
  const [table] = tables;
  // A row is no value that an index can hold.
  if (tables.size !== 1 || 'RowExpr' in node || table === undefined || !isConstant(node, true))
    return undefined;
  return { table, column: undefined, key: `(${bare(node)})` };
}

function sortKey(
  { node, sortby_dir, sortby_nulls, useOp }: SortBy,
  select: SelectStmt,
  scope: Scope,
): { readonly table: TableUse; readonly key: SortKey } | undefined {
  if (node === undefined || useOp !== undefined) return undefined;
  const side = sideOf(outputOf(node, select), scope);
  if (side?.column === undefined) return undefined;
  const descending = sortby_dir === 'SORTBY_DESC';
  const nulls =
    sortby_nulls === 'SORTBY_NULLS_FIRST'
      ? 'FIRST'
      : sortby_nulls === 'SORTBY_NULLS_LAST'
        ? 'LAST'
        : undefined;
  const isDefault = nulls === undefined || (nulls === 'FIRST') === descending;
  return {
    table: side.table,
    key: { column: side.column, descending, nulls: isDefault ? undefined : nulls },
  };
}

/** Resolves a name or a number in ORDER BY or GROUP BY. */
function outputOf(node: Node, { targetList = [] }: SelectStmt): Node {
  const targets = targetList.flatMap(target => ('ResTarget' in target ? [target.ResTarget] : []));
  if ('A_Const' in node && node.A_Const.ival?.ival !== undefined)
    return targets[node.A_Const.ival.ival - 1]?.val ?? node;
  if (!('ColumnRef' in node) || node.ColumnRef.fields?.length !== 1) return node;
  const name = stringOf(node.ColumnRef.fields[0]);
  return targets.find(target => target.name === name)?.val ?? node;
}

function find(
  names: readonly (string | undefined)[],
  scope: Scope,
): { readonly scope: Scope; readonly table: TableUse; readonly column: string } | undefined {
  const column = names.at(-1);
  const alias = names.at(-2);
  if (column === undefined) return undefined;
  for (let at: Scope | undefined = scope; at !== undefined; at = at.parent) {
    const { tables } = at.block;
    const table =
      alias === undefined
        ? tables.find(one => one.columns.includes(column))
        : tables.find(one => one.alias === alias && one.columns.includes(column));
    if (table !== undefined) return { scope: at, table, column };
    if (alias !== undefined && at.derived.has(alias)) return undefined;
  }
  return undefined;
}

/** The tables of this block that a node mentions. */
function tablesIn(node: Node, scope: Scope): ReadonlySet<TableUse> {
  const tables = new Set<TableUse>();
  walk(node, (key, value) => {
    if (key === 'ColumnRef') {
      const found = find(((value as ColumnRef).fields ?? []).map(stringOf), scope);
      if (found?.scope === scope) tables.add(found.table);
    }
    return true;
  });
  return tables;
}

/** Whether every column in it belongs to a table of this block. */
function isOfTables(node: Node, scope: Scope): boolean {
  let all = true;
  walk(node, (key, value) => {
    if (
      key === 'ColumnRef' &&
      find(((value as ColumnRef).fields ?? []).map(stringOf), scope)?.scope !== scope
    )
      all = false;
    return all;
  });
  return all;
}

/** Whether it mentions a column of a subquery, CTE or function in this FROM, whose values are known only after reading it. */
function isDerived(node: Node, scope: Scope): boolean {
  let derived = false;
  walk(node, (key, value) => {
    if (key === 'ColumnRef') {
      const names = ((value as ColumnRef).fields ?? []).map(stringOf);
      const alias = names.at(-2);
      if (find(names, scope) === undefined && (alias === undefined || scope.derived.has(alias)))
        derived = true;
    }
    return true;
  });
  return derived;
}
