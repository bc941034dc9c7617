/** Name resolution in a SELECT: traces a column through FROM, subqueries and CTEs to its table. */
import type { Node } from '@pgsql/types';
import { entriesOf, type NodeOf, namesOf, nodeAs } from '../workload/grammar.ts';

export interface TableName {
  readonly schema: string | undefined;
  readonly table: string;
}

export interface ColumnName extends TableName {
  readonly column: string;
}

export type HasColumn = (table: TableName, column: string) => boolean;

type Select = NodeOf<'SelectStmt'>;

interface Source {
  readonly alias: string;
  readonly table?: TableName;
  /** The SelectStmt of a subquery or CTE, and the scope of its FROM. */
  readonly select?: Select;
  readonly outer?: Scope;
  /** A function in FROM. */
  readonly call?: Node;
}

export interface Scope {
  readonly sources: readonly Source[];
  readonly ctes: ReadonlyMap<string, Select>;
  readonly outer: Scope | undefined;
}

const DEPTH = 10;

export function scopeOf(select: Select, outer: Scope | undefined): Scope {
  const ctes = new Map(outer?.ctes);
  for (const entry of select.withClause?.ctes ?? []) {
    const cte = nodeAs(entry, 'CommonTableExpr');
    const query = nodeAs(cte?.ctequery, 'SelectStmt');
    if (cte?.ctename !== undefined && query !== undefined) ctes.set(cte.ctename, query);
  }
  const own: Scope = { sources: [], ctes, outer };
  return { ...own, sources: (select.fromClause ?? []).flatMap(item => sourcesOf(item, own)) };
}

function sourcesOf(item: Node | undefined, scope: Scope): Source[] {
  const join = nodeAs(item, 'JoinExpr');
  if (join !== undefined) return [...sourcesOf(join.larg, scope), ...sourcesOf(join.rarg, scope)];
  const sub = nodeAs(item, 'RangeSubselect');
  const select = nodeAs(sub?.subquery, 'SelectStmt');
  if (select !== undefined) return [{ alias: sub?.alias?.aliasname ?? '', select, outer: scope }];
  const called = nodeAs(item, 'RangeFunction');
  const call = nodeAs(called?.functions?.[0], 'List')?.items?.[0];
  if (call !== undefined) return [{ alias: called?.alias?.aliasname ?? '', call }];
  const table = nodeAs(item, 'RangeVar');
  if (table === undefined) return [];
  const { relname: name = '', schemaname: schema } = table;
  const alias = table.alias?.aliasname ?? name;
  const cte = schema === undefined ? scope.ctes.get(name) : undefined;
  return [
    cte === undefined ? { alias, table: { schema, table: name } } : { alias, select: cte, outer: scope },
  ];
}

/** The function in FROM whose only value a ColumnRef names; undefined: it names another source. */
export function resolveCall(
  { fields }: Pick<NodeOf<'ColumnRef'>, 'fields'>,
  scope: Scope | undefined,
): Node | undefined {
  const alias = namesOf(fields)[0];
  return scope?.sources.find(source => source.call !== undefined && source.alias === alias)?.call;
}

/** The table column of a ColumnRef; undefined: not known. */
export function resolveColumn(
  reference: Pick<NodeOf<'ColumnRef'>, 'fields'>,
  scope: Scope | undefined,
  hasColumn: HasColumn,
  depth = 0,
): ColumnName | undefined {
  const names = namesOf(reference.fields);
  const column = names.at(-1);
  const qualifier = names.at(-2);
  if (column === undefined || depth > DEPTH) return undefined;
  for (let at = scope; at !== undefined; at = at.outer) {
    for (const source of at.sources) {
      if (qualifier !== undefined && source.alias !== qualifier) continue;
      const found = columnOf(source, column, hasColumn, depth);
      if (found !== undefined) return found;
    }
  }
  return undefined;
}

function columnOf(
  { table, select, outer }: Source,
  column: string,
  hasColumn: HasColumn,
  depth: number,
): ColumnName | undefined {
  if (table !== undefined) return hasColumn(table, column) ? { ...table, column } : undefined;
  if (select === undefined) return undefined;
  // The first SELECT of a UNION names its columns.
  let first = select;
  while (first.larg !== undefined) first = first.larg;
  const inner = { ...scopeOf(first, outer), outer: undefined };
  for (const entry of first.targetList ?? []) {
    const target = nodeAs(entry, 'ResTarget');
    const fields = nodeAs(target?.val, 'ColumnRef')?.fields;
    if (fields === undefined) continue;
    const isStar = nodeAs(fields.at(-1), 'A_Star') !== undefined;
    if (!isStar && (target?.name ?? namesOf(fields).at(-1)) !== column) continue;
    const own = isStar ? [...fields.slice(0, -1), { String: { sval: column } }] : fields;
    const found = resolveColumn({ fields: own }, inner, hasColumn, depth + 1);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The distinct tables anywhere in a tree, without CTEs. */
export function tablesOf(tree: unknown): TableName[] {
  const found = new Map<string, TableName>();
  const ctes = new Set<string | undefined>();
  for (const [key, value] of entriesOf(tree)) {
    if (key === 'CommonTableExpr') ctes.add((value as NodeOf<'CommonTableExpr'>).ctename);
    if (key !== 'RangeVar') continue;
    const { schemaname: schema, relname = '' } = value as NodeOf<'RangeVar'>;
    const table = { schema, table: relname };
    found.set(tableKey(table), table);
  }
  return [...found.values()]
    .filter(({ schema, table }) => schema !== undefined || !ctes.has(table))
    .reverse();
}

export const tableKey = ({ schema, table }: TableName): string => JSON.stringify([schema ?? null, table]);
