/** What a query file may hold: exactly one SELECT that only reads. */
import { refuseEffects } from './effects.ts';
import { entriesOf, type ParsedStatement, parseStatements } from './grammar.ts';
import { refuse } from './refuse.ts';

const WRITES = new Map([
  ['InsertStmt', 'INSERT'],
  ['UpdateStmt', 'UPDATE'],
  ['DeleteStmt', 'DELETE'],
  ['MergeStmt', 'MERGE'],
  ['intoClause', 'SELECT INTO'],
  ['lockingClause', 'a row lock (FOR UPDATE …)'],
  ['ParamRef', 'a parameter ($1)'],
]);

/**
 * The one SELECT of a query file, as it will be sent.
 * @throws PgoptError 'workload-invalid' with file, line and caret.
 */
export async function parseSelect(file: string, text: string): Promise<string> {
  const statements = await parseStatements(file, text);
  const [first, second] = statements;
  if (first === undefined) throw refuse(file, text, 0, 'the file holds no statement', 'write one SELECT');
  const other = statements.find(statement => statement.type !== 'SelectStmt');
  if (other !== undefined) {
    throw refuse(
      file,
      text,
      other.start,
      `a query must be one SELECT, this is ${verb(other)}`,
      'keep only the SELECT',
    );
  }
  if (second !== undefined) {
    throw refuse(file, text, second.start, 'a second statement in a query file', 'one SELECT a file');
  }
  const [written] = [...entriesOf(first.tree)].find(([key]) => WRITES.has(key)) ?? [];
  if (written !== undefined) {
    throw refuse(
      file,
      text,
      first.start,
      `a query may only read, this one has ${WRITES.get(written)}`,
      'remove it',
    );
  }
  refuseEffects(file, text, first, 'query');
  return first.sql;
}

/** The statement's first words, as a person would name it. */
export function verb(statement: ParsedStatement): string {
  const words = statement.tokens.slice(0, 2).map(token => token.text.toUpperCase());
  return words.filter(word => /^[A-Z]+$/.test(word)).join(' ');
}
