/** What a query file may hold: exactly one SELECT, or one statement that changes rows, which is only planned. */
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
  ['lockingClause', 'FOR UPDATE'],
]);

export interface ParsedQuery {
  /** As it will be sent. */
  readonly sql: string;
  /** As Query.writes. */
  readonly writes: string | undefined;
}

/**
 * The one statement of a query file.
 * @param values What its parameters stand for.
 * @throws PgoptError 'workload-invalid' with file, line and caret.
 */
export async function parseQuery(
  file: string,
  text: string,
  values: readonly Value[] = [],
  trusted?: TrustedFunctions,
): Promise<ParsedQuery> {
  return parsed(file, text, values, { trusted, mayWrite: true });
}

/** The SQL of a text that may only read: a rewrite's, or a query's that is run. @throws PgoptError 'workload-invalid' */
export async function parseSelect(
  file: string,
  text: string,
  values: readonly Value[] = [],
  trusted?: TrustedFunctions,
): Promise<string> {
  return (await parsed(file, text, values, { trusted, mayWrite: false })).sql;
}

interface Allowed {
  readonly trusted: TrustedFunctions | undefined;
  readonly mayWrite: boolean;
}

async function parsed(
  file: string,
  text: string,
  values: readonly Value[],
  allowed: Allowed,
): Promise<ParsedQuery> {
  const parameters = await findParameters(text);
  const first = await soleStatement(file, withPlaceholders(text, parameters), text, allowed);
  const writes = writesWith(first);
  if (parameters.length === 0) return { sql: first.sql, writes };
  const sql = withValues(file, text, parameters, values).slice(first.start);
  // What is sent is always a cut of the grammar's, also when a value has changed the text.
  return { sql: (await soleStatement(file, sql, sql, allowed)).sql, writes };
}

/** Whether it is one statement for a query file, whatever its parameters stand for. @throws PgoptError 'workload-invalid' */
export const checkQuery = (file: string, text: string, trusted?: TrustedFunctions): Promise<void> =>
  checked(file, text, { trusted, mayWrite: true });

/** The same of a text that may only read. @throws PgoptError 'workload-invalid' */
export const checkSelect = (file: string, text: string, trusted?: TrustedFunctions): Promise<void> =>
  checked(file, text, { trusted, mayWrite: false });

async function checked(file: string, text: string, allowed: Allowed): Promise<void> {
  await soleStatement(file, withPlaceholders(text, await findParameters(text)), text, allowed);
}

/** The statement itself, a part of it in WITH, or a row lock. */
export function writesWith({ type, tree }: Pick<ParsedStatement, 'type' | 'tree'>): string | undefined {
  const found = [type, ...[...entriesOf(tree)].map(([key]) => key)].find(key => WRITES.has(key));
  return found === undefined ? undefined : WRITES.get(found);
}

/** @param shown The file's own text, for errors. */
async function soleStatement(
  file: string,
  text: string,
  shown: string,
  { trusted, mayWrite }: Allowed,
): Promise<ParsedStatement> {
  const statements = await parseStatements(file, text, shown);
  const [first, second] = statements;
  const refused = (offset: number, message: string, next: string) =>
    refuse(file, shown, offset, message, next);
  if (first === undefined) throw refused(0, 'the file holds no statement', 'write one SELECT');
  throwAll(
    statements
      .filter(({ type }) => type !== 'SelectStmt' && !WRITES.has(type))
      .map(other =>
        refused(other.start, `a query must be one SELECT, this is ${verb(other)}`, 'keep only the SELECT'),
      ),
  );
  if (second !== undefined)
    throw refused(second.start, 'a second statement in a query file', 'one statement a file');
  const problems = new Problems();
  if ([...entriesOf(first.tree)].some(([key]) => key === 'intoClause'))
    problems.add(refused(first.start, 'a query may not make a table, this one has SELECT INTO', 'remove it'));
  const writes = writesWith(first);
  if (!mayWrite && writes !== undefined)
    problems.add(refused(first.start, `this may only read, and has ${writes}`, 'write one SELECT'));
  await problems.attempt(() => refuseFunctions(file, shown, first, 'query', trusted));
  problems.throwIfAny();
  return first;
}

/** The statement's first words, as a person would name it. */
export function verb(statement: ParsedStatement): string {
  const words = statement.tokens.slice(0, 2).map(token => token.text.toUpperCase());
  return words.filter(word => /^[A-Z]+$/.test(word)).join(' ');
}
