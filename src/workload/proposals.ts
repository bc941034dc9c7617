/** Parses a proposal file: which statements it may hold is in statementKinds.ts, and which together in proposalKinds.ts. */
import { refuseFunctions, type TrustedFunctions } from './functions.ts';
import { parseStatements } from './grammar.ts';
import { parseHeader, refreshInterval } from './header.ts';
import { allOf, Problems, refuse } from './problems.ts';
import { kindOf } from './proposalKinds.ts';
import { readStatement } from './statementKinds.ts';
import type { Proposal, Statement } from './workload.ts';

/** @throws PgoptError 'workload-invalid' with file, line and caret for every other statement */
export async function parseProposal(
  file: string,
  text: string,
  id: string,
  trusted?: TrustedFunctions,
): Promise<Pick<Proposal, 'statements' | 'kind'>> {
  const parsed = await parseStatements(file, text);
  if (parsed.length === 0)
    throw refuse(file, text, 0, 'the file has no statement', 'write a CREATE INDEX or a view');
  const problems = new Problems();
  const statements: Statement[] = [];
  for (const [position, one] of parsed.entries()) {
    await problems.attempt(() => refuseFunctions(file, text, one, 'proposal', trusted));
    const read = await problems.attempt(() => readStatement(file, text, id, one, position));
    if (read !== undefined) statements.push(read);
  }
  problems.throwIfAny();
  const kind = kindOf(statements);
  if (kind !== undefined) return { statements, kind };
  if (statements.some(statement => statement.kind === 'drop-index')) {
    const other = statements.findIndex(one => one.kind !== 'drop-index' && one.kind !== 'create-index');
    const { start = 0 } = parsed[other] ?? {};
    const message = 'a file with DROP INDEX may hold CREATE INDEX beside it, and nothing else';
    throw refuse(file, text, start, message, 'put it into a file of its own');
  }
  throw refuse(
    file,
    text,
    parsed[0]?.start ?? 0,
    'ANALYZE alone proposes nothing',
    'add what it should analyze',
  );
}

/** @throws PgoptError 'workload-invalid' with file, line and caret for every error in the file */
export async function readProposalText(
  file: string,
  ddl: string,
  id: string,
  trusted?: TrustedFunctions,
): Promise<Proposal> {
  const [header, , parsed] = await allOf([
    () => parseHeader(file, ddl),
    () => refreshInterval(file, ddl),
    () => parseProposal(file, ddl, id, trusted),
  ]);
  return { id, title: header.title ?? id, file, ddl, ...parsed };
}
