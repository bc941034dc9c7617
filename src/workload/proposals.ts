/**
 * Parses a proposal file. It may hold CREATE INDEX, CREATE MATERIALIZED VIEW, CREATE STATISTICS and ANALYZE; or DROP INDEX,
 * alone or with CREATE INDEX; nothing else.
 */
import type { PgoptError } from '../base/errors.ts';
import { refuseFunctions, type TrustedFunctions } from './functions.ts';
import {
  endOfName,
  namesOf,
  nodeAs,
  type ParsedStatement,
  parseStatements,
  statementAs,
  type Token,
} from './grammar.ts';
import { parseHeader, refreshInterval } from './header.ts';
import { allOf, Problems, refuse } from './problems.ts';
import { kindOf } from './proposalKinds.ts';
import { verb } from './selects.ts';
import type { IndexName, Proposal, Statement } from './workload.ts';

/**
 * The indexes that a DROP INDEX names.
 * @throws the error of `refused` for any other DROP, and for CONCURRENTLY, IF EXISTS and CASCADE
 */
function dropIndex(
  parsed: ParsedStatement,
  refused: (message: string, next: string) => PgoptError,
): IndexName[] {
  const {
    removeType,
    concurrent,
    missing_ok,
    behavior,
    objects = [],
  } = statementAs(parsed, 'DropStmt') ?? {};
  if (removeType !== 'OBJECT_INDEX')
    throw refused(`a proposal may not hold ${verb(parsed)}`, 'the only DROP that can be tried is DROP INDEX');
  if (concurrent === true)
    throw refused('DROP INDEX CONCURRENTLY cannot run inside a transaction', 'leave out CONCURRENTLY here');
  if (missing_ok === true) throw refused('without the index there is nothing to try', 'leave out IF EXISTS');
  if (behavior === 'DROP_CASCADE')
    throw refused('CASCADE would drop what is not named here', 'leave out CASCADE');
  return objects.map(object => {
    const names = namesOf(nodeAs(object, 'List')?.items);
    return { schema: names.length > 1 ? names.at(-2) : undefined, name: names.at(-1) ?? '' };
  });
}

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

function readStatement(
  file: string,
  text: string,
  id: string,
  parsed: ParsedStatement,
  position: number,
): Statement {
  const { sql, start } = parsed;
  const refused = (message: string, next: string) => refuse(file, text, start, message, next);
  const line = text.slice(0, start).split('\n').length;
  const base = {
    sql,
    line,
    creates: undefined,
    createsAt: undefined,
    createsSchema: undefined,
    on: undefined,
  };
  const index = statementAs(parsed, 'IndexStmt');
  if (index !== undefined) {
    const { idxname: name, relation: { relname, schemaname } = {} } = index;
    if (index.concurrent === true) {
      throw refused(
        'CREATE INDEX CONCURRENTLY cannot run inside a transaction',
        'leave out CONCURRENTLY here',
      );
    }
    const createsAt = nameRange(parsed, 'INDEX', name !== undefined);
    const creates = name ?? (position === 0 ? id : `${id}_${position + 1}`);
    const on = { on: relname, onSchema: schemaname };
    return { ...base, kind: 'create-index', creates, createsAt, ...on, ...conditional(index) };
  }
  const view = statementAs(parsed, 'CreateTableAsStmt');
  if (view?.objtype === 'OBJECT_MATVIEW') {
    if (view.if_not_exists === true) {
      // The program would take an existing view's size, rows and use for the proposal's.
      throw refused('a view IF NOT EXISTS might not be the one proposed', 'leave out IF NOT EXISTS');
    }
    if (view.into?.skipData === true)
      throw refused('a view WITH NO DATA cannot be read', 'leave out WITH NO DATA');
    const { relname, schemaname } = view.into?.rel ?? {};
    return { ...base, kind: 'create-materialized-view', creates: relname, createsSchema: schemaname };
  }
  const statistics = statementAs(parsed, 'CreateStatsStmt');
  if (statistics !== undefined) {
    const names = namesOf(statistics.defnames);
    const relation = nodeAs(statistics.relations?.[0], 'RangeVar');
    if (names.length === 0) throw refused('statistics without a name', 'give them one');
    return {
      ...base,
      kind: 'create-statistics',
      creates: names.at(-1),
      createsSchema: names.length > 1 ? names[0] : undefined,
      createsAt: nameRange(parsed, 'STATISTICS', true),
      on: relation?.relname,
      onSchema: relation?.schemaname,
      ...conditional(statistics),
    };
  }
  if (parsed.type === 'DropStmt') return { ...base, kind: 'drop-index', drops: dropIndex(parsed, refused) };
  const analyze = statementAs(parsed, 'VacuumStmt');
  if (analyze !== undefined && analyze.is_vacuumcmd !== true) {
    const { rels = [] } = analyze;
    if (rels.length !== 1) throw refused('ANALYZE must name one table or view', 'name it');
    const { relname, schemaname } = nodeAs(rels[0], 'VacuumRelation')?.relation ?? {};
    return { ...base, kind: 'analyze', on: relname, onSchema: schemaname };
  }
  throw refused(
    `a proposal may not hold ${verb(parsed)}`,
    'only CREATE INDEX, CREATE MATERIALIZED VIEW, CREATE STATISTICS and ANALYZE are allowed, or DROP INDEX, alone or with CREATE INDEX',
  );
}

/**
 * The range of the created name in the statement's text; empty where a name may be inserted. The parse tree has no
 * location for it, but the order of tokens is fixed: `CREATE [UNIQUE] INDEX [IF NOT EXISTS] [name] ON`, `CREATE
 * STATISTICS [IF NOT EXISTS] [schema.]name`. IF is not reserved: without NOT after it, it is a name.
 */
function nameRange(parsed: ParsedStatement, keyword: string, named: boolean): readonly [number, number] {
  const { tokens, start } = parsed;
  const upper = (token: Token | undefined) => token?.text.toUpperCase();
  let at = tokens.findIndex(token => upper(token) === keyword) + 1;
  if (upper(tokens[at]) === 'IF' && upper(tokens[at + 1]) === 'NOT') at += 3;
  while (tokens[endOfName(tokens, at) + 1]?.text === '.') at = endOfName(tokens, at) + 2;
  const from = (tokens[at]?.start ?? start) - start;
  return [from, named ? (tokens[endOfName(tokens, at)]?.end ?? start) - start : from];
}

const conditional = (tree: { readonly if_not_exists?: boolean }) =>
  tree.if_not_exists === true ? { ifNotExists: true as const } : {};

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
