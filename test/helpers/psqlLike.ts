/** Runs a file as `psql -f` does with ON_ERROR_STOP: one statement after the other, each by itself; \ lines are psql's own. */
import type { Link, Row } from '../../src/database/link.ts';
import { parseStatements } from '../../src/workload/grammar.ts';

/** @returns The rows of each statement. @throws DatabaseError of the first that fails. */
export async function runFile(link: Link, text: string): Promise<readonly (readonly Row[])[]> {
  const sql = text.replace(/^\\.*$/gm, '');
  const results: (readonly Row[])[] = [];
  for (const statement of await parseStatements('file.sql', sql))
    results.push(await link.query(statement.sql));
  return results;
}
