/** What a query file may hold: exactly one SELECT that only reads. */
import { refuseFunctions, type TrustedFunctions } from './functions.ts';
import { entriesOf, type ParsedStatement, parseStatements } from './grammar.ts';
import { findParameters, withPlaceholders, withValues } from './parameters.ts';
import { Problems, refuse, throwAll } from './problems.ts';
import type { Value } from './values.ts';

const WRITES = new Map([
  ['InsertStmt', 'INSERT'],
  ['UpdateStmt', 'UPDATE'],
  ['DeleteStmt', 'DELETE'],
  ['MergeStmt', 'MERGE'],
  ['intoClause', 'SELECT INTO'],
  ['lockingClause', 'a row lock (FOR UPDATE …)'],
]);

/**
 * The one SELECT of a query file, as it will be sent.
 * @param values What its parameters stand for.
 * @throws PgoptError 'workload-invalid' with file, line and caret.
 */
export async function parseSelect(
  file: string,
  text: string,
  values: readonly Value[] = [],
  trusted?: TrustedFunctions,
): Promise<string> {
  const parameters = await findParameters(text);
  const first = await soleSelect(file, withPlaceholders(text, parameters), text, trusted);
  if (parameters.length === 0) return first.sql;
  const sql = withValues(file, text, parameters, values).slice(first.start);
  // What is sent is always a cut of the grammar's, also when a value has changed the text.
  return (await soleSelect(file, sql, sql, trusted)).sql;
}

/** Whether it is one SELECT that only reads, whatever its parameters stand for. @throws PgoptError 'workload-invalid' */
export async function checkSelect(file: string, text: string, trusted?: TrustedFunctions): Promise<void> {
  await soleSelect(file, withPlaceholders(text, await findParameters(text)), text, trusted);
}

/** @param shown The file's own text, for errors. */
async function soleSelect(
  file: string,
  text: string,
  shown: string,
  trusted?: TrustedFunctions,
): Promise<ParsedStatement> {
  const statements = await parseStatements(file, text, shown);
  const [first, second] = statements;
  const refused = (offset: number, message: string, next: string) =>
    refuse(file, shown, offset, message, next);
  if (first === undefined) throw refused(0, 'the file holds no statement', 'write one SELECT');
  throwAll(
    statements
      .filter(({ type }) => type !== 'SelectStmt')
      .map(other =>
        refused(other.start, `a query must be one SELECT, this is ${verb(other)}`, 'keep only the SELECT'),
      ),
  );
  if (second !== undefined)
    throw refused(second.start, 'a second statement in a query file', 'one SELECT a file');
  const problems = new Problems();
  const [written] = [...entriesOf(first.tree)].find(([key]) => WRITES.has(key)) ?? [];
  if (written !== undefined) {
    const message = `a query may only read, this one has ${WRITES.get(written)}`;
    problems.add(refused(first.start, message, 'remove it'));
  }
  await problems.attempt(() => refuseFunctions(file, shown, first, 'query', trusted));
  problems.throwIfAny();
  return first;
}

/** The statement's first words, as a person would name it. */
export function verb(statement: ParsedStatement): string {
  const words = statement.tokens.slice(0, 2).map(token => token.text.toUpperCase());
  return words.filter(word => /^[A-Z]+$/.test(word)).join(' ');
}
