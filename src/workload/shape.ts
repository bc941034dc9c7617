/** What a query's text says about its result: sort order, limit, and columns whose values ties leave open. */
import type { Node } from '@pgsql/types';
import { type NodeOf, nodeAs, parseStatements, statementAs, stringOf, type Token } from './grammar.ts';
import { type Open, openByTies, withoutLocations } from './ties.ts';

export interface TieColumn extends Omit<Open, 'over'> {
  readonly column: number;
  /** Columns, from 0, that the window orders or partitions by; undefined: one of them is not in the result. */
  readonly over: readonly number[] | undefined;
}

export interface QueryShape {
  readonly sortKeys: number;
  /** Columns, from 0, of the leading sort keys, up to the first that is not in the result. */
  readonly sortedBy: readonly number[];
  /** The text without LIMIT, OFFSET and FETCH; undefined: it has none of them. */
  readonly unlimited: string | undefined;
  /** Columns with a window function whose values depend on the order of ties. */
  readonly ties: readonly TieColumn[];
}

type Target = NodeOf<'ResTarget'>;

/** @param sql One SELECT. */
export async function shapeOf(sql: string): Promise<QueryShape> {
  const [statement] = await parseStatements('', sql);
  const tree = statementAs(statement, 'SelectStmt') ?? {};
  let first = tree;
  while (first.larg !== undefined) first = first.larg;
  const targets = (first.targetList ?? []).map(node => nodeAs(node, 'ResTarget') ?? {});
  // After a star no column's position is known.
  const star = targets.findIndex(({ val }) => JSON.stringify(val ?? {}).includes('"A_Star"'));
  const known = star === -1 ? targets : targets.slice(0, star);
  const keys = tree.sortClause ?? [];
  const columns = keys.map(key => columnOf(nodeAs(key, 'SortBy')?.node, known));
  const missing = columns.indexOf(undefined);
  return {
    sortKeys: keys.length,
    sortedBy: columns.slice(0, missing === -1 ? undefined : missing).filter(column => column !== undefined),
    unlimited:
      tree.limitCount === undefined && tree.limitOffset === undefined
        ? undefined
        : withoutLimit(sql, statement?.tokens ?? []),
    ties:
      tree.larg === undefined
        ? known.flatMap((target, column) => tieColumn(target, column, known, tree))
        : [],
  };
}

function tieColumn(
  { val }: Target,
  column: number,
  targets: readonly Target[],
  { windowClause = [] }: NodeOf<'SelectStmt'>,
): TieColumn[] {
  const windows = windowClause.flatMap(node => nodeAs(node, 'WindowDef') ?? []);
  const call = nodeAs(val, 'FuncCall');
  const open = call && openByTies(call, windows);
  if (open === undefined) return [];
  const over = open.over.map(node => columnOf(node, targets, 'expression'));
  const all = over.filter(position => position !== undefined);
  return [{ ...open, column, over: all.length === over.length ? all : undefined }];
}

/** In ORDER BY of the query, but not of a window, a number or an output name means a column. */
function columnOf(
  node: Node | undefined,
  targets: readonly Target[],
  meaning: 'sort key' | 'expression' = 'sort key',
): number | undefined {
  const text = withoutLocations(node);
  if (meaning === 'sort key') {
    const number = nodeAs(node, 'A_Const')?.ival?.ival;
    if (number !== undefined) return number <= targets.length ? number - 1 : undefined;
    const [field, ...more] = nodeAs(node, 'ColumnRef')?.fields ?? [];
    const name = more.length === 0 ? stringOf(field) : undefined;
    const named = targets.findIndex(target => name !== undefined && nameOf(target) === name);
    if (named !== -1) return named;
  }
  const same = targets.findIndex(({ val }) => withoutLocations(val) === text);
  return same === -1 ? undefined : same;
}

function nameOf({ name, val }: Target): string | undefined {
  if (name !== undefined) return name;
  return stringOf(nodeAs(val, 'ColumnRef')?.fields?.at(-1));
}

/** They are reserved words after the last ORDER BY outside of parentheses. */
function withoutLimit(sql: string, tokens: readonly Token[]): string {
  let depth = 0;
  const outer = tokens.filter(({ text }) => {
    if (text === '(') depth++;
    if (text === ')') depth--;
    return depth === 0;
  });
  const upper = outer.map(({ text }) => text.toUpperCase());
  const from = upper.lastIndexOf('ORDER');
  const at = upper.findIndex(
    (word, index) =>
      index > from &&
      ['LIMIT', 'OFFSET', 'FETCH'].includes(word) &&
      upper[index - 1] !== 'AS' &&
      upper[index - 1] !== '.',
  );
  const token = outer[at];
  return token === undefined ? sql : sql.slice(0, token.start - (tokens[0]?.start ?? 0)).trimEnd();
}
