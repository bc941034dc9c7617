/**
 * What each parameter of a SELECT is used for: the column that it is compared with, or a position with usual values.
 * Understands `column op $1` with =, <, IN, BETWEEN, LIKE, ANY and rows, with casts and functions on either side.
 */
import { namesOf } from '../workload/grammar.ts';
import { markedParameter } from './parameters.ts';
import { type ColumnName, type HasColumn, resolveColumn, type Scope, scopeOf } from './scope.ts';
import {
  ANY_CONSTANT,
  asKind,
  COALESCED,
  childrenOf,
  type Fields,
  INTERVAL,
  listOf,
  type Use,
  usual,
  type Walk,
} from './use.ts';

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

function usualArgument(call: Fields, position: number): string | undefined {
  const name = namesOf(call.funcname).at(-1) ?? '';
  return Object.hasOwn(ARGUMENTS, name) ? ARGUMENTS[name]?.[position] : undefined;
}

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
};
/** Operators that follow a key into a JSON document. */
const STEPS = new Set(['->', '->>']);
const MIRRORED: Readonly<Partial<Record<ColumnUse['as'], ColumnUse['as']>>> = { low: 'high', high: 'low' };

/** @param expression The fields of an A_Expr. */
function compare(expression: Fields, scope: Scope | undefined, fallback: Use | undefined, walk: Walk): void {
  const operator = namesOf(expression.name).at(-1) ?? '';
  const { kind, lexpr, rexpr } = expression;
  if (ARITHMETIC.has(operator) || kind === 'AEXPR_NULLIF') {
    const constant = fallback ?? ANY_CONSTANT;
    walk.visit(lexpr, scope, constant);
    walk.visit(rexpr, scope, constant);
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
  const document = operator === '?' ? subjectOf(lexpr, scope, walk) : undefined;
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
  const left = subjectOf(lexpr, scope, walk);
  const right = subjectOf(rexpr, scope, walk);
  const side = (node: unknown, subject: Subject, meaning: ColumnUse['as']) => {
    const between = /BETWEEN/.test(String(kind));
    const items = asKind(node, 'List')?.items;
    for (const [rank, item] of (items === undefined ? [node] : listOf(items)).entries()) {
      const own = between ? (rank === 0 ? 'low' : 'high') : meaning;
      const quantified = /_ANY$|_ALL$/.test(String(kind)) && asKind(item, 'A_ArrayExpr') === undefined;
      const inArray = asKind(item, 'A_ArrayExpr') !== undefined && own === 'contains';
      const special = quantified ? (node === lexpr ? 'element' : 'array') : inArray ? 'element' : own;
      place(item, scope, meant(subject, special, between ? 0 : rank), walk);
    }
  };
  side(rexpr, left, as);
  side(lexpr, right, MIRRORED[as] ?? as);
}

/** What one side of a comparison refers to. */
type Subject = Pick<ColumnUse, 'column' | 'folded' | 'json'> | 'number' | undefined;

const meant = (subject: Subject, as: ColumnUse['as'], rank: number): Use | undefined => {
  if (subject === 'number') return { kind: 'usual', literals: ['1'] };
  return subject === undefined ? undefined : { kind: 'column', as, rank, ...subject };
};

function subjectOf(node: unknown, scope: Scope | undefined, walk: Walk): Subject {
  const { hasColumn } = walk;
  const stack: { node: unknown; folded: ColumnUse['folded'] }[] = [{ node, folded: undefined }];
  for (let entry = stack.shift(); entry !== undefined; entry = stack.shift()) {
    const reference = asKind(entry.node, 'ColumnRef');
    const column = reference && resolveColumn(reference, scope, hasColumn);
    if (column !== undefined) return { column, folded: entry.folded };
    const path = stepsOf(asKind(entry.node, 'A_Expr'), scope, walk);
    if (path !== undefined) {
      const { length } = path.keys;
      return { column: path.column, folded: entry.folded, json: { role: 'value', at: length, of: length } };
    }
    // A subquery has its own subject.
    if (asKind(entry.node, 'SubLink') !== undefined) continue;
    const name = namesOf(asKind(entry.node, 'FuncCall')?.funcname).at(-1);
    if (name === 'count' || name === 'row_number' || name === 'rank') return 'number';
    const month = name === 'extract' || name === 'date_part' ? 'month' : entry.folded;
    const folded = name === 'lower' || name === 'upper' ? name : month;
    stack.push(...childrenOf(entry.node).map(child => ({ node: child, folded })));
  }
  return undefined;
}

/** Records `use` for parameters that stand for the compared value; visits everything else separately. */
function place(node: unknown, scope: Scope | undefined, use: Use | undefined, walk: Walk): void {
  if (markedParameter(node) !== undefined) {
    walk.visit(node, scope, use);
    return;
  }
  const cast = asKind(node, 'TypeCast');
  const type = namesOf((cast?.typeName as Fields | undefined)?.names).at(-1);
  if (cast !== undefined) {
    place(cast.arg, scope, type === 'interval' ? INTERVAL : use, walk);
    return;
  }
  const array = asKind(node, 'A_ArrayExpr');
  if (array !== undefined) {
    for (const [rank, element] of listOf(array.elements).entries()) {
      place(element, scope, use?.kind === 'column' ? { ...use, rank } : use, walk);
    }
    return;
  }
  const expression = asKind(node, 'A_Expr');
  if (expression !== undefined && ARITHMETIC.has(namesOf(expression.name).at(-1) ?? '')) {
    // In `$1 - interval '1 day'` the first operand has the column's type, the second is an offset.
    place(expression.lexpr, scope, use, walk);
    place(expression.rexpr, scope, ANY_CONSTANT, walk);
    return;
  }
  const call = asKind(node, 'FuncCall');
  if (call !== undefined && /^(lower|upper)$/.test(namesOf(call.funcname).at(-1) ?? '')) {
    for (const argument of listOf(call.args)) place(argument, scope, use, walk);
    return;
  }
  walk.visit(node, scope, undefined);
}

const rowOf = (node: unknown): readonly unknown[] | undefined => {
  const args = asKind(node, 'RowExpr')?.args;
  return Array.isArray(args) ? args : undefined;
};

/** Splits `column -> key -> key`. */
function stepsOf(
  expression: Fields | undefined,
  scope: Scope | undefined,
  { hasColumn }: Walk,
): { readonly column: ColumnName; readonly keys: readonly unknown[] } | undefined {
  const keys: unknown[] = [];
  let at = expression;
  while (at !== undefined && STEPS.has(namesOf(at.name).at(-1) ?? '')) {
    keys.unshift(at.rexpr);
    const reference = asKind(at.lexpr, 'ColumnRef');
    const column = reference && resolveColumn(reference, scope, hasColumn);
    if (column !== undefined) return { column, keys };
    at = asKind(at.lexpr, 'A_Expr');
  }
  return undefined;
}

/**
 * @param tree A SelectStmt with marked parameters.
 * @returns Parameter number → use; lacks parameters of unknown use.
 */
export function parameterUses(tree: Fields, hasColumn: HasColumn): ReadonlyMap<number, Use> {
  const uses = new Map<number, Use>();
  const walk: Walk = {
    hasColumn,
    note: (parameter, use) => {
      if (!uses.has(parameter)) uses.set(parameter, use);
    },
    visit: (node, scope, fallback) => visit(node, scope, fallback, walk),
  };
  visitSelect(tree, undefined, walk);
  return uses;
}

function visitSelect(select: Fields, outer: Scope | undefined, walk: Walk): void {
  const scope = scopeOf(select, outer);
  for (const side of [select.larg, select.rarg]) {
    if (side !== undefined) visitSelect(side as Fields, scope, walk);
  }
  const { larg: _l, rarg: _r, targetList, sortClause, limitCount, limitOffset, ...rest } = select;
  walk.visit(childrenOf(rest), scope, undefined);
  walk.visit(targetList, scope, ANY_CONSTANT);
  walk.visit(sortClause, scope, ANY_CONSTANT);
  walk.visit(limitCount, scope, usual('100'));
  walk.visit(limitOffset, scope, usual('0'));
}

function visit(node: unknown, scope: Scope | undefined, fallback: Use | undefined, walk: Walk): void {
  if (typeof node !== 'object' || node === null) return;
  const parameter = markedParameter(node);
  if (parameter !== undefined) {
    if (fallback !== undefined) walk.note(parameter, fallback);
    return;
  }
  const select = asKind(node, 'SelectStmt');
  if (select !== undefined) {
    visitSelect(select, scope, walk);
    return;
  }
  const expression = asKind(node, 'A_Expr');
  if (expression !== undefined) {
    compare(expression, scope, fallback, walk);
    return;
  }
  const cast = asKind(node, 'TypeCast');
  if (cast !== undefined) {
    const type = namesOf((cast.typeName as Fields | undefined)?.names).at(-1);
    visit(cast.arg, scope, type === 'interval' ? INTERVAL : fallback, walk);
    return;
  }
  const call = asKind(node, 'FuncCall');
  if (call !== undefined) {
    for (const [position, argument] of listOf(call.args).entries()) {
      const literal = usualArgument(call, position);
      visit(argument, scope, literal === undefined ? undefined : usual(literal), walk);
    }
    const { args: _, ...rest } = call;
    for (const child of childrenOf(rest)) visit(child, scope, undefined, walk);
    return;
  }
  const branch = asKind(node, 'CaseExpr');
  if (branch !== undefined) {
    visitCase(branch, scope, walk);
    return;
  }
  const coalesce = asKind(node, 'CoalesceExpr');
  const inner = coalesce === undefined ? fallback : COALESCED;
  for (const child of childrenOf(node)) visit(child, scope, inner, walk);
}

/** In `CASE column WHEN $1 THEN $2`, $1 is compared and $2 only shown. */
function visitCase(branch: Fields, scope: Scope | undefined, walk: Walk): void {
  for (const entry of listOf(branch.args)) {
    const when = asKind(entry, 'CaseWhen');
    if (branch.arg === undefined) walk.visit(when?.expr, scope, undefined);
    else
      compare(
        { kind: 'AEXPR_OP', name: EQUALS, lexpr: branch.arg, rexpr: when?.expr },
        scope,
        undefined,
        walk,
      );
    walk.visit(when?.result, scope, ANY_CONSTANT);
  }
  walk.visit(branch.defresult, scope, ANY_CONSTANT);
}

const EQUALS = [{ String: { sval: '=' } }];
