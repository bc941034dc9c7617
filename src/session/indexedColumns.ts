/** Which columns a proposed index stands on, from its own text: before it is built no catalog knows them. Pure. */
import { entriesOf, parseStatements } from '../workload/grammar.ts';
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
    const tree = (await parseStatements('', sql))[0]?.tree ?? {};
    const { schemaname: schema, relname: table = '' } = tree.relation as {
      schemaname?: string;
      relname?: string;
    };
    const key = JSON.stringify([schema, table]);
    const columns = new Set([...(found.get(key)?.columns ?? []), ...columnsIn(tree)]);
    found.set(key, { schema, table, columns: [...columns] });
  }
  return [...found.values()];
}

function columnsIn(tree: unknown): string[] {
  return [...entriesOf(tree)].flatMap(([key, value]) => {
    if (key === 'IndexElem') {
      const { name } = value as { name?: string };
      return name === undefined ? [] : [name];
    }
    if (key !== 'ColumnRef') return [];
    const { fields = [] } = value as { fields?: readonly { String?: { sval?: string } }[] };
    const name = fields.at(-1)?.String?.sval;
    return name === undefined ? [] : [name];
  });
}
