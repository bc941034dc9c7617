/** `column op $1` in all its forms: =, <, IN, BETWEEN, LIKE, ANY, rows, with casts and functions on either side. Pure. */
import { markedParameter } from './parameters.ts';
import { type ColumnName, resolveColumn, type Scope } from './scope.ts';
import { asKind, childrenOf, type Fields, listOf, namesOf } from './tree.ts';
import { ANY_CONSTANT, INTERVAL, type Use, type Walk } from './use.ts';

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
};
const MIRRORED: Readonly<Partial<Record<ColumnUse['as'], ColumnUse['as']>>> = { low: 'high', high: 'low' };

/** @param expression An A_Expr's fields. */
export function compare(
  expression: Fields,
  scope: Scope | undefined,
  fallback: Use | undefined,
  walk: Walk,
): void {
  const operator = namesOf(expression.name).at(-1) ?? '';
  const { kind, lexpr, rexpr } = expression;
  if (ARITHMETIC.has(operator) || kind === 'AEXPR_NULLIF') {
    const constant = fallback ?? ANY_CONSTANT;
    walk.visit(lexpr, scope, constant);
    walk.visit(rexpr, scope, constant);
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
      const isArray = /_ANY$|_ALL$/.test(String(kind)) && asKind(item, 'A_ArrayExpr') === undefined;
      place(item, scope, meant(subject, isArray ? 'array' : own, between ? 0 : rank), walk);
    }
  };
  side(rexpr, left, as);
  side(lexpr, right, MIRRORED[as] ?? as);
}

/** What one side of a comparison is about. */
type Subject =
  | { readonly column: ColumnName; readonly folded: 'lower' | 'upper' | undefined }
  | 'number'
  | undefined;

const meant = (subject: Subject, as: ColumnUse['as'], rank: number): Use | undefined => {
  if (subject === 'number') return { kind: 'usual', literals: ['1'] };
  return subject === undefined ? undefined : { kind: 'column', as, rank, ...subject };
};

function subjectOf(node: unknown, scope: Scope | undefined, { hasColumn }: Walk): Subject {
  const stack: { node: unknown; folded: 'lower' | 'upper' | undefined }[] = [{ node, folded: undefined }];
  for (let entry = stack.shift(); entry !== undefined; entry = stack.shift()) {
    const reference = asKind(entry.node, 'ColumnRef');
    const column = reference && resolveColumn(reference, scope, hasColumn);
    if (column !== undefined) return { column, folded: entry.folded };
    // A sub-select is about something of its own.
    if (asKind(entry.node, 'SubLink') !== undefined) continue;
    const name = namesOf(asKind(entry.node, 'FuncCall')?.funcname).at(-1);
    if (name === 'count' || name === 'row_number' || name === 'rank') return 'number';
    const folded = name === 'lower' || name === 'upper' ? name : entry.folded;
    stack.push(...childrenOf(entry.node).map(child => ({ node: child, folded })));
  }
  return undefined;
}

/** Tells `use` of the parameters that stand for the compared value; what else is in it is looked at for itself. */
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
    // `$1 - interval '1 day'`: the first operand has the column's type, the second is a distance.
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
