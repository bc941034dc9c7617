/** Relations between columns: foreign keys, unique keys and sources of views. Requires the grammar to be loaded. */
import { entriesOf, soleStatement } from '../workload/grammar.ts';
import { isLive, type LensColumn, type LensDocument, type LensTable, plainName } from './document.ts';
import { items, type Tree, under } from './parse/sql.ts';

export interface ColumnName {
  /** `schema.name` */
  readonly table: string;
  readonly column: string;
}

export interface ForeignKey {
  readonly columns: readonly string[];
  readonly table: string;
  readonly targets: readonly string[];
}

/** Sources of a materialized view. */
export interface ViewSource {
  /** Tables that it reads, also in subqueries. */
  readonly tables: readonly string[];
  /** Its columns that are unchanged columns of these tables. */
  readonly columns: ReadonlyMap<string, ColumnName>;
  /** Its columns that identify a group; undefined without GROUP BY, or if not all keys are columns of it. */
  readonly groups: readonly string[] | undefined;
}

export interface Ties {
  /** Including its parents'. */
  readonly foreignKeys: readonly ForeignKey[];
  readonly unique: readonly (readonly string[])[];
  readonly view: ViewSource | undefined;
}

/** By `schema.name`. */
export function tiesOf({ tables, searchPath }: LensDocument): ReadonlyMap<string, Ties> {
  const named = namesIn({ tables, searchPath });
  const ties = new Map<string, Ties>();
  // Tables follow their parents.
  for (const table of tables) {
    const inherited = table.parents.flatMap(parent => ties.get(plainName(parent)) ?? []);
    const constraints = parsed(table.constraints);
    const own = constraints.flatMap(({ contype, fk_attrs, pktable, pk_attrs }): ForeignKey[] =>
      contype === 'CONSTR_FOREIGN'
        ? [{ columns: strings(fk_attrs), table: named(pktable as Tree), targets: strings(pk_attrs) }]
        : [],
    );
    const keys = constraints
      .filter(({ contype }) => contype === 'CONSTR_PRIMARY' || contype === 'CONSTR_UNIQUE')
      .map(({ keys }) => strings(keys));
    ties.set(plainName(table), {
      foreignKeys: [...inherited.flatMap(({ foreignKeys }) => foreignKeys), ...own],
      unique: [...keys, ...uniqueIndexes(table), ...inherited.flatMap(({ unique }) => unique)],
      view:
        table.kind === 'materialized view'
          ? viewSource(table.definition ?? '', table.columns.map(nameOf), named)
          : undefined,
    });
  }
  return ties;
}

/** Resolves a name in SQL to `schema.name`. */
function namesIn({
  tables,
  searchPath,
}: Pick<LensDocument, 'tables' | 'searchPath'>): (range: Tree) => string {
  const names = new Set(tables.map(plainName));
  return ({ schemaname, relname }) => {
    const candidates = (schemaname === undefined ? searchPath : [schemaname]).map(
      schema => `${schema}.${relname}`,
    );
    return candidates.find(name => names.has(name)) ?? candidates[0] ?? String(relname);
  };
}

/** For a view outside the document. @param columns Its columns' names, in order. */
export const sourceOf = (
  document: LensDocument,
  definition: string,
  columns: readonly string[],
): ViewSource | undefined => viewSource(definition, columns, namesIn(document));

const strings = (value: unknown): string[] =>
  items(value).flatMap(item => {
    const { sval } = under(item, 'String');
    return typeof sval === 'string' ? [sval] : [];
  });

/** Cached: a scaled table shares its constraints with the sample. */
const known = new WeakMap<LensTable['constraints'], readonly Tree[]>();

function parsed(constraints: LensTable['constraints']): readonly Tree[] {
  const before = known.get(constraints);
  if (before !== undefined) return before;
  const trees = constraints
    .filter(({ kind }) => kind === 'primary key' || kind === 'unique' || kind === 'foreign key')
    .map(({ definition }) => constraintOf(definition));
  known.set(constraints, trees);
  return trees;
}

function constraintOf(definition: string): Tree {
  const { tree } = soleStatement(`ALTER TABLE t ADD ${definition}`) ?? {};
  return under(items(tree?.cmds)[0], 'AlterTableCmd', 'def', 'Constraint');
}

function uniqueIndexes({ indexes, columns }: LensTable): readonly (readonly string[])[] {
  return indexes.flatMap(({ unique, columns: numbers, keyColumns, definition }) => {
    if (unique !== true || numbers === undefined || / WHERE /.test(definition)) return [];
    const names = numbers.slice(0, keyColumns).map(number => nameOf(columns[number - 1]));
    return names.every(name => name !== undefined) ? [names] : [];
  });
}

const nameOf = (column: LensColumn | undefined): string | undefined =>
  isLive(column) ? column.name : undefined;

function viewSource(
  definition: string,
  own: readonly (string | undefined)[],
  named: (range: Tree) => string,
): ViewSource | undefined {
  const { type, tree } = soleStatement(definition.trim()) ?? {};
  if (type !== 'SelectStmt' || tree === undefined) return undefined;
  const tables = [...entriesOf(tree)].flatMap(([key, value]) => (key === 'RangeVar' ? [value as Tree] : []));
  const ranges = items(tree.fromClause).flatMap(rangesIn);
  const aliases = new Map(
    ranges.map(range => [String(under(range, 'alias').aliasname ?? range.relname), named(range)]),
  );
  const targets = items(tree.targetList).map(target => under(target, 'ResTarget').val);
  const columns = new Map<string, ColumnName>();
  for (const [at, target] of targets.entries()) {
    const [qualifier = '', column = ''] = strings(under(target, 'ColumnRef').fields);
    const name = own[at];
    // pg_get_viewdef() prints no qualifier if there is only one table.
    const only = aliases.size === 1 && column === '' ? [...aliases.values()][0] : undefined;
    const table = only ?? aliases.get(qualifier);
    if (name !== undefined && table !== undefined && qualifier !== '')
      columns.set(name, { table, column: column === '' ? qualifier : column });
  }
  const printed = targets.map(plain);
  const groups =
    tree.distinctClause === undefined
      ? items(tree.groupClause).map(group => own[printed.indexOf(plain(group))])
      : targets.map((_, at) => own[at]);
  return {
    tables: [...new Set(tables.map(named))],
    columns,
    groups: groups.length > 0 && groups.every(name => name !== undefined) ? groups : undefined,
  };
}

/** Tables in FROM, also within joins. */
function rangesIn(item: Tree): Tree[] {
  if (item.RangeVar !== undefined) return [item.RangeVar as Tree];
  const { larg, rarg } = under(item, 'JoinExpr');
  return [larg, rarg].flatMap(side => (side === undefined ? [] : rangesIn(side as Tree)));
}

/** A parse tree without source locations. */
const plain = (tree: unknown): string =>
  JSON.stringify(tree, (key, value: unknown) => (key === 'location' ? undefined : value));
