/** Which tables and columns a query names, as far as its text shows: what could make a difference to its plan. */
import type { Node } from '@pgsql/types';
import { entriesOf, type NodeOf, nodeAs, parseStatements, stringOf } from './grammar.ts';

export interface Reads {
  /** Names in any FROM, without their schemas: of tables, views, and CTEs. */
  readonly relations: ReadonlySet<string>;
  /** Of them those that a WITH defines somewhere; a table may have the same name. */
  readonly ctes: ReadonlySet<string>;
  /** The last part of each column reference, and the columns of USING; undefined where a star or NATURAL JOIN names all. */
  readonly columns: ReadonlySet<string> | undefined;
  /** Of them those that rows may be chosen or joined by. Behind a sub-select's own names that may be any. */
  readonly compared: ReadonlySet<string> | undefined;
  /** More relations may be read than the text shows: a function stands in FROM. */
  readonly opaque: boolean;
  /** It calls a function that runs queries of its own: anything may matter to it. */
  readonly hidden?: boolean;
}

/** Where rows are chosen and joined. */
const CONDITIONS = new Set(['whereClause', 'havingClause', 'quals', 'testexpr']);
/** What gives a column another name on its way to a condition. */
const RENAMING = new Set(['RangeSubselect', 'CommonTableExpr', 'colnames']);

/** @param texts SELECTs that the grammar has read before: a query's own and its rewrites'. */
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
  const using = entries.flatMap(([key, value]) => (key === 'usingClause' ? lastNames(value) : []));
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

/** undefined where a star stands for all of them. */
function columnsIn(entries: readonly (readonly [string, unknown])[]): string[] | undefined {
  const references = entries.flatMap(([key, value]) =>
    key === 'ColumnRef' ? [(value as NodeOf<'ColumnRef'>).fields ?? []] : [],
  );
  if (references.some(fields => nodeAs(fields.at(-1), 'A_Star') !== undefined)) return undefined;
  return references.flatMap(fields => stringOf(fields.at(-1)) ?? []);
}

const lastNames = (list: unknown): string[] =>
  (list as readonly Node[]).flatMap(name => stringOf(name) ?? []);
