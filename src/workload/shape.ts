/** What a query's text says about its result: sort order, limit, and columns whose values ties leave open. */
import type { Node } from '@pgsql/types';
import { type NodeOf, nodeAs, parseStatements, statementAs, stringOf, type Token } from './grammar.ts';
import { type Open, openByTies, withoutLocations } from './ties.ts';

export interface TieColumn extends Omit<Open, 'over'> {
  readonly column: number;
  /** Columns, from 0, that the window orders or partitions by; undefined: one of them is not in the result. */
  readonly over: readonly number[] | undefined;
}

/**
 * A column of the answer, from 0, or from the end, -1 the last; or the name of its only column of that name. undefined: it
 * may not be in the answer.
 */
type SortKey = number | string | undefined;

export interface QueryShape {
  readonly sortKeys: readonly SortKey[];
  /** The text without LIMIT, OFFSET and FETCH; undefined: it has none of them. */
  readonly unlimited: string | undefined;
  /** Columns with a window function whose values depend on the order of ties. */
  readonly ties: readonly TieColumn[];
}

type Target = NodeOf<'ResTarget'>;

/**
 * @param columns The answer's, by name.
 * @returns Columns, from 0, of the leading sort keys, up to the first that is not in the answer.
 */
export function sortedBy(keys: readonly SortKey[], columns: readonly string[]): readonly number[] {
  const at = keys.map(key => {
    if (typeof key !== 'string') return key !== undefined && key < 0 ? columns.length + key : key;
    const position = columns.indexOf(key);
    return position === columns.lastIndexOf(key) && position !== -1 ? position : undefined;
  });
  const missing = at.indexOf(undefined);
  return at.slice(0, missing === -1 ? undefined : missing).filter(position => position !== undefined);
}

/** @param sql One SELECT. */
export async function shapeOf(sql: string): Promise<QueryShape> {
  const [statement] = await parseStatements('', sql);
  const tree = statementAs(statement, 'SelectStmt') ?? {};
  let first = tree;
  while (first.larg !== undefined) first = first.larg;
  const targets = (first.targetList ?? []).map(node => nodeAs(node, 'ResTarget') ?? {});
  // After a star the text tells no column's position.
  const star = targets.findIndex(hasStar);
  const known = star === -1 ? targets : targets.slice(0, star);
  const behind = targets.slice(targets.findLastIndex(hasStar) + 1);
  const fromEnd = (key: Node | undefined) => {
    const position = columnOf(key, behind);
    return position === undefined ? undefined : position - behind.length;
  };
  const keys = (tree.sortClause ?? []).map(key => nodeAs(key, 'SortBy')?.node);
  return {
    sortKeys: keys.map(
      key => numberOf(key) ?? columnOf(key, known) ?? fromEnd(key) ?? nameBehindStar(key, targets, first),
    ),
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

const hasStar = ({ val }: Target): boolean => JSON.stringify(val ?? {}).includes('"A_Star"');

const numberOf = (key: Node | undefined): number | undefined => {
  const number = nodeAs(key, 'A_Const')?.ival?.ival;
  return number === undefined ? undefined : number - 1;
};

const fieldsOf = (node: Node | undefined): readonly (string | undefined)[] =>
  (nodeAs(node, 'ColumnRef')?.fields ?? []).map(field => ('A_Star' in field ? '*' : stringOf(field)));

/**
 * The name of a sort key that a star brings into the answer. A bare name means the answer's column; that of one table's
 * column only if the table's own star, or the star of a query of one table, is there.
 */
function nameBehindStar(
  key: Node | undefined,
  targets: readonly Target[],
  { fromClause = [] }: NodeOf<'SelectStmt'>,
): string | undefined {
  const [name, ...table] = fieldsOf(key).toReversed();
  const stars = targets.map(({ val }) => fieldsOf(val)).filter(fields => fields.at(-1) === '*');
  const isSole = fromClause.length === 1 && fromClause.every(node => 'RangeVar' in node);
  const isThere =
    table.length === 0
      ? stars.length > 0
      : stars.some(([from, ...more]) =>
          more.length === 0 ? isSole : table.length === 1 && more.length === 1 && from === table[0],
        );
  return isThere ? name : undefined;
}

/** In ORDER BY of the query, but not of a window, an output name means a column. */
function columnOf(
  node: Node | undefined,
  targets: readonly Target[],
  meaning: 'sort key' | 'expression' = 'sort key',
): number | undefined {
  const text = withoutLocations(node);
  if (meaning === 'sort key') {
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
