/** Which columns a proposed index stands on, from its own text: before it is built no catalog knows them. Pure. */
import { parseStatements, statementAs } from '../workload/grammar.ts';
import { indexedColumns } from '../workload/indexShape.ts';
import type { Statement } from '../workload/workload.ts';

export interface IndexedTable {
  readonly schema: string | undefined;
  readonly table: string;
  /** Keys, included ones, and those of expressions and of the predicate; each once. */
  readonly columns: readonly string[];
}

/** @returns One for each table: what all CREATE INDEX statements among these stand on. */
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
