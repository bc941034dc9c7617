/** What each parameter of a SELECT is for: the column it is compared with, or a place that has usual values. Pure. */
import { compare } from './comparisons.ts';
import { usualArgument } from './functions.ts';
import { markedParameter } from './parameters.ts';
import { type HasColumn, type Scope, scopeOf } from './scope.ts';
import { asKind, childrenOf, type Fields, listOf, namesOf } from './tree.ts';
import { ANY_CONSTANT, COALESCED, INTERVAL, type Use, usual, type Walk } from './use.ts';

/** @param tree Of a SelectStmt with marked parameters. @returns By number; without those nothing can be told of. */
export function parameterUses(tree: Fields, hasColumn: HasColumn): ReadonlyMap<number, Use> {
  const uses = new Map<number, Use>();
  const walk: Walk = {
    hasColumn,
    tell: (parameter, use) => {
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
    if (fallback !== undefined) walk.tell(parameter, fallback);
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

/** `CASE column WHEN $1 THEN $2`: the one is compared, the other only shown. */
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
