/** The tables and columns that a query's text names, on which its plan may depend. */
import { entriesOf, type NodeOf, namesOf, nodeAs, parseStatements, stringOf } from './grammar.ts';

export interface Reads {
  /** Names in any FROM, without schemas: tables, views and CTEs. */
  readonly relations: ReadonlySet<string>;
  /** The CTEs among them; a table may have the same name. */
  readonly ctes: ReadonlySet<string>;
  /** Column names, including those of USING; undefined: a star or NATURAL JOIN names all. */
  readonly columns: ReadonlySet<string> | undefined;
  /** The columns that filter or join rows; all columns if a subquery may rename them. */
  readonly compared: ReadonlySet<string> | undefined;
  /** It may read more relations than the text names: a function is in FROM. */
  readonly opaque: boolean;
  /** It calls a function that runs queries of its own, so anything may change its plan. */
  readonly hidden?: boolean;
}

/** Fields that filter or join rows. */
const CONDITIONS = new Set(['whereClause', 'havingClause', 'quals', 'testexpr']);
/** Nodes that may rename a column before a condition uses it. */
const RENAMING = new Set(['RangeSubselect', 'CommonTableExpr', 'colnames']);

/** @param texts Valid statements: a query's text and its rewrites. */
export async function readsOf(texts: readonly string[]): Promise<Reads> {
  const trees = (await Promise.all(texts.map(text => parseStatements('', text))))
    .flat()
    .map(({ tree }) => tree);
  const entries = trees.flatMap(tree => [...entriesOf(tree)]);
  const names = (key: string, field: string) =>
    entries.flatMap(([name, value]) =>
      name === key ? ((value as Record<string, string>)[field] ?? []) : [],
    );
  const has = (keys: ReadonlySet<string>) => entries.some(([key]) => keys.has(key));
  const using = entries.flatMap(([key, value]) => (key === 'usingClause' ? namesOf(value) : []));
  const columns = columnsIn(entries);
  const conditions = entries.flatMap(([key, value]) => (CONDITIONS.has(key) ? [...entriesOf([value])] : []));
  const united = entries.some(([key, value]) => key === 'op' && /^SETOP_(?!NONE)/.test(String(value)));
  const renames = united || has(RENAMING);
  const known = columns !== undefined && !has(new Set(['isNatural']));
  return {
    relations: new Set(names('RangeVar', 'relname')),
    ctes: new Set(names('CommonTableExpr', 'ctename')),
    columns: known ? new Set([...columns, ...using]) : undefined,
    compared: known ? new Set([...(renames ? columns : (columnsIn(conditions) ?? [])), ...using]) : undefined,
    opaque: has(new Set(['RangeFunction'])),
  };
}

/** undefined: a star names all columns. */
function columnsIn(entries: readonly (readonly [string, unknown])[]): string[] | undefined {
  const references = entries.flatMap(([key, value]) =>
    key === 'ColumnRef' ? [(value as NodeOf<'ColumnRef'>).fields ?? []] : [],
  );
  if (references.some(fields => nodeAs(fields.at(-1), 'A_Star') !== undefined)) return undefined;
  return references.flatMap(fields => stringOf(fields.at(-1)) ?? []);
}
