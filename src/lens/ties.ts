/** What ties the columns of tables to each other: foreign keys, unique keys, and what views are made of. Pure, once the grammar is loaded. */
import { entriesOf, soleStatement } from '../workload/grammar.ts';
import { type LensColumn, type LensDocument, type LensTable, plainName } from './document.ts';

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

/** What a materialized view is made of. */
export interface ViewSource {
  /** The tables that it reads, at any depth. */
  readonly tables: readonly string[];
  /** Its columns that are columns of these tables, as they are. */
  readonly columns: ReadonlyMap<string, ColumnName>;
  /** Its own columns that distinguish its groups; undefined where it has no groups, or not all of them are columns of it. */
  readonly groups: readonly string[] | undefined;
}

export interface Ties {
  /** Those of its parents, too. */
  readonly foreignKeys: readonly ForeignKey[];
  /** Columns that no two rows have the same of. */
  readonly unique: readonly (readonly string[])[];
  readonly view: ViewSource | undefined;
}

/** By `schema.name`. */
export function tiesOf({ tables, searchPath }: LensDocument): ReadonlyMap<string, Ties> {
  const named = namesIn({ tables, searchPath });
  const ties = new Map<string, Ties>();
  // A table comes after its parents.
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

type Tree = Readonly<Record<string, unknown>>;

/** The `schema.name` that a name in SQL stands for. */
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

/** Of a view that the document does not have. @param columns Their names, in order. */
export const sourceOf = (
  document: LensDocument,
  definition: string,
  columns: readonly string[],
): ViewSource | undefined => viewSource(definition, columns, namesIn(document));

const items = (value: unknown): readonly Tree[] => (Array.isArray(value) ? value : []);
const strings = (value: unknown): string[] =>
  items(value).flatMap(({ String: text }) => {
    const { sval } = (text ?? {}) as Tree;
    return typeof sval === 'string' ? [sval] : [];
  });

/** A grown table has the constraints of the sample: parsed once. */
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
  const [{ AlterTableCmd: command } = {}] = items(tree?.cmds);
  const { def } = (command ?? {}) as Tree;
  return ((def as Tree | undefined)?.Constraint ?? {}) as Tree;
}

function uniqueIndexes({ indexes, columns }: LensTable): readonly (readonly string[])[] {
  return indexes.flatMap(({ unique, columns: numbers, keyColumns, definition }) => {
    if (unique !== true || numbers === undefined || / WHERE /.test(definition)) return [];
    const names = numbers.slice(0, keyColumns).map(number => nameOf(columns[number - 1]));
    return names.every(name => name !== undefined) ? [names] : [];
  });
}

const nameOf = (column: LensColumn | undefined): string | undefined =>
  column === undefined || column.dropped === true ? undefined : column.name;

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
    ranges.map(range => [
      String((range.alias as Tree | undefined)?.aliasname ?? range.relname),
      named(range),
    ]),
  );
  const targets = items(tree.targetList).map(({ ResTarget: target }) => (target as Tree | undefined)?.val);
  const columns = new Map<string, ColumnName>();
  const nameAt = (at: number) => own[at];
  for (const [at, target] of targets.entries()) {
    const { fields } = ((target as Tree | undefined)?.ColumnRef ?? {}) as Tree;
    const [qualifier = '', column = ''] = fields === undefined ? [] : strings(fields);
    const name = nameAt(at);
    // pg_get_viewdef() leaves the qualifier out where there is one table only.
    const only = aliases.size === 1 && column === '' ? [...aliases.values()][0] : undefined;
    const table = only ?? aliases.get(qualifier);
    if (name !== undefined && table !== undefined && qualifier !== '')
      columns.set(name, { table, column: column === '' ? qualifier : column });
  }
  const printed = targets.map(plain);
  const groups =
    tree.distinctClause === undefined
      ? items(tree.groupClause).map(group => nameAt(printed.indexOf(plain(group))))
      : targets.map((_, at) => nameAt(at));
  return {
    tables: [...new Set(tables.map(named))],
    columns,
    groups: groups.length > 0 && groups.every(name => name !== undefined) ? groups : undefined,
  };
}

/** What stands in FROM by itself, or is joined. */
function rangesIn(item: Tree): Tree[] {
  if (item.RangeVar !== undefined) return [item.RangeVar as Tree];
  const { larg, rarg } = (item.JoinExpr ?? {}) as Tree;
  return [larg, rarg].flatMap(side => (side === undefined ? [] : rangesIn(side as Tree)));
}

/** A parse tree without the places that it was read from. */
const plain = (tree: unknown): string =>
  JSON.stringify(tree, (key, value: unknown) => (key === 'location' ? undefined : value));
