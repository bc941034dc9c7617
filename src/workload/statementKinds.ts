/**
 * The statements that a proposal may hold, one row each: how it is read, and what it locks. A new one is a row here and its
 * steps in migration/steps.ts.
 */
import type { PgoptError } from '../base/errors.ts';
import type { WrittenName } from '../base/sql.ts';
import { endOfName, namesOf, nodeAs, type ParsedStatement, statementAs, type Token } from './grammar.ts';
import { refuse } from './problems.ts';
import { verb } from './selects.ts';
import type { IndexName, Statement } from './workload.ts';

/** What a reader needs beside the parse tree. */
interface Reading {
  /** The name of an index without one. */
  readonly unnamed: string;
  /** @returns the error of this statement */
  readonly refused: (message: string, next: string) => PgoptError;
}

type Read = Partial<Omit<Statement, 'kind' | 'sql' | 'line'>>;

interface StatementFacts {
  /** As a person writes it. */
  readonly verb: string;
  /** undefined: another statement. @throws what `refused` returns */
  readonly read: (parsed: ParsedStatement, reading: Reading) => Read | undefined;
  /** The lock on the table that it names, or on what its query reads; undefined: it is looked up only, and never sent. */
  readonly lock: 'SHARE' | 'ACCESS SHARE' | 'SHARE UPDATE EXCLUSIVE' | undefined;
}

const KINDS = {
  'create-index': { verb: 'CREATE INDEX', lock: 'SHARE', read: readIndex },
  'create-materialized-view': { verb: 'CREATE MATERIALIZED VIEW', lock: 'ACCESS SHARE', read: readView },
  'create-statistics': { verb: 'CREATE STATISTICS', lock: 'SHARE UPDATE EXCLUSIVE', read: readStatistics },
  analyze: { verb: 'ANALYZE', lock: 'SHARE UPDATE EXCLUSIVE', read: readAnalyze },
  'drop-index': { verb: 'DROP INDEX', lock: undefined, read: readDrop },
} satisfies Readonly<Record<string, StatementFacts>>;

export type StatementKind = keyof typeof KINDS;
export const STATEMENT_KINDS: Readonly<Record<StatementKind, StatementFacts>> = KINDS;

const BUILDING = Object.values(STATEMENT_KINDS).flatMap(({ verb, lock }) =>
  lock === undefined ? [] : [verb],
);

/** Whether the session sends it; otherwise it only looks up what the statement names. */
export const isSent = ({ kind }: Statement): boolean => STATEMENT_KINDS[kind].lock !== undefined;

/** Tables, as their statements name them, that CREATE STATISTICS names and no later ANALYZE does: without it they have no effect. */
export function unanalyzed(statements: readonly Statement[]): readonly WrittenName[] {
  const tables = new Map<string, WrittenName>();
  for (const { kind, on = '', onSchema } of statements) {
    if (kind === 'create-statistics') tables.set(on, { schema: onSchema, name: on });
    if (kind === 'analyze') tables.delete(on);
  }
  return [...tables.values()];
}

/** @throws PgoptError 'workload-invalid' for a statement that no proposal may hold */
export function readStatement(
  file: string,
  text: string,
  id: string,
  parsed: ParsedStatement,
  position: number,
): Statement {
  const { sql, start } = parsed;
  const refused = (message: string, next: string) => refuse(file, text, start, message, next);
  const unnamed = position === 0 ? id : `${id}_${position + 1}`;
  for (const [kind, { read }] of Object.entries(STATEMENT_KINDS)) {
    const found = read(parsed, { unnamed, refused });
    if (found === undefined) continue;
    return {
      kind: kind as StatementKind,
      sql,
      line: text.slice(0, start).split('\n').length,
      creates: undefined,
      createsAt: undefined,
      createsSchema: undefined,
      on: undefined,
      ...found,
    };
  }
  throw refused(
    `a proposal may not hold ${verb(parsed)}`,
    `only ${BUILDING.slice(0, -1).join(', ')} and ${BUILDING.at(-1)} are allowed, or DROP INDEX, alone or with CREATE INDEX`,
  );
}

function readIndex(parsed: ParsedStatement, { unnamed, refused }: Reading): Read | undefined {
  const index = statementAs(parsed, 'IndexStmt');
  if (index === undefined) return undefined;
  const { idxname: name, relation: { relname, schemaname } = {} } = index;
  if (index.concurrent === true)
    throw refused('CREATE INDEX CONCURRENTLY cannot run inside a transaction', 'leave out CONCURRENTLY here');
  const createsAt = nameRange(parsed, 'INDEX', name !== undefined);
  return { creates: name ?? unnamed, createsAt, on: relname, onSchema: schemaname, ...conditional(index) };
}

function readView(parsed: ParsedStatement, { refused }: Reading): Read | undefined {
  const view = statementAs(parsed, 'CreateTableAsStmt');
  if (view?.objtype !== 'OBJECT_MATVIEW') return undefined;
  if (view.if_not_exists === true) {
    // The program would take an existing view's size, rows and use for the proposal's.
    throw refused('a view IF NOT EXISTS might not be the one proposed', 'leave out IF NOT EXISTS');
  }
  if (view.into?.skipData === true)
    throw refused('a view WITH NO DATA cannot be read', 'leave out WITH NO DATA');
  const { relname, schemaname } = view.into?.rel ?? {};
  return { creates: relname, createsSchema: schemaname };
}

function readStatistics(parsed: ParsedStatement, { refused }: Reading): Read | undefined {
  const statistics = statementAs(parsed, 'CreateStatsStmt');
  if (statistics === undefined) return undefined;
  const names = namesOf(statistics.defnames);
  const relation = nodeAs(statistics.relations?.[0], 'RangeVar');
  if (names.length === 0) throw refused('statistics without a name', 'give them one');
  return {
    creates: names.at(-1),
    createsSchema: names.length > 1 ? names[0] : undefined,
    createsAt: nameRange(parsed, 'STATISTICS', true),
    on: relation?.relname,
    onSchema: relation?.schemaname,
    ...conditional(statistics),
  };
}

function readAnalyze(parsed: ParsedStatement, { refused }: Reading): Read | undefined {
  const analyze = statementAs(parsed, 'VacuumStmt');
  if (analyze === undefined || analyze.is_vacuumcmd === true) return undefined;
  const { rels = [] } = analyze;
  if (rels.length !== 1) throw refused('ANALYZE must name one table or view', 'name it');
  const { relname, schemaname } = nodeAs(rels[0], 'VacuumRelation')?.relation ?? {};
  return { on: relname, onSchema: schemaname };
}

/** @throws for any other DROP, and for CONCURRENTLY, IF EXISTS and CASCADE */
function readDrop(parsed: ParsedStatement, { refused }: Reading): Read | undefined {
  const drop = statementAs(parsed, 'DropStmt');
  if (drop === undefined) return undefined;
  const { removeType, concurrent, missing_ok, behavior, objects = [] } = drop;
  if (removeType !== 'OBJECT_INDEX')
    throw refused(`a proposal may not hold ${verb(parsed)}`, 'the only DROP that can be tried is DROP INDEX');
  if (concurrent === true)
    throw refused('DROP INDEX CONCURRENTLY cannot run inside a transaction', 'leave out CONCURRENTLY here');
  if (missing_ok === true) throw refused('without the index there is nothing to try', 'leave out IF EXISTS');
  if (behavior === 'DROP_CASCADE')
    throw refused('CASCADE would drop what is not named here', 'leave out CASCADE');
  const drops = objects.map((object): IndexName => {
    const names = namesOf(nodeAs(object, 'List')?.items);
    return { schema: names.length > 1 ? names.at(-2) : undefined, name: names.at(-1) ?? '' };
  });
  return { drops };
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
