/** The parts of a CREATE INDEX that may influence the planner even if it does not scan the index. */
import { entriesOf, type NodeOf, nodeAs, parseStatements, statementAs, stringOf } from './grammar.ts';

export interface IndexShape {
  readonly unique: boolean;
  /** Columns of all keys, including expressions; in no particular order. */
  readonly columns: readonly string[];
  /** In order; undefined: an expression, which has its own statistics. */
  readonly keys: readonly (string | undefined)[];
  readonly isPartial: boolean;
  readonly method: string;
}

/**
 * The columns in keys, expressions and predicates, in no particular order.
 * @param tree A part of an IndexStmt.
 */
export function indexedColumns(tree: unknown): string[] {
  return [...entriesOf(tree)].flatMap(([key, value]) => {
    if (key === 'IndexElem') return (value as NodeOf<'IndexElem'>).name ?? [];
    return key === 'ColumnRef' ? (stringOf((value as NodeOf<'ColumnRef'>).fields?.at(-1)) ?? []) : [];
  });
}

/** Whether an index starts with these columns, in any order. */
export function beginsWith(keys: readonly (string | undefined)[], columns: readonly string[]): boolean {
  const first = new Set(keys.slice(0, columns.length));
  return columns.every(column => first.has(column));
}

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
