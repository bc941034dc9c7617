/**
 * A query → materialized views that hold the answer of an aggregating part of it, each with the query's text that reads the view:
 * the whole query, a CTE, or a subquery in FROM. What a person wrote stays their text. Pure.
 */

import type { Node, SelectStmt, SortBy } from '@pgsql/types';
import { plain } from '../base/sql.ts';
import type { ParsedStatement, Token } from '../workload/grammar.ts';
import { type Block, walk } from './queryBlocks.ts';

export interface ViewCandidate {
  /** A name for it, of the query and the part. */
  readonly name: string;
  readonly part: 'query' | 'cte' | 'subquery';
  /** The SELECT that the view holds. */
  readonly body: string;
  /** The query's text, reading `{view}`: a name is put there. */
  readonly rewrite: string;
  /** Output columns that tell its rows apart: what REFRESH … CONCURRENTLY needs. */
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
  const isSmaller = tree.limitCount !== undefined || blocks.some(({ aggregates }) => aggregates);
  const reads = blocks.some(({ tables }) => tables.length > 0);
  const whole = isParameterized || !isSmaller || !reads ? undefined : wholeOf(slug, statement, tree);
  return [...(whole === undefined ? [] : [whole]), ...inner];
}

function wholeOf(slug: string, { sql }: ParsedStatement, tree: SelectStmt): ViewCandidate | undefined {
  const columns = outputNames(tree);
  if (columns === undefined) return undefined;
  const order = orderOf(tree, columns);
  const list = columns.map(plain).join(', ');
  // The order of rows that no output column decides is kept as a number.
  const position = 'row_position';
  const body =
    order === undefined ? `SELECT q.*, row_number() OVER () AS ${position} FROM (\n${sql}\n) q` : sql;
  const by = order ?? [position];
  return {
    name: slug,
    part: 'query',
    body,
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

/** As PostgreSQL names them; undefined where a star, a doubled or a missing name leaves that open. */
export function outputNames(select: SelectStmt): readonly string[] | undefined {
  let first = select;
  while (first.larg !== undefined) first = first.larg;
  const names = (first.targetList ?? []).map(target =>
    'ResTarget' in target ? (target.ResTarget.name ?? defaultName(target.ResTarget.val)) : undefined,
  );
  const known = names.flatMap(name => name ?? []);
  return known.length === names.length && new Set(known).size === known.length ? known : undefined;
}

function defaultName(node: Node | undefined): string | undefined {
  if (node === undefined) return undefined;
  if ('ColumnRef' in node) {
    const last = node.ColumnRef.fields?.at(-1);
    return last !== undefined && 'String' in last ? last.String.sval : undefined;
  }
  if ('FuncCall' in node) {
    const last = node.FuncCall.funcname?.at(-1);
    return last !== undefined && 'String' in last ? last.String.sval : undefined;
  }
  if ('TypeCast' in node) return defaultName(node.TypeCast.arg);
  if ('CoalesceExpr' in node) return 'coalesce';
  return undefined;
}

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
  const text = unplaced(node);
  const at = targetList.findIndex(target => 'ResTarget' in target && unplaced(target.ResTarget.val) === text);
  return at === -1 ? undefined : columns[at];
}

const unplaced = (node: unknown): string =>
  JSON.stringify(node, (key, value) => (key === 'location' ? undefined : value));

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
