/** The columns of a proposed index, from its own text: no catalog knows them before the build. Pure. */
import { parseStatements, statementAs } from '../workload/grammar.ts';
import { indexedColumns } from '../workload/indexShape.ts';
import type { Statement } from '../workload/workload.ts';

export interface IndexedTable {
  readonly schema: string | undefined;
  readonly table: string;
  /** Key columns, included ones, and those in expressions and the predicate; each once. */
  readonly columns: readonly string[];
}

/** @returns One entry for each table, with the columns of all CREATE INDEX statements on it. */
export async function indexedTables(statements: readonly Statement[]): Promise<IndexedTable[]> {
  const found = new Map<string, IndexedTable>();
  for (const { kind, sql } of statements) {
    if (kind !== 'create-index') continue;
    const tree = statementAs((await parseStatements('', sql))[0], 'IndexStmt');
    const { schemaname: schema, relname: table = '' } = tree?.relation ?? {};
    const key = JSON.stringify([schema, table]);
    const columns = new Set([...(found.get(key)?.columns ?? []), ...indexedColumns(tree)]);
    found.set(key, { schema, table, columns: [...columns] });
  }
  return [...found.values()];
}
