/** PostgreSQL's names for the columns of a SELECT. Pure. */
import type { Node, SelectStmt } from '@pgsql/types';

/** PostgreSQL's name for a column without one. */
export const UNNAMED = '?column?';

/** @returns undefined if a star hides the columns. */
export function namesOf(select: SelectStmt): readonly string[] | undefined {
  let first = select;
  while (first.larg !== undefined) first = first.larg;
  const targets = (first.targetList ?? []).flatMap(target =>
    'ResTarget' in target ? [target.ResTarget] : [],
  );
  const hasStar = targets.some(
    ({ val }) =>
      val !== undefined &&
      'ColumnRef' in val &&
      (val.ColumnRef.fields ?? []).some(field => 'A_Star' in field),
  );
  return targets.length === 0 || hasStar
    ? undefined
    : targets.map(({ name, val }) => name ?? defaultName(val) ?? UNNAMED);
}

/** `sum`, `sum_2`, `column_3`. */
export function distinctNames(names: readonly string[]): readonly string[] {
  const taken = new Set<string>();
  return names.map((name, at) => {
    const own = name === UNNAMED ? `column_${at + 1}` : name;
    let free = own;
    for (let next = 2; taken.has(free); next++) free = `${own}_${next}`;
    taken.add(free);
    return free;
  });
}

const lastName = (fields: readonly Node[] = []): string | undefined =>
  fields.flatMap(field => ('String' in field ? (field.String.sval ?? []) : [])).at(-1);

/** `weak`: a cast around it gives another name. */
type Figured = { readonly name: string; readonly weak?: true };

const CLOCK = /^SVFOP_(.*?)(?:_N)?$/;

/** PostgreSQL's own rules (src/backend/parser/parse_target.c, FigureColnameInternal). */
function figure(node: Node | undefined): Figured | undefined {
  const named = (name: string | undefined) => (name === undefined ? undefined : { name });
  if (node === undefined) return undefined;
  if ('ColumnRef' in node) return named(lastName(node.ColumnRef.fields));
  if ('A_Indirection' in node)
    return named(lastName(node.A_Indirection.indirection)) ?? figure(node.A_Indirection.arg);
  if ('FuncCall' in node) return named(lastName(node.FuncCall.funcname));
  if ('A_Expr' in node) return node.A_Expr.kind === 'AEXPR_NULLIF' ? { name: 'nullif' } : undefined;
  if ('CollateClause' in node) return figure(node.CollateClause.arg);
  if ('GroupingFunc' in node) return { name: 'grouping' };
  if ('A_ArrayExpr' in node) return { name: 'array' };
  if ('RowExpr' in node) return { name: 'row' };
  if ('CoalesceExpr' in node) return { name: 'coalesce' };
  if ('MinMaxExpr' in node) return { name: node.MinMaxExpr.op === 'IS_LEAST' ? 'least' : 'greatest' };
  if ('SQLValueFunction' in node)
    return named(CLOCK.exec(node.SQLValueFunction.op ?? '')?.[1]?.toLowerCase());
  if ('TypeCast' in node) {
    const { arg, typeName } = node.TypeCast;
    const own = figure(arg);
    const type = lastName(typeName?.names);
    return own !== undefined && own.weak === undefined
      ? own
      : type === undefined
        ? own
        : { name: type, weak: true };
  }
  if ('CaseExpr' in node) {
    const other = figure(node.CaseExpr.defresult);
    return other !== undefined && other.weak === undefined ? other : { name: 'case', weak: true };
  }
  if ('SubLink' in node) {
    const { subLinkType, subselect } = node.SubLink;
    if (subLinkType === 'EXISTS_SUBLINK') return { name: 'exists' };
    if (subLinkType === 'ARRAY_SUBLINK') return { name: 'array' };
    const inner =
      subselect !== undefined && 'SelectStmt' in subselect ? namesOf(subselect.SelectStmt)?.[0] : undefined;
    return subLinkType === 'EXPR_SUBLINK' ? named(inner) : undefined;
  }
  return undefined;
}

const defaultName = (node: Node | undefined): string | undefined => figure(node)?.name;
