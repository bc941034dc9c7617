/**
 * A query → materialized views that hold the answer of an aggregating part of it, each with the query's text that reads the view:
 * the whole query, a CTE, or a subquery in FROM. What a person wrote stays their text. Pure.
 */

import type { Node, SelectStmt, SortBy } from '@pgsql/types';
import { plain } from '../base/sql.ts';
import type { ParsedStatement, Token } from '../workload/grammar.ts';
import { withoutPlaces } from '../workload/ties.ts';
import { walk } from './expressions.ts';
import type { Block } from './queryBlocks.ts';

export interface ViewCandidate {
  /** A name for it, of the query and the part. */
  readonly name: string;
  readonly part: 'query' | 'cte' | 'subquery';
  /** The SELECT that the view holds. */
  readonly body: string;
  /** What its columns are called, where their own names would not do. */
  readonly heading: readonly string[];
  /** The query's text, reading `{view}`: a name is put there. */
  readonly rewrite: string;
  /** Output columns that identify its rows: what REFRESH … CONCURRENTLY needs. */
  readonly key: readonly string[] | undefined;
  /** As ORDER BY writes them: the order that the rewrite reads it in. */
  readonly order: readonly string[];
  readonly columns: readonly string[];
  /** It depends on the day or the time of its last refresh. */
  readonly dated: boolean;
}

/** Stands for the view's name in a rewrite; no identifier of anyone's. */
export const VIEW = '"\u0000view\u0000"';

/** @param statement The query's one statement; its text begins at offset 0 of `statement.sql`. */
export function viewCandidates(
  slug: string,
  statement: ParsedStatement,
  blocks: readonly Block[],
): readonly ViewCandidate[] {
  const tree = statement.tree as SelectStmt;
  const inner = blocks.flatMap(block => partOf(slug, statement, block) ?? []);
  const isParameterized = blocks.some(({ parameterized }) => parameterized);
  // The first rows of many are an index's job, and hold one value of whatever the query compares with.
  const isSmaller = blocks.some(({ aggregates }) => aggregates);
  const reads = blocks.some(({ tables }) => tables.length > 0);
  const whole = isParameterized || !isSmaller || !reads ? undefined : wholeOf(slug, statement, tree);
  return [...(whole === undefined ? [] : [whole]), ...inner];
}

function wholeOf(slug: string, { sql }: ParsedStatement, tree: SelectStmt): ViewCandidate | undefined {
  const names = namesOf(tree);
  if (names === undefined) return undefined;
  const columns = distinctNames(names);
  const order = orderOf(tree, columns);
  const list = columns
    .map((column, at) =>
      column === names[at] ? plain(column) : `${plain(column)} AS ${plain(names[at] ?? '')}`,
    )
    .join(', ');
  // The order of rows that no output column decides is kept as a number.
  const position = 'row_position';
  const body =
    order === undefined ? `SELECT q.*, row_number() OVER () AS ${position} FROM (\n${sql}\n) q` : sql;
  const by = order ?? [position];
  return {
    name: slug,
    part: 'query',
    body,
    heading: columns.every((column, at) => column === names[at]) ? [] : columns,
    rewrite: `SELECT ${list}\nFROM ${VIEW}${by.length === 0 ? '' : `\nORDER BY ${by.join(', ')}`}`,
    key: order === undefined ? [position] : keyOf(tree, columns),
    order: by,
    columns,
    dated: isDated(tree),
  };
}

function partOf(slug: string, statement: ParsedStatement, block: Block): ViewCandidate | undefined {
  const { role, name, aggregates, correlated, parameterized, select } = block;
  if (role === undefined || role === 'query' || name === undefined) return undefined;
  if (!aggregates || correlated || parameterized || block.tables.length === 0) return undefined;
  const columns = outputNames(select);
  const within = rangeOf(statement, select);
  if (columns === undefined || within === undefined) return undefined;
  const [start, end] = within;
  const { sql } = statement;
  return {
    name: `${slug}_${slugOf(name)}`,
    part: role,
    body: sql.slice(start, end).trim(),
    heading: [],
    rewrite: `${sql.slice(0, start)}SELECT ${columns.map(plain).join(', ')} FROM ${VIEW}${sql.slice(end)}`,
    key: keyOf(select, columns),
    order: [],
    columns,
    dated: isDated(select),
  };
}

export const slugOf = (text: string): string =>
  text
    .toLowerCase()
    .replace(/^[\d\W_]+/, '')
    .replace(/\W+/g, '_')
    .replace(/_+$/, '')
    .slice(0, 40) || 'query';

/** Between the parentheses that hold a block: [start, end) of the statement's text. */
function rangeOf(
  { tokens, start, offsetOf }: ParsedStatement,
  { targetList = [] }: SelectStmt,
): readonly [number, number] | undefined {
  const [first] = targetList;
  const location = first !== undefined && 'ResTarget' in first ? first.ResTarget.location : undefined;
  if (location === undefined) return undefined;
  const at = tokens.findIndex(token => token.start === offsetOf(location));
  const open = at === -1 ? undefined : unmatched(tokens, at, -1, ')', '(');
  const close = at === -1 ? undefined : unmatched(tokens, at, 1, '(', ')');
  return open === undefined || close === undefined ? undefined : [open.end - start, close.start - start];
}

function unmatched(tokens: readonly Token[], from: number, step: 1 | -1, opens: string, closes: string) {
  let depth = 0;
  for (let at = from + (step < 0 ? -1 : 0); at >= 0 && at < tokens.length; at += step) {
    const { text } = tokens[at] ?? { text: '' };
    if (text === opens) depth++;
    if (text === closes) {
      if (depth === 0) return tokens[at];
      depth--;
    }
  }
  return undefined;
}

/** Of columns that others can name; undefined where a star, a doubled or a missing name leaves that open. */
function outputNames(select: SelectStmt): readonly string[] | undefined {
  const names = namesOf(select);
  return names === undefined || names.includes(UNNAMED) || new Set(names).size < names.length
    ? undefined
    : names;
}

/** PostgreSQL's name for a column without one. */
const UNNAMED = '?column?';

/** As PostgreSQL names them; undefined where a star stands for any number. */
function namesOf(select: SelectStmt): readonly string[] | undefined {
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
function distinctNames(names: readonly string[]): readonly string[] {
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

/** A name, and whether a cast around it leaves it. */
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

/** The outermost ORDER BY in names of output columns; undefined where it has a key that is none. */
function orderOf(
  { sortClause = [], ...select }: SelectStmt,
  columns: readonly string[],
): readonly string[] | undefined {
  const keys = sortClause.map(key => ('SortBy' in key ? keyText(key.SortBy, select, columns) : undefined));
  const known = keys.flatMap(key => key ?? []);
  return known.length === keys.length ? known : undefined;
}

function keyText(
  { node, sortby_dir, sortby_nulls, useOp }: SortBy,
  select: SelectStmt,
  columns: readonly string[],
): string | undefined {
  const column = node === undefined || useOp !== undefined ? undefined : columnOf(node, select, columns);
  if (column === undefined) return undefined;
  const nulls =
    sortby_nulls === 'SORTBY_NULLS_FIRST'
      ? ' NULLS FIRST'
      : sortby_nulls === 'SORTBY_NULLS_LAST'
        ? ' NULLS LAST'
        : '';
  return `${plain(column)}${sortby_dir === 'SORTBY_DESC' ? ' DESC' : ''}${nulls}`;
}

/** GROUP BY, or DISTINCT, in names of output columns; undefined where something of it is none. */
function keyOf(select: SelectStmt, columns: readonly string[]): readonly string[] | undefined {
  const { groupClause = [], distinctClause, op } = select;
  if (op !== undefined && op !== 'SETOP_NONE') return undefined;
  if (distinctClause !== undefined)
    return distinctClause.some(item => 'ColumnRef' in item) ? undefined : columns;
  const keys = groupClause.map(item => columnOf(item, select, columns));
  const known = keys.flatMap(key => key ?? []);
  return known.length > 0 && known.length === keys.length ? known : undefined;
}

/** The output column that a key of ORDER BY or GROUP BY is: by its number, its name, or as the same expression. */
function columnOf(
  node: Node,
  { targetList = [] }: SelectStmt,
  columns: readonly string[],
): string | undefined {
  const number = 'A_Const' in node ? node.A_Const.ival?.ival : undefined;
  if (number !== undefined) return columns[number - 1];
  if ('ColumnRef' in node && node.ColumnRef.fields?.length === 1) {
    const [field] = node.ColumnRef.fields;
    const name = field !== undefined && 'String' in field ? field.String.sval : undefined;
    if (name !== undefined && columns.includes(name)) return name;
  }
  const text = withoutPlaces(node);
  const at = targetList.findIndex(
    target => 'ResTarget' in target && withoutPlaces(target.ResTarget.val) === text,
  );
  return at === -1 ? undefined : columns[at];
}

const CLOCKS = new Set([
  'now',
  'transaction_timestamp',
  'statement_timestamp',
  'clock_timestamp',
  'timeofday',
]);

/** What today's date, or the clock, has a part in. */
function isDated(select: SelectStmt): boolean {
  let found = false;
  walk(select, (key, value) => {
    if (key === 'SQLValueFunction' && /DATE|TIME/.test(String((value as { op?: string }).op))) found = true;
    if (key === 'FuncCall') {
      const last = (value as { funcname?: Node[] }).funcname?.at(-1);
      if (last !== undefined && 'String' in last && CLOCKS.has(last.String.sval ?? '')) found = true;
    }
    return !found;
  });
  return found;
}
