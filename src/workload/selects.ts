/** Parses a query file: exactly one SELECT, or one statement that changes rows. */
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
  readonly sql: string;
  readonly writes: string | undefined;
}

/**
 * @param values The values of its parameters.
 * @throws PgoptError 'workload-invalid' with file, line and caret
 */
export async function parseQuery(
  file: string,
  text: string,
  values: readonly Value[] = [],
  trusted?: TrustedFunctions,
): Promise<ParsedQuery> {
  return parsed(file, text, values, { trusted, mayWrite: true });
}

/**
 * The SQL of a text that may only read.
 * @throws PgoptError 'workload-invalid'
 */
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
  // Parse again: a value has changed the text, and only the grammar's cut is sent.
  return { sql: (await soleStatement(file, sql, sql, allowed)).sql, writes };
}

/**
 * Checks a query file without the values of its parameters.
 * @throws PgoptError 'workload-invalid'
 */
export const checkQuery = (file: string, text: string, trusted?: TrustedFunctions): Promise<void> =>
  checked(file, text, { trusted, mayWrite: true });

/**
 * As checkQuery(), for a text that may only read.
 * @throws PgoptError 'workload-invalid'
 */
export const checkSelect = (file: string, text: string, trusted?: TrustedFunctions): Promise<void> =>
  checked(file, text, { trusted, mayWrite: false });

async function checked(file: string, text: string, allowed: Allowed): Promise<void> {
  await soleStatement(file, withPlaceholders(text, await findParameters(text)), text, allowed);
}

/** The command that writes or locks rows, at the top level or in a WITH. */
export function writesWith({ type, tree }: Pick<ParsedStatement, 'type' | 'tree'>): string | undefined {
  const found = [type, ...[...entriesOf(tree)].map(([key]) => key)].find(key => WRITES.has(key));
  return found === undefined ? undefined : WRITES.get(found);
}

/** @param shown The file's text, for errors. */
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
  const wanted = `one SELECT${mayWrite ? ', INSERT, UPDATE, DELETE or MERGE' : ''}`;
  if (first === undefined) throw refused(0, 'the file has no statement', `write ${wanted}`);
  throwAll(
    statements
      .filter(({ type }) => type !== 'SelectStmt' && !WRITES.has(type))
      .map(other =>
        refused(other.start, `a query must be ${wanted}, not ${verb(other)}`, 'keep only the query'),
      ),
  );
  if (second !== undefined)
    throw refused(second.start, 'a second statement in a query file', 'write one statement per file');
  const problems = new Problems();
  if ([...entriesOf(first.tree)].some(([key]) => key === 'intoClause'))
    problems.add(refused(first.start, 'a query may not create a table with SELECT INTO', 'remove it'));
  const writes = writesWith(first);
  if (!mayWrite && writes !== undefined)
    problems.add(
      refused(first.start, `${writes} is not allowed: this text may only read`, 'write one SELECT'),
    );
  await problems.attempt(() => refuseFunctions(file, shown, first, 'query', trusted));
  problems.throwIfAny();
  return first;
}

/** The name of the command: `CREATE TABLE`, `TRUNCATE`. */
export function verb({ tokens }: ParsedStatement): string {
  const [first = '', second = ''] = tokens.map(token => token.text.toUpperCase());
  return /^(CREATE|ALTER|DROP)$/.test(first) && /^[A-Z]+$/.test(second) ? `${first} ${second}` : first;
}
