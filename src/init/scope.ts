/** Name resolution in a SELECT: traces a column through FROM, subqueries and CTEs to its table. */
import { namesOf } from '../workload/grammar.ts';
import { asKind, type Fields, listOf } from './use.ts';

export interface TableName {
  readonly schema: string | undefined;
  readonly table: string;
}

export interface ColumnName extends TableName {
  readonly column: string;
}

export type HasColumn = (table: TableName, column: string) => boolean;

interface Source {
  readonly alias: string;
  readonly table?: TableName;
  /** The SelectStmt of a subquery or CTE, and the scope of its FROM. */
  readonly select?: Fields;
  readonly outer?: Scope;
}

export interface Scope {
  readonly sources: readonly Source[];
  readonly ctes: ReadonlyMap<string, Fields>;
  readonly outer: Scope | undefined;
}

const DEPTH = 10;

export function scopeOf(select: Fields, outer: Scope | undefined): Scope {
  const ctes = new Map(outer?.ctes);
  const withClause = select.withClause as Fields | undefined;
  for (const entry of listOf(withClause?.ctes)) {
    const cte = asKind(entry, 'CommonTableExpr');
    const query = asKind(cte?.ctequery, 'SelectStmt');
    if (cte !== undefined && query !== undefined) ctes.set(String(cte.ctename), query);
  }
  const own: Scope = { sources: [], ctes, outer };
  return { ...own, sources: listOf(select.fromClause).flatMap(item => sourcesOf(item, own)) };
}

function sourcesOf(item: unknown, scope: Scope): Source[] {
  const join = asKind(item, 'JoinExpr');
  if (join !== undefined) return [...sourcesOf(join.larg, scope), ...sourcesOf(join.rarg, scope)];
  const alias = (fields: Fields) => (fields.alias as { aliasname?: string } | undefined)?.aliasname;
  const sub = asKind(item, 'RangeSubselect');
  const select = asKind(sub?.subquery, 'SelectStmt');
  if (sub !== undefined && select !== undefined) return [{ alias: alias(sub) ?? '', select, outer: scope }];
  const table = asKind(item, 'RangeVar');
  if (table === undefined) return [];
  const name = String(table.relname);
  const schema = table.schemaname as string | undefined;
  const cte = schema === undefined ? scope.ctes.get(name) : undefined;
  if (cte !== undefined) return [{ alias: alias(table) ?? name, select: cte, outer: scope }];
  return [{ alias: alias(table) ?? name, table: { schema, table: name } }];
}

/** The table column of a ColumnRef; undefined: not known. */
export function resolveColumn(
  reference: Fields,
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
  while (first.larg !== undefined) first = first.larg as Fields;
  const inner = scopeOf(first, outer);
  for (const entry of listOf(first.targetList)) {
    const target = asKind(entry, 'ResTarget');
    const reference = asKind(target?.val, 'ColumnRef');
    if (reference === undefined) continue;
    const star = listOf(reference.fields).some(field => asKind(field, 'A_Star') !== undefined);
    const name = (target?.name as string | undefined) ?? namesOf(reference.fields).at(-1);
    const own = star ? { fields: [...listOf(reference.fields).slice(0, -1), nameNode(column)] } : reference;
    if (!star && name !== column) continue;
    const found = resolveColumn(own, { ...inner, outer: undefined }, hasColumn, depth + 1);
    if (found !== undefined) return found;
  }
  return undefined;
}

const nameNode = (sval: string) => ({ String: { sval } });

/** The distinct tables anywhere in a tree, without CTEs. */
export function tablesOf(tree: unknown): TableName[] {
  const found = new Map<string, TableName>();
  const ctes = new Set<string>();
  const stack: unknown[] = [tree];
  while (stack.length > 0) {
    const node = stack.pop();
    if (typeof node !== 'object' || node === null) continue;
    const name = asKind(node, 'CommonTableExpr')?.ctename;
    if (name !== undefined) ctes.add(String(name));
    const range = asKind(node, 'RangeVar');
    if (range !== undefined) {
      const table = { schema: range.schemaname as string | undefined, table: String(range.relname) };
      found.set(tableKey(table), table);
    }
    stack.push(...Object.values(node));
  }
  return [...found.values()]
    .filter(({ schema, table }) => schema !== undefined || !ctes.has(table))
    .reverse();
}

export const tableKey = ({ schema, table }: TableName): string => JSON.stringify([schema ?? null, table]);
