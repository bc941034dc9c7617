/** What of a CREATE INDEX may matter to the planner even where the index is not scanned. */
import { entriesOf, type NodeOf, nodeAs, parseStatements, statementAs, stringOf } from './grammar.ts';

export interface IndexShape {
  readonly unique: boolean;
  /** Of all its keys, expressions too; in no order. */
  readonly columns: readonly string[];
  /** In their order; undefined for an expression, of which an index has statistics of its own. */
  readonly keys: readonly (string | undefined)[];
  readonly isPartial: boolean;
  /** `btree` … */
  readonly method: string;
}

/** Columns that keys, expressions and predicates name; in no order. @param tree A part of an IndexStmt. */
export function indexedColumns(tree: unknown): string[] {
  return [...entriesOf(tree)].flatMap(([key, value]) => {
    if (key === 'IndexElem') return (value as NodeOf<'IndexElem'>).name ?? [];
    return key === 'ColumnRef' ? (stringOf((value as NodeOf<'ColumnRef'>).fields?.at(-1)) ?? []) : [];
  });
}

/** Whether the first keys of an index are these columns, in any order. */
export function beginsWith(keys: readonly (string | undefined)[], columns: readonly string[]): boolean {
  const first = new Set(keys.slice(0, columns.length));
  return columns.every(column => first.has(column));
}

/** @param sql One CREATE INDEX, as the grammar cut it. */
export async function indexShape(sql: string): Promise<IndexShape> {
  const [statement] = await parseStatements('', sql);
  const { unique, accessMethod, indexParams = [], whereClause } = statementAs(statement, 'IndexStmt') ?? {};
  const keys = indexParams.map(key => nodeAs(key, 'IndexElem')?.name);
  return {
    unique: unique === true,
    columns: indexedColumns(indexParams),
    keys,
    isPartial: whereClause !== undefined,
    method: accessMethod ?? 'btree',
  };
}
