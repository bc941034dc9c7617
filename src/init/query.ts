/** A statement from pg_stat_statements or a log → a draft of a query file, or the reason why there is none. */
import { DatabaseError } from '../base/databaseError.ts';
import { PgoptError } from '../base/errors.ts';
import { asUser } from '../database/guard.ts';
import type { Link } from '../database/link.ts';
import { FunctionCheck } from '../session/functions.ts';
import { parseStatements } from '../workload/grammar.ts';
import { parseSelect } from '../workload/selects.ts';
import { type Parts, readTables, type TableInfo, type Tables } from './columns.ts';
import { fillParameters, markParameters, parametersOf } from './parameters.ts';
import { type TableName, tablesOf } from './scope.ts';
import type { CountedStatement } from './statements.ts';
import { parameterUses, type Use } from './uses.ts';
import { type Frequency, plausibleValue } from './values.ts';

const PREFIX = 'EXPLAIN ';

/**
 * Finds values that the server accepts, by EXPLAIN, which runs nothing. A constant of unknown type is tried as a
 * number, then as text; the position in the error tells which one is wrong.
 * @throws DatabaseError the last error if no choice works
 */
async function tryValues(
  link: Link,
  text: string,
  candidates: readonly Candidate[],
): Promise<readonly Value[]> {
  const choice = new Map(candidates.map(({ number }) => [number, 0]));
  const open = () =>
    candidates.filter(({ number, candidates: { length } }) => (choice.get(number) ?? 0) < length - 1);
  for (;;) {
    const values = candidates.map(({ candidates: literals, ...value }) => ({
      ...value,
      sql: literals[choice.get(value.number) ?? 0] ?? '',
    }));
    const places: { number: number; start: number; end: number }[] = [];
    const filled = await fillParameters(
      text,
      number => values.find(value => value.number === number)?.sql ?? '',
      (number, start, end) => places.push({ number, start, end }),
    );
    const error = await explain(link, await parseSelect('statement', filled));
    if (error === undefined) return values;
    const left = open();
    const offset = offsetIn(filled, await parseSelect('statement', filled), error);
    const at = places.find(
      ({ start, end }) => offset !== undefined && start <= offset && offset < end,
    )?.number;
    // Without a useful position (a function of several arguments) try the next value of the first open one.
    const next = left.find(({ number }) => number === at) ?? left[0];
    if (next === undefined) throw error;
    choice.set(next.number, (choice.get(next.number) ?? 0) + 1);
  }
}

/** The error's offset in `filled`; `sent` is its part without leading comments. */
function offsetIn(filled: string, sent: string, { fields: { position } }: DatabaseError): number | undefined {
  if (position === undefined) return undefined;
  // The server counts characters, JavaScript counts UTF-16 units.
  const before = [...(PREFIX + sent)].slice(0, position - 1).join('').length;
  return filled.indexOf(sent) + before - PREFIX.length;
}

async function explain(link: Link, sql: string): Promise<DatabaseError | undefined> {
  const [, answer] = await link.batch([
    'SAVEPOINT trial',
    asUser(PREFIX + sql),
    'ROLLBACK TO SAVEPOINT trial',
  ]);
  return answer !== undefined && 'error' in answer ? answer.error : undefined;
}

export interface ValueSet {
  readonly label: string;
  readonly values: readonly Value[];
}

export interface Value {
  readonly number: number;
  /** An SQL literal. */
  readonly sql: string;
  /** The column that it comes from: `orders.status`; undefined: a usual value for its position. */
  readonly from: string | undefined;
  /** No client sends a parameter there. */
  readonly fixed?: true;
}

interface Written {
  /** The set of common values comes first. */
  readonly sets: readonly ValueSet[];
  /** The columns with their operators: `email =`, `n >`. */
  readonly conditions: readonly string[];
  readonly tables: readonly TableInfo[];
}

export type Draft = { readonly statement: CountedStatement } & (
  | (Written & { readonly kind: 'query' })
  | (Written & { readonly kind: 'todo'; readonly reason: string })
  | { readonly kind: 'skipped'; readonly reason: string; readonly catalogOnly?: boolean }
);

/** @throws DatabaseError if the connection or the transaction is lost */
export async function draftQuery(
  link: Link,
  statement: CountedStatement,
  path: readonly string[],
  parts: Parts,
): Promise<Draft> {
  const text = expandLists(statement.text);
  const skipped = (reason: string) => ({ statement, kind: 'skipped' as const, reason });
  if (text === '<insufficient privilege>')
    return skipped("another role's, whose text this role may not read");
  let tree: Readonly<Record<string, unknown>>;
  let marked: string;
  try {
    marked = await markParameters(text);
    await parseSelect('statement', marked);
    tree = (await parseStatements('statement', marked))[0]?.tree ?? {};
  } catch (error) {
    if (error instanceof PgoptError) return skipped(error.message);
    throw error;
  }
  const names = tablesOf(tree);
  const found = await readTables(link, names, parts);
  const tables = names.map(name => found.find(name)).filter(table => table !== undefined);
  const isCatalogOnly = names.length > 0 || /\bpg_catalog\./.test(text);
  if (isCatalogOnly && tables.every(({ isCatalog }) => isCatalog) && tables.length === names.length)
    return { ...skipped("reads only PostgreSQL's own catalog"), catalogOnly: true };
  const { refusal, unseen } = await functionsOf(link, marked, path);
  if (refusal !== undefined) return skipped(refusal.message);
  if (names.length === 0) return skipped('reads no table');

  const uses = parameterUses(tree, found.hasColumn);
  const conditions = conditionsOf(uses);
  const own = tables.filter(({ isCatalog }) => !isCatalog);
  const expanded = { ...statement, text };
  if (statement.logged !== undefined) {
    const draft = await loggedDraft(expanded, statement.logged, conditions, own);
    const refusal = draft.kind === 'query' && unseen.length === 0 ? await refusalOf(link, draft) : undefined;
    return refusal === undefined ? draft : { ...draft, kind: 'todo', reason: refusal };
  }
  const { values, lacking } = await valuesFor(text, uses, found, 'common');
  const rare = (await valuesFor(text, uses, found, 'rare')).values;
  const todo = (reason: string): Draft => ({
    statement: expanded,
    kind: 'todo',
    reason,
    sets: [{ label: 'review', values: values.map(firstOf) }],
    conditions,
    tables: own,
  });
  if (lacking.length > 0) return todo(lacking.join('; '));
  try {
    // Planning would run functions of unknown origin on the values.
    const attempt = (candidates: readonly Candidate[]) =>
      unseen.length > 0 ? candidates.map(firstOf) : tryValues(link, text, candidates);
    const tried = await attempt(values);
    const differs = rare.some(({ candidates: [sql] }, at) => sql !== values[at]?.candidates[0]);
    const other = differs ? await Promise.resolve(attempt(rare)).catch(refusedOnly) : undefined;
    const sets =
      other === undefined
        ? [{ label: 'review', values: tried }]
        : [
            { label: 'common', values: tried },
            { label: 'rare', values: other },
          ];
    return { statement: expanded, kind: 'query', sets, conditions, tables: own };
  } catch (error) {
    if (!(error instanceof DatabaseError)) throw error;
    return todo(`with these values the server says: ${error.message}`);
  }
}

/** A query if the log has a value for each parameter, otherwise a todo. */
async function loggedDraft(
  statement: CountedStatement,
  sets: readonly ValueSet[],
  conditions: readonly string[],
  tables: readonly TableInfo[],
): Promise<Extract<Draft, { kind: 'query' | 'todo' }>> {
  const { text } = statement;
  const known = new Set(sets[0]?.values.map(({ number }) => number));
  const lacking = (await parametersOf(text)).filter(number => !known.has(number));
  const both = { statement, sets, conditions, tables };
  return lacking.length === 0
    ? { ...both, kind: 'query' }
    : {
        ...both,
        kind: 'todo',
        reason: `the log has no value for ${lacking.map(number => `$${number}`).join(', ')}`,
      };
}

/** Without a database: only the grammar has checked it, and its tables are names. */
export async function draftFromLog(statement: CountedStatement): Promise<Draft> {
  try {
    const marked = await markParameters(statement.text);
    await parseSelect('statement', marked);
    const tree = (await parseStatements('statement', marked))[0]?.tree ?? {};
    const names = tablesOf(tree);
    if (names.every(isOfCatalog))
      return { statement, kind: 'skipped', reason: 'reads no table of yours', catalogOnly: true };
    const tables = names.map(({ table }) => ({
      oid: 0,
      name: table,
      isCatalog: false,
      rows: 0,
      columns: new Map(),
    }));
    return await loggedDraft(statement, statement.logged ?? [], [], tables);
  } catch (error) {
    if (error instanceof PgoptError) return { statement, kind: 'skipped', reason: error.message };
    throw error;
  }
}

/** By its name alone: without a database there is nothing else to go by. */
const isOfCatalog = ({ schema, table }: TableName): boolean =>
  schema === undefined ? table.startsWith('pg_') : /^(pg_catalog|information_schema)$/.test(schema);

/** Why the server refuses one of the sets of values; undefined: it accepts all. */
async function refusalOf(link: Link, { statement, sets }: Pick<Written, 'sets'> & Pick<Draft, 'statement'>) {
  for (const { values } of sets.length === 0 ? [{ values: [] }] : sets) {
    try {
      await tryValues(
        link,
        statement.text,
        values.map(value => ({ ...value, candidates: [value.sql] })),
      );
    } catch (error) {
      if (!(error instanceof DatabaseError)) throw error;
      return `with these values the server says: ${error.message}`;
    }
  }
  return undefined;
}

const firstOf = ({ candidates: [sql = ''], ...value }: Candidate): Value => ({ ...value, sql });

/** Checks the functions before the statement is planned. */
async function functionsOf(link: Link, sql: string, path: readonly string[]) {
  const check = await FunctionCheck.ofTexts(
    link,
    [{ kind: 'query', reads: true, sql, file: 'statement', text: sql }],
    path,
  );
  return check.of({ kind: 'query', sql });
}

/** The second set is optional: drop it if the server refuses it. */
function refusedOnly(error: unknown): undefined {
  if (!(error instanceof DatabaseError)) throw error;
  return undefined;
}

/** PostgreSQL 18 writes a list of any length as one parameter and a comment: use three values. */
function expandLists(text: string): string {
  let last = Math.max(0, ...[...text.matchAll(/\$(\d+)/g)].map(([, number]) => Number(number)));
  return text.replace(/(\$\d+) \/\*, \.\.\. \*\//g, (_, first: string) => {
    last += 2;
    return `${first}, $${last - 1}, $${last}`;
  });
}

const SIGNS: Readonly<Record<string, string>> = {
  equal: '=',
  low: '>',
  high: '<',
  pattern: 'LIKE',
  regex: '~',
  array: '= ANY',
  element: 'has',
  contains: '@>',
  network: '<<',
  word: '@@',
};

/** `email =`, `n >`: each once, in the order of the parameters. */
function conditionsOf(uses: ReadonlyMap<number, Use>): string[] {
  const found = [...uses]
    .sort(([a], [b]) => a - b)
    .flatMap(([, use]) => {
      if (use.kind !== 'column' || use.json?.role === 'key') return [];
      const { column, folded, as, json, sign = SIGNS[as] ?? '=' } = use;
      const path = json === undefined ? column.column : `${column.column}->>`;
      return [`${folded === undefined ? path : `${folded}(${path})`} ${sign}`];
    });
  return [...new Set(found)];
}

interface Candidate {
  readonly number: number;
  readonly candidates: readonly string[];
  readonly from: string | undefined;
  readonly fixed?: true;
}

async function valuesFor(
  text: string,
  uses: ReadonlyMap<number, Use>,
  tables: Tables,
  frequency: Frequency,
): Promise<{ values: Candidate[]; lacking: string[] }> {
  const values: Candidate[] = [];
  const lacking: string[] = [];
  for (const number of await parametersOf(text)) {
    const use = uses.get(number);
    if (use === undefined) {
      lacking.push(`$${number} is compared with no column of a table`);
    } else if (use.kind === 'usual') {
      values.push({ number, candidates: use.literals, from: undefined, ...(use.fixed && { fixed: true }) });
    } else {
      const from = `${use.column.table}.${use.column.column}`;
      const statistics = tables.statisticsOf(use.column);
      const value =
        statistics && plausibleValue({ ...use, paired: isPaired(use, uses) }, statistics, frequency);
      if (value === undefined) lacking.push(`pg_stats has no value of ${from} for $${number}`);
      else values.push({ number, candidates: [value], from });
    }
  }
  return { values, lacking };
}

/** Whether the range's other bound is a parameter, too. */
const isPaired = (use: Extract<Use, { kind: 'column' }>, uses: ReadonlyMap<number, Use>): boolean =>
  [...uses.values()].some(
    other =>
      other.kind === 'column' &&
      other.column.table === use.column.table &&
      other.column.column === use.column.column &&
      (other.as === 'low' ? use.as === 'high' : other.as === 'high' && use.as === 'low'),
  );

export function withValues(text: string, values: readonly Value[]): Promise<string> {
  return fillParameters(text, number => values.find(value => value.number === number)?.sql ?? `$${number}`);
}
