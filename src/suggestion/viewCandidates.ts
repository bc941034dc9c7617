/**
 * Materialized views that hold the result of an aggregating part of a query (all of it, a CTE, or a subquery in FROM), each
 * with a rewrite that reads the view. Text outside that part stays as written. Pure.
 */

import type { A_Expr, Node, SelectStmt, SortBy } from '@pgsql/types';
import { plain } from '../base/sql.ts';
import type { ParsedStatement, Token } from '../workload/grammar.ts';
import { stringOf } from '../workload/grammar.ts';
import { withoutLocations } from '../workload/ties.ts';
import { kindOf, walk } from './expressions.ts';
import { distinctNames, namesOf, UNNAMED } from './outputNames.ts';
import type { Block } from './queryBlocks.ts';

export interface ViewCandidate {
  readonly name: string;
  readonly part: 'query' | 'cte' | 'subquery';
  /** The SELECT that the view holds. */
  readonly body: string;
  /** Column names of the view, if the query's own do not work. */
  readonly heading: readonly string[];
  /** The query's text with VIEW in place of the view's name. */
  readonly rewrite: string;
  /** Output columns that identify a row, as REFRESH … CONCURRENTLY needs. */
  readonly key: readonly string[] | undefined;
  /** The rewrite's ORDER BY keys. */
  readonly order: readonly string[];
  readonly columns: readonly string[];
  /** Its rows depend on the day or time of the last refresh. */
  readonly dated: boolean;
  /** It holds only for the constants in its query. */
  readonly tied: boolean;
  /** Columns that its queries compare with a value. The view serves every value. */
  readonly opened: readonly string[];
}

/** Placeholder for the view's name in a rewrite; PostgreSQL allows no such identifier. */
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
  // Without aggregates a result is an index's job.
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
  // If no output column gives the order, a column numbers the rows.
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
    tied: isTied(tree),
    opened: [],
  };
}

function partOf(slug: string, statement: ParsedStatement, block: Block): ViewCandidate | undefined {
  const { role, name, aggregates, correlated, parameterized, select } = block;
  if ((role !== 'cte' && role !== 'subquery') || name === undefined) return undefined;
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
    tied: isTied(select),
    opened: [],
  };
}

/** A valid SQL name; `01-sales` is `sales`, and `1a` is `q1a`. */
export const slugOf = (text: string): string =>
  text
    .toLowerCase()
    .replace(/\W+/g, '_')
    .replace(/^(?:\d*_)+/, '')
    .replace(/^(?=\d)/, 'q')
    .slice(0, 40)
    .replace(/_+$/, '') || 'query';

/** The text between the parentheses around a block, as [start, end) of the statement's text. */
export function rangeOf(
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

/** @returns undefined if a star, a duplicate or a missing name leaves the names open. */
function outputNames(select: SelectStmt): readonly string[] | undefined {
  const names = namesOf(select);
  return names === undefined || names.includes(UNNAMED) || new Set(names).size < names.length
    ? undefined
    : names;
}

/** The outermost ORDER BY in output columns; undefined if a key is not one. */
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

/** GROUP BY or DISTINCT in output columns; undefined if a key is not one. */
function keyOf(select: SelectStmt, columns: readonly string[]): readonly string[] | undefined {
  const { groupClause = [], distinctClause, op } = select;
  if (op !== undefined && op !== 'SETOP_NONE') return undefined;
  if (distinctClause !== undefined)
    return distinctClause.some(item => 'ColumnRef' in item) ? undefined : columns;
  const keys = groupClause.map(item => columnOf(item, select, columns));
  const known = keys.flatMap(key => key ?? []);
  return known.length > 0 && known.length === keys.length ? known : undefined;
}

/** The output column behind a key of ORDER BY or GROUP BY, by number, name or expression. */
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
  const text = withoutLocations(node);
  const at = targetList.findIndex(
    target => 'ResTarget' in target && withoutLocations(target.ResTarget.val) === text,
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

/** Whether it depends on today's date or the clock. */
export function isDated(select: unknown): boolean {
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

const CONDITIONS = new Set(['whereClause', 'havingClause', 'quals']);

/** Whether some condition compares with a value: equality, a list, a range, or LIKE. */
function isTied(select: SelectStmt): boolean {
  let found = false;
  walk(select, (key, value) => {
    if (CONDITIONS.has(key))
      walk(value, (inner, at) => {
        if (inner !== 'A_Expr') return true;
        const { kind, name = [], lexpr, rexpr } = at as A_Expr;
        const isValue = [lexpr, rexpr].some(side => side !== undefined && !reads(side));
        if (isValue && kindOf(kind, stringOf(name.at(-1)) ?? '', rexpr) !== undefined) found = true;
        return true;
      });
    return !found;
  });
  return found;
}

function reads(node: Node): boolean {
  let found = false;
  walk(node, key => {
    if (key === 'ColumnRef') found = true;
    return !found;
  });
  return found;
}
