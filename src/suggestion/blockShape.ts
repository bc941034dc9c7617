/**
 * A block as joined tables with conditions. A view of groups can stand for some of these tables; it can leave out a comparison
 * with a constant if it keeps the compared column. Pure.
 */
import type { A_Expr, ColumnRef, FuncCall, JoinExpr, Node, SelectStmt } from '@pgsql/types';
import { stringOf } from '../workload/grammar.ts';
import { conjuncts, isConstant, kindOf, walk } from './expressions.ts';
import type { Block, Columns } from './queryBlocks.ts';
import { ownReferences, type Reference, type References } from './references.ts';
import { isDated } from './viewCandidates.ts';

/** Facts that the parse tree does not hold; read from the server's catalog. */
export interface ServerFacts {
  readonly columns: Columns;
  /** Names of all aggregates. */
  readonly aggregates: ReadonlySet<string>;
  /** Aggregates whose name also exists outside pg_catalog: which one a call means is not known. */
  readonly ownAggregates: ReadonlySet<string>;
  /** Columns of type timestamp (without time zone), as `table.column`; the table as a query may write it. */
  readonly timestamps: ReadonlySet<string>;
}

export interface ShapeTable {
  readonly alias: string;
  readonly schema: string | undefined;
  readonly table: string;
}

export interface Shape {
  readonly block: Block;
  readonly references: References;
  /** Joined by conditions alone. */
  readonly tables: readonly ShapeTable[];
  /** Other items of FROM, also joined by conditions alone. */
  readonly others: readonly Node[];
  /** LEFT JOINs behind them, each without its left side. */
  readonly lefts: readonly JoinExpr[];
  /** From WHERE and the inner joins. All must hold. */
  readonly conditions: readonly Node[];
}

/** @returns undefined if the block is not just joined tables, or if a reference is ambiguous. */
export function shapeOf(block: Block, { columns }: Pick<ServerFacts, 'columns'>): Shape | undefined {
  const { select, ctes } = block;
  if (select.op !== undefined && select.op !== 'SETOP_NONE') return undefined;
  if (select.lockingClause !== undefined || select.valuesLists !== undefined) return undefined;
  const references = ownReferences(select, columns, ctes);
  if (references === undefined) return undefined;
  const from = new FromReader(columns, ctes);
  const isRead = (select.fromClause ?? []).every(item => from.read(item));
  if (!isRead || from.tables.length === 0) return undefined;
  const where = select.whereClause === undefined ? [] : conjuncts(select.whereClause);
  const { tables, others, lefts, conditions, joined } = from;
  return {
    block,
    references: new Map([...references, ...joined]),
    tables,
    others,
    lefts,
    conditions: [...conditions, ...where],
  };
}

class FromReader {
  readonly tables: ShapeTable[] = [];
  readonly others: Node[] = [];
  readonly lefts: JoinExpr[] = [];
  readonly conditions: Node[] = [];
  /** References made here for the columns of USING. */
  readonly joined = new Map<ColumnRef, Reference>();

  constructor(
    private readonly columns: Columns,
    private readonly ctes: ReadonlySet<string>,
  ) {}

  /** @returns false for an item that this reader cannot represent. */
  read(item: Node): boolean {
    if ('RangeVar' in item) {
      const { schemaname: schema, relname: table = '', alias, inh } = item.RangeVar;
      const isCte = schema === undefined && this.ctes.has(table);
      const own = this.columns[schema === undefined ? table : `${schema}.${table}`];
      if (isCte || own === undefined || alias?.colnames !== undefined || inh !== true) this.others.push(item);
      else this.tables.push({ alias: alias?.aliasname ?? table, schema, table });
      return true;
    }
    if (!('JoinExpr' in item)) {
      this.others.push(item);
      return true;
    }
    const { jointype, larg, rarg, usingClause = [], quals } = item.JoinExpr;
    if (larg === undefined || rarg === undefined) return false;
    if (jointype !== 'JOIN_INNER' && jointype !== 'JOIN_LEFT') return false;
    if (!this.read(larg)) return false;
    if (jointype === 'JOIN_INNER') {
      const left = [...this.tables];
      if (this.lefts.length > 0 || !this.read(rarg)) return false;
      const right = this.tables.slice(left.length);
      for (const name of usingClause) {
        const equal = this.equal(stringOf(name) ?? '', left, right);
        if (equal === undefined) return false;
        this.conditions.push(equal);
      }
      if (quals !== undefined) this.conditions.push(...conjuncts(quals));
      return true;
    }
    if (usingClause.length > 0) return false;
    this.lefts.push(item.JoinExpr);
    return true;
  }

  private equal(column: string, left: readonly ShapeTable[], right: readonly ShapeTable[]): Node | undefined {
    const sides = [left, right].map(tables =>
      tables.find(({ schema, table }) =>
        this.columns[schema === undefined ? table : `${schema}.${table}`]?.includes(column),
      ),
    );
    const [own, other] = sides.flatMap(side => {
      if (side === undefined) return [];
      const reference = { fields: [stringNode(side.alias), stringNode(column)] };
      this.joined.set(reference, { alias: side.alias, column });
      return [{ ColumnRef: reference }];
    });
    return own === undefined || other === undefined
      ? undefined
      : { A_Expr: { kind: 'AEXPR_OP', name: [stringNode('=')], lexpr: own, rexpr: other } };
  }
}

export const stringNode = (sval: string): Node => ({ String: { sval } });

/** Aliases of this block's tables that a node reads, at any depth. */
export function aliasesIn(node: unknown, references: References): ReadonlySet<string> {
  const found = new Set<string>();
  walk(node, (key, value) => {
    const reference = key === 'ColumnRef' ? references.get(value as never) : undefined;
    if (reference !== undefined) found.add(reference.alias);
    return true;
  });
  return found;
}

/**
 * Whether the node reads at least one column of these tables, no other column, and nothing that changes between executions or
 * days.
 */
export function isPure(
  node: Node,
  { references }: Pick<Shape, 'references'>,
  subset: ReadonlySet<string>,
  { aggregates }: Pick<ServerFacts, 'aggregates'>,
): boolean {
  let isOwn = true;
  let reads = false;
  walk(node, (key, value) => {
    if (key === 'ColumnRef') {
      const alias = references.get(value as never)?.alias;
      if (alias === undefined || !subset.has(alias)) isOwn = false;
      reads = true;
    }
    if (key === 'FuncCall' && (isAggregate(value as FuncCall, aggregates) || 'over' in (value as object)))
      isOwn = false;
    return isOwn;
  });
  return isOwn && reads && isConstant(node, true) && !isDated(node);
}

export const functionName = ({ funcname = [] }: FuncCall): string => stringOf(funcname.at(-1)) ?? '';

const isAggregate = (call: FuncCall, aggregates: ReadonlySet<string>): boolean =>
  call.over === undefined && (call.agg_star === true || aggregates.has(functionName(call)));

/** Aggregates whose total follows from the values of the groups. */
const MERGEABLE = new Set([
  'sum',
  'count',
  'avg',
  'min',
  'max',
  'bool_and',
  'bool_or',
  'every',
  'bit_and',
  'bit_or',
]);
/** Duplicate rows do not change these. */
const INDIFFERENT = new Set(['min', 'max', 'bool_and', 'bool_or', 'every', 'bit_and', 'bit_or']);

interface AggregateCall {
  readonly name: string;
  readonly call: FuncCall;
  readonly indifferent: boolean;
}

/** @returns undefined for anything but an aggregate; 'other' for an aggregate that does not follow from groups. */
export function aggregateOf(
  node: Node,
  { aggregates, ownAggregates }: Pick<ServerFacts, 'aggregates' | 'ownAggregates'>,
): AggregateCall | 'other' | undefined {
  if (!('FuncCall' in node)) return undefined;
  const call = node.FuncCall;
  if (!isAggregate(call, aggregates)) return undefined;
  const name = functionName(call);
  const schema = stringOf(call.funcname?.at(-2));
  const isKnown =
    MERGEABLE.has(name) && !ownAggregates.has(name) && (schema ?? 'pg_catalog') === 'pg_catalog';
  const isPlain =
    call.agg_distinct !== true &&
    call.agg_order === undefined &&
    call.agg_within_group !== true &&
    call.func_variadic !== true &&
    (call.args ?? []).length === (call.agg_star === true ? 0 : 1);
  return isKnown && isPlain ? { name, call, indifferent: INDIFFERENT.has(name) } : 'other';
}

/** Whether the condition compares something of the tables with a value: equality, a list, a range, or LIKE. */
export function comparesWithValue(node: Node, references: References): boolean {
  if ('BoolExpr' in node)
    return (
      node.BoolExpr.boolop !== 'NOT_EXPR' &&
      (node.BoolExpr.args ?? []).some(one => comparesWithValue(one, references))
    );
  if (!('A_Expr' in node)) return false;
  const { kind, name = [], lexpr, rexpr } = node.A_Expr;
  if (kindOf(kind, stringOf(name.at(-1)) ?? '', rexpr) === undefined) return false;
  return [lexpr, rexpr].some(side => side !== undefined && aliasesIn(side, references).size === 0);
}

/** Both sides of each comparison in a condition; a condition of another form is a side itself. */
export function sidesOf(node: Node): readonly Node[] {
  if ('BoolExpr' in node) return (node.BoolExpr.args ?? []).flatMap(sidesOf);
  if ('A_Expr' in node) {
    const { lexpr, rexpr } = node.A_Expr;
    return [lexpr, rexpr].flatMap(side => (side === undefined ? [] : 'List' in side ? [] : [side]));
  }
  return 'NullTest' in node && node.NullTest.arg !== undefined ? [node.NullTest.arg] : [node];
}

/** @returns The side of an `=` that reads these tables, if the other side does not. */
export function fixedBy({ kind, name = [], lexpr, rexpr }: A_Expr, references: References): Node | undefined {
  if (kind !== 'AEXPR_OP' || stringOf(name.at(-1)) !== '=') return undefined;
  for (const [own, other] of [
    [lexpr, rexpr],
    [rexpr, lexpr],
  ] as const)
    if (own !== undefined && other !== undefined && aliasesIn(other, references).size === 0) return own;
  return undefined;
}

/** The expressions behind GROUP BY: a name is a column of the tables first, then an output column. */
export function groupExpressions({ groupClause = [], targetList = [] }: SelectStmt, references: References) {
  return groupClause.map(item => {
    const targets = targetList.flatMap(target => ('ResTarget' in target ? [target.ResTarget] : []));
    if ('A_Const' in item && item.A_Const.ival !== undefined)
      return targets[(item.A_Const.ival.ival ?? 0) - 1]?.val ?? item;
    if (!('ColumnRef' in item) || item.ColumnRef.fields?.length !== 1) return item;
    if (references.has(item.ColumnRef)) return item;
    const name = stringOf(item.ColumnRef.fields[0]);
    return targets.find(target => target.name === name)?.val ?? item;
  });
}
