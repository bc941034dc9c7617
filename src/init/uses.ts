/**
 * What each parameter of a SELECT is used for: the column that it is compared with, or a position with usual values.
 * Understands `column op $1` with =, <, IN, BETWEEN, LIKE, ANY and rows, with casts and functions on either side.
 */
import type { Node } from '@pgsql/types';
import { type NodeOf, namesOf, nodeAs } from '../workload/grammar.ts';
import { markedParameter } from './parameters.ts';
import { type ColumnName, type HasColumn, resolveCall, resolveColumn, type Scope, scopeOf } from './scope.ts';
import type { JsonStep } from './values.ts';

export type Use =
  /** Compared with a column. `rank`: position in an IN list, from 0. */
  | {
      readonly kind: 'column';
      readonly column: ColumnName;
      /** `array`: an array of values that the column may equal; `element`: an element of the array column. */
      readonly as:
        | 'equal'
        | 'low'
        | 'high'
        | 'pattern'
        | 'regex'
        | 'array'
        | 'element'
        | 'contains'
        | 'network'
        /** Of a full-text search. */
        | 'word';
      readonly rank: number;
      /** The operator as SQL writes it, if `as` does not tell: `ILIKE`, `<>`. */
      readonly sign?: string | undefined;
      /** The column is wrapped in lower(), upper(), or extract() (the month). */
      readonly folded: 'lower' | 'upper' | 'month' | undefined;
      /** A key in the column's JSON documents, or the value at the end of a path of keys. */
      readonly json?: (JsonStep & { readonly role: 'key' | 'value' }) | undefined;
      /** The range's other bound is a parameter, too. */
      readonly paired?: boolean;
    }
  /** SQL literals to try, likeliest first. `fixed`: where clients send no parameter, as the unit of date_trunc(). */
  | { readonly kind: 'usual'; readonly literals: readonly string[]; readonly fixed?: true };

/** A constant of unknown type that does not influence the plan. */
const ANY_CONSTANT: Use = { kind: 'usual', literals: ['1', "'x'"], fixed: true };
const usual = (literal: string): Use => ({ kind: 'usual', literals: [literal] });
const fixed = (literal: string): Use => ({ kind: 'usual', literals: [literal], fixed: true });
/** As in COALESCE(sum(amount), 0) and COALESCE(name, ''). */
const COALESCED: Use = { kind: 'usual', literals: ['0', "''"], fixed: true };
const INTERVAL = fixed("'30 days'");

/** A walk through a parse tree. */
interface Walk {
  readonly hasColumn: HasColumn;
  /** Records a use; the first one for a parameter wins. */
  readonly note: (parameter: number, use: Use) => void;
}

/** Function → usual literals by argument position. */
const ARGUMENTS: Readonly<Record<string, readonly (string | undefined)[]>> = {
  date_trunc: ["'month'", undefined, "'UTC'"],
  date_part: ["'month'"],
  extract: ["'month'"],
  timezone: ["'UTC'"],
  to_char: [undefined, "'YYYY-MM-DD'"],
  to_date: [undefined, "'YYYY-MM-DD'"],
  to_timestamp: [undefined, "'YYYY-MM-DD'"],
  round: [undefined, '2'],
  trunc: [undefined, '2'],
  string_agg: [undefined, "', '"],
  array_to_string: [undefined, "', '"],
  concat_ws: ["', '"],
  substring: [undefined, '1', '3'],
  substr: [undefined, '1', '3'],
  left: [undefined, '3'],
  right: [undefined, '3'],
  split_part: [undefined, "'-'", '1'],
  lag: [undefined, '1', '0'],
  lead: [undefined, '1', '0'],
  nth_value: [undefined, '1'],
  ntile: ['10'],
  percentile_cont: ['0.5'],
  percentile_disc: ['0.5'],
};

/** With two arguments the first is a configuration. */
const TEXT_SEARCH = /^to_tsvector$|to_tsquery$/;

function usualArgument(call: NodeOf<'FuncCall'>, position: number): string | undefined {
  const name = namesOf(call.funcname).at(-1) ?? '';
  if (TEXT_SEARCH.test(name)) return position === 0 && call.args?.length === 2 ? "'english'" : undefined;
  return Object.hasOwn(ARGUMENTS, name) ? ARGUMENTS[name]?.[position] : undefined;
}

type Select = NodeOf<'SelectStmt'>;
type Comparison = Pick<NodeOf<'A_Expr'>, 'kind' | 'name'> & {
  readonly lexpr?: Node | undefined;
  readonly rexpr?: Node | undefined;
};
type ColumnUse = Extract<Use, { kind: 'column' }>;

const ARITHMETIC = new Set(['+', '-', '*', '/', '%', '^', '||']);
const AS: Readonly<Record<string, ColumnUse['as']>> = {
  '>': 'low',
  '>=': 'low',
  '<': 'high',
  '<=': 'high',
  '~~': 'pattern',
  '~~*': 'pattern',
  '!~~': 'pattern',
  '!~~*': 'pattern',
  '~': 'regex',
  '~*': 'regex',
  '!~': 'regex',
  '!~*': 'regex',
  '@>': 'contains',
  '<@': 'contains',
  '&&': 'contains',
  '<<': 'network',
  '<<=': 'network',
  '@@': 'word',
};
const SIGNS: Readonly<Record<string, string>> = {
  '<>': '<>',
  '~~*': 'ILIKE',
  '!~~': 'NOT LIKE',
  '!~~*': 'NOT ILIKE',
  '~*': '~*',
  '!~': '!~',
  '!~*': '!~*',
};
/** Operators that follow a key into a JSON document. */
const STEPS = new Set(['->', '->>']);
const MIRRORED: Readonly<Partial<Record<ColumnUse['as'], ColumnUse['as']>>> = { low: 'high', high: 'low' };

function compare(
  expression: Comparison,
  scope: Scope | undefined,
  fallback: Use | undefined,
  walk: Walk,
): void {
  const operator = namesOf(expression.name).at(-1) ?? '';
  const { kind, lexpr, rexpr } = expression;
  if (ARITHMETIC.has(operator) || kind === 'AEXPR_NULLIF') {
    const constant = fallback ?? ANY_CONSTANT;
    visit(lexpr, scope, constant, walk);
    visit(rexpr, scope, constant, walk);
    return;
  }
  const path = stepsOf(expression, scope, walk);
  if (path !== undefined) {
    for (const [position, key] of path.keys.entries()) {
      const json = { role: 'key', at: position + 1, of: path.keys.length } as const;
      place(
        key,
        scope,
        { kind: 'column', as: 'equal', rank: 0, folded: undefined, column: path.column, json },
        walk,
      );
    }
    return;
  }
  const document = operator === '?' ? operandOf(lexpr, scope, walk) : undefined;
  if (typeof document === 'object') {
    place(rexpr, scope, meant({ ...document, json: { role: 'key', at: 1, of: 1 } }, 'equal', 0), walk);
    return;
  }
  const rows = [rowOf(lexpr), rowOf(rexpr)];
  if (rows[0] !== undefined && rows[1] !== undefined && kind === 'AEXPR_OP') {
    for (const [position, left] of rows[0].entries()) {
      compare({ ...expression, lexpr: left, rexpr: rows[1][position] }, scope, fallback, walk);
    }
    return;
  }
  const as = AS[operator] ?? 'equal';
  const reference = as === 'word' ? nodeAs(rexpr, 'ColumnRef') : undefined;
  const search = reference && resolveCall(reference, scope);
  if (search !== undefined) {
    compare({ ...expression, rexpr: search }, scope, fallback, walk);
    return;
  }
  const left = operandOf(lexpr, scope, walk);
  const right = operandOf(rexpr, scope, walk);
  const side = (node: Node | undefined, operand: Operand, meaning: ColumnUse['as']) => {
    const between = /BETWEEN/.test(String(kind));
    for (const [rank, item] of (nodeAs(node, 'List')?.items ?? [node]).entries()) {
      const own = between ? (rank === 0 ? 'low' : 'high') : meaning;
      const quantified = /_ANY$|_ALL$/.test(String(kind)) && nodeAs(item, 'A_ArrayExpr') === undefined;
      const inArray = nodeAs(item, 'A_ArrayExpr') !== undefined && own === 'contains';
      const special = quantified ? (node === lexpr ? 'element' : 'array') : inArray ? 'element' : own;
      const use = meant(operand, special, between ? 0 : rank);
      const sign = special === meaning ? SIGNS[operator] : undefined;
      place(item, scope, use?.kind === 'column' && sign !== undefined ? { ...use, sign } : use, walk);
    }
  };
  side(rexpr, left, as);
  side(lexpr, right, MIRRORED[as] ?? as);
}

/** What one side of a comparison refers to. */
type Operand = Pick<ColumnUse, 'column' | 'folded' | 'json'> | 'number' | undefined;

const meant = (operand: Operand, as: ColumnUse['as'], rank: number): Use | undefined => {
  if (operand === 'number') return { kind: 'usual', literals: ['1'] };
  return operand === undefined ? undefined : { kind: 'column', as, rank, ...operand };
};

function operandOf(node: Node | undefined, scope: Scope | undefined, walk: Walk): Operand {
  const { hasColumn } = walk;
  const stack: { node: Node | undefined; folded: ColumnUse['folded'] }[] = [{ node, folded: undefined }];
  for (let entry = stack.shift(); entry !== undefined; entry = stack.shift()) {
    const reference = nodeAs(entry.node, 'ColumnRef');
    const column = reference && resolveColumn(reference, scope, hasColumn);
    if (column !== undefined) return { column, folded: entry.folded };
    const path = stepsOf(nodeAs(entry.node, 'A_Expr'), scope, walk);
    if (path !== undefined) {
      const { length } = path.keys;
      return { column: path.column, folded: entry.folded, json: { role: 'value', at: length, of: length } };
    }
    // A subquery has its own operand.
    if (nodeAs(entry.node, 'SubLink') !== undefined) continue;
    const name = namesOf(nodeAs(entry.node, 'FuncCall')?.funcname).at(-1);
    if (name === 'count' || name === 'row_number' || name === 'rank') return 'number';
    const month = name === 'extract' || name === 'date_part' ? 'month' : entry.folded;
    const folded = name === 'lower' || name === 'upper' ? name : month;
    stack.push(...childrenOf(entry.node).map(child => ({ node: child as Node, folded })));
  }
  return undefined;
}

/** Records `use` for parameters that stand for the compared value; visits everything else separately. */
function place(node: Node | undefined, scope: Scope | undefined, use: Use | undefined, walk: Walk): void {
  if (markedParameter(node) !== undefined) {
    visit(node, scope, use, walk);
    return;
  }
  const cast = nodeAs(node, 'TypeCast');
  const type = namesOf(cast?.typeName?.names).at(-1);
  if (cast !== undefined) {
    place(cast.arg, scope, type === 'interval' ? INTERVAL : use, walk);
    return;
  }
  const array = nodeAs(node, 'A_ArrayExpr');
  if (array !== undefined) {
    for (const [rank, element] of (array.elements ?? []).entries()) {
      place(element, scope, use?.kind === 'column' ? { ...use, rank } : use, walk);
    }
    return;
  }
  const expression = nodeAs(node, 'A_Expr');
  if (expression !== undefined && ARITHMETIC.has(namesOf(expression.name).at(-1) ?? '')) {
    // In `$1 - interval '1 day'` the first operand has the column's type, the second is an offset.
    place(expression.lexpr, scope, use, walk);
    place(expression.rexpr, scope, ANY_CONSTANT, walk);
    return;
  }
  const call = nodeAs(node, 'FuncCall');
  if (call !== undefined && /^(lower|upper)$/.test(namesOf(call.funcname).at(-1) ?? '')) {
    for (const argument of call.args ?? []) place(argument, scope, use, walk);
    return;
  }
  if (call?.args !== undefined && /tsquery$/.test(namesOf(call.funcname).at(-1) ?? '')) {
    place(call.args.at(-1), scope, use, walk);
    if (call.args.length > 1) visit(node, scope, undefined, walk);
    return;
  }
  visit(node, scope, undefined, walk);
}

const rowOf = (node: Node | undefined) => nodeAs(node, 'RowExpr')?.args;

/** Splits `column -> key -> key`. */
function stepsOf(
  expression: Comparison | undefined,
  scope: Scope | undefined,
  { hasColumn }: Walk,
): { readonly column: ColumnName; readonly keys: readonly (Node | undefined)[] } | undefined {
  const keys: (Node | undefined)[] = [];
  let at = expression;
  while (at !== undefined && STEPS.has(namesOf(at.name).at(-1) ?? '')) {
    keys.unshift(at.rexpr);
    const reference = nodeAs(at.lexpr, 'ColumnRef');
    const column = reference && resolveColumn(reference, scope, hasColumn);
    if (column !== undefined) return { column, keys };
    at = nodeAs(at.lexpr, 'A_Expr');
  }
  return undefined;
}

/**
 * @param tree A SelectStmt with marked parameters.
 * @returns Parameter number → use; lacks parameters of unknown use.
 */
export function parameterUses(tree: Select, hasColumn: HasColumn): ReadonlyMap<number, Use> {
  const uses = new Map<number, Use>();
  const walk: Walk = {
    hasColumn,
    note: (parameter, use) => {
      if (!uses.has(parameter)) uses.set(parameter, use);
    },
  };
  visitSelect(tree, undefined, walk);
  return uses;
}

function visitSelect(select: Select, outer: Scope | undefined, walk: Walk): void {
  const scope = scopeOf(select, outer);
  for (const side of [select.larg, select.rarg]) {
    if (side !== undefined) visitSelect(side, scope, walk);
  }
  const { larg: _l, rarg: _r, targetList, sortClause, limitCount, limitOffset, ...rest } = select;
  visit(childrenOf(rest), scope, undefined, walk);
  visit(targetList, scope, ANY_CONSTANT, walk);
  visit(sortClause, scope, ANY_CONSTANT, walk);
  visit(limitCount, scope, usual('100'), walk);
  visit(limitOffset, scope, usual('0'), walk);
}

/**
 * @param tree A node or a list of nodes.
 * @param fallback The use of a parameter without a better clue.
 */
function visit(tree: unknown, scope: Scope | undefined, fallback: Use | undefined, walk: Walk): void {
  if (typeof tree !== 'object' || tree === null) return;
  const node = tree as Node;
  const parameter = markedParameter(node);
  if (parameter !== undefined) {
    if (fallback !== undefined) walk.note(parameter, fallback);
    return;
  }
  const select = nodeAs(node, 'SelectStmt');
  if (select !== undefined) {
    visitSelect(select, scope, walk);
    return;
  }
  const expression = nodeAs(node, 'A_Expr');
  if (expression !== undefined) {
    compare(expression, scope, fallback, walk);
    return;
  }
  const cast = nodeAs(node, 'TypeCast');
  if (cast !== undefined) {
    const type = namesOf(cast.typeName?.names).at(-1);
    visit(cast.arg, scope, type === 'interval' ? INTERVAL : fallback, walk);
    return;
  }
  const call = nodeAs(node, 'FuncCall');
  if (call !== undefined) {
    for (const [position, argument] of (call.args ?? []).entries()) {
      const literal = usualArgument(call, position);
      visit(argument, scope, literal === undefined ? undefined : fixed(literal), walk);
    }
    const { args: _, ...rest } = call;
    for (const child of childrenOf(rest)) visit(child, scope, undefined, walk);
    return;
  }
  const branch = nodeAs(node, 'CaseExpr');
  if (branch !== undefined) {
    visitCase(branch, scope, walk);
    return;
  }
  const coalesce = nodeAs(node, 'CoalesceExpr');
  const inner = coalesce === undefined ? fallback : COALESCED;
  for (const child of childrenOf(node)) visit(child, scope, inner, walk);
}

/** In `CASE column WHEN $1 THEN $2`, $1 is compared and $2 only shown. */
function visitCase(branch: NodeOf<'CaseExpr'>, scope: Scope | undefined, walk: Walk): void {
  for (const entry of branch.args ?? []) {
    const when = nodeAs(entry, 'CaseWhen');
    if (branch.arg === undefined) visit(when?.expr, scope, undefined, walk);
    else
      compare(
        { kind: 'AEXPR_OP', name: EQUALS, lexpr: branch.arg, rexpr: when?.expr },
        scope,
        undefined,
        walk,
      );
    visit(when?.result, scope, ANY_CONSTANT, walk);
  }
  visit(branch.defresult, scope, ANY_CONSTANT, walk);
}

const EQUALS = [{ String: { sval: '=' } }];

function childrenOf(node: unknown): readonly unknown[] {
  if (typeof node !== 'object' || node === null) return [];
  return Object.values(node).filter(value => typeof value === 'object' && value !== null);
}
