/** Helpers for expressions of a parse tree: their comparisons, whether they are constant, and their text. Pure. */
import type { A_Expr, Node, SelectStmt } from '@pgsql/types';
import { deparseSync } from 'pgsql-deparser';
import { stringOf } from '../workload/grammar.ts';

/** 'prefix': LIKE with a prefix; 'inside': LIKE without; 'pattern': LIKE with a parameter; 'contains': an operator of GIN. */
export type ComparisonKind = 'equal' | 'range' | 'prefix' | 'inside' | 'pattern' | 'contains';

/** Operators of GIN's usual operator classes. */
const CONTAINS = new Set(['@>', '<@', '?', '?|', '?&', '&&', '@@', '@?', '%']);
const RANGE = new Set(['<', '<=', '>', '>=']);

export function kindOf(
  kind: A_Expr['kind'],
  operator: string,
  right: Node | undefined,
): ComparisonKind | undefined {
  switch (kind) {
    case 'AEXPR_IN':
      return operator === '=' ? 'equal' : undefined;
    case 'AEXPR_OP_ANY':
      return operator === '=' ? 'equal' : undefined;
    case 'AEXPR_BETWEEN':
    case 'AEXPR_BETWEEN_SYM':
      return 'range';
    case 'AEXPR_LIKE':
    case 'AEXPR_ILIKE': {
      if (operator.startsWith('!')) return undefined;
      const pattern = right !== undefined && 'A_Const' in right ? right.A_Const.sval?.sval : undefined;
      if (kind === 'AEXPR_ILIKE') return 'inside';
      return pattern === undefined ? 'pattern' : /^[^%_\\]/.test(pattern) ? 'prefix' : 'inside';
    }
    case 'AEXPR_OP':
      if (operator === '=') return 'equal';
      if (RANGE.has(operator)) return 'range';
      return CONTAINS.has(operator) ? 'contains' : undefined;
    default:
      return undefined;
  }
}

export function conjuncts(node: Node): readonly Node[] {
  return 'BoolExpr' in node && node.BoolExpr.boolop === 'AND_EXPR'
    ? (node.BoolExpr.args ?? []).flatMap(conjuncts)
    : [node];
}

/** Nodes whose value may change between executions, or that no index can hold. */
const VARYING = new Set([
  'ParamRef',
  'SQLValueFunction',
  'SubLink',
  'WindowFunc',
  'SetToDefault',
  'CurrentOfExpr',
]);

/** Whether the condition is the same for every execution and likely to stay so: dates and numbers are often changed. */
export function isLasting(node: Node): boolean {
  let lasting = isConstant(node);
  walk(node, (key, value) => {
    if (key === 'ival' || key === 'fval') lasting = false;
    // A range bound may be a date without a cast.
    if (key === 'A_Expr' && isBound(value as A_Expr)) lasting = false;
    if (key === 'typeName') {
      const names = ((value as { names?: Node[] }).names ?? []).map(stringOf);
      if (/^(date|time|interval)/.test(names.at(-1) ?? '')) lasting = false;
    }
    return lasting;
  });
  return lasting;
}

const isConst = (node: Node | undefined): boolean =>
  node !== undefined && ('A_Const' in node || ('TypeCast' in node && isConst(node.TypeCast.arg)));

/** A range with a constant for an end. */
function isBound({ kind, name = [], lexpr, rexpr }: A_Expr): boolean {
  if (kind === 'AEXPR_BETWEEN' || kind === 'AEXPR_BETWEEN_SYM') return true;
  return kind === 'AEXPR_OP' && RANGE.has(stringOf(name.at(-1)) ?? '') && (isConst(lexpr) || isConst(rexpr));
}

/** @param calls Allow function calls; the server checks later that they are IMMUTABLE. */
export function isConstant(node: Node, calls = false): boolean {
  let constant = true;
  walk(node, (key, value) => {
    if (VARYING.has(key) || (key === 'FuncCall' && !calls)) constant = false;
    // A cast of such text depends on the settings, or on the day.
    if (
      key === 'A_Const' &&
      /^(now|today|tomorrow|yesterday)$/i.test(String((value as { sval?: { sval?: string } }).sval?.sval))
    )
      constant = false;
    return constant;
  });
  return constant;
}

/** The expression without table names: an index is on one table. */
export function bare(node: Node): string {
  const copy = structuredClone(node);
  walk(copy, (key, value) => {
    if (key === 'ColumnRef') {
      const reference = value as { fields?: Node[] };
      reference.fields = (reference.fields ?? []).slice(-1);
    }
    return true;
  });
  return deparseSync(copy);
}

export function hasAggregate({ targetList = [], havingClause }: SelectStmt): boolean {
  let found = havingClause !== undefined;
  for (const target of targetList)
    walk(target, (key, value) => {
      if (key === 'SubLink') return false;
      if (key === 'FuncCall') {
        const {
          funcname = [],
          over,
          agg_star,
        } = value as {
          funcname?: Node[];
          over?: unknown;
          agg_star?: boolean;
        };
        if (over === undefined && (agg_star === true || AGGREGATES.has(stringOf(funcname.at(-1)) ?? '')))
          found = true;
      }
      return true;
    });
  return found;
}

const AGGREGATES = new Set(
  'count sum avg min max array_agg string_agg json_agg jsonb_agg json_object_agg jsonb_object_agg bool_and bool_or every bit_and bit_or stddev stddev_pop stddev_samp variance var_pop var_samp corr percentile_cont percentile_disc mode regr_slope regr_intercept regr_r2'.split(
    ' ',
  ),
);

/** Visits every key below, a node before what is in it. @param visit Returns false to go no deeper. */
export function walk(node: unknown, visit: (key: string, value: unknown) => boolean): void {
  if (typeof node !== 'object' || node === null) return;
  for (const [key, value] of Object.entries(node)) if (visit(key, value)) walk(value, visit);
}
