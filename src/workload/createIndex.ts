/** Locates the parts of a CREATE INDEX in its text by PostgreSQL's tokens, which skip comments and strings. */
import { endOfName, nodeAs, parseStatements, statementAs, type Token } from './grammar.ts';

/** Offsets: [start, end). */
export type Range = readonly [number, number];

export interface CreateIndexText {
  readonly schema: string | undefined;
  readonly table: string;
  /** `ON ONLY`: excludes the partitions. */
  readonly only: boolean;
  /** After INDEX, where CONCURRENTLY goes. */
  readonly keywordEnd: number;
  readonly ifNotExists: Range | undefined;
  /** The name's tokens; an empty range before ON if it has none. */
  readonly name: Range;
  /** After ON, up to the end of the table: `ONLY app.orders`, `orders *`. */
  readonly target: Range;
  /** A key is an expression, for which the next ANALYZE collects statistics. */
  readonly expression: boolean;
  /** Unique, without expressions or a predicate, as REFRESH MATERIALIZED VIEW CONCURRENTLY needs. */
  readonly identifiesRows: boolean;
}

/**
 * @param sql One CREATE INDEX; its CONCURRENTLY is ignored.
 * @throws PgoptError if the grammar refuses it
 */
export async function readCreateIndex(sql: string): Promise<CreateIndexText> {
  const [statement] = await parseStatements('', sql);
  const tree = statementAs(statement, 'IndexStmt');
  if (statement === undefined || tree === undefined) throw new Error(`no CREATE INDEX: ${sql}`);
  const { tokens, start } = statement;
  const { relation = {}, unique, whereClause, indexParams = [] } = tree;
  const word = (at: number) => tokens[at]?.text.toUpperCase();
  const from = (at: number) => (tokens[at]?.start ?? 0) - start;
  const to = (at: number) => (tokens[at]?.end ?? 0) - start;
  const keyword = tokens.findIndex(({ text }) => text.toUpperCase() === 'INDEX');
  // IF is not reserved. CONCURRENTLY is not either, but cannot name an index.
  let at = keyword + (word(keyword + 1) === 'CONCURRENTLY' ? 2 : 1);
  const conditional = word(at) === 'IF' && word(at + 1) === 'NOT';
  const ifNotExists: Range | undefined = conditional ? [from(at), to(at + 2)] : undefined;
  if (conditional) at += 3;
  // ON is reserved: an index of that name would be quoted.
  const on = tokens.findIndex(({ text }, index) => index >= at && text.toUpperCase() === 'ON');
  const expression = indexParams.some(key => nodeAs(key, 'IndexElem')?.expr !== undefined);
  return {
    schema: relation.schemaname,
    table: relation.relname ?? '',
    only: relation.inh !== true,
    keywordEnd: to(keyword),
    ifNotExists,
    name: at === on ? [from(on), from(on)] : [from(at), to(on - 1)],
    target: [from(on + 1), to(lastOfTarget(tokens, on + 1))],
    expression,
    identifiesRows: unique === true && whereClause === undefined && !expression,
  };
}

/** Matches `[ONLY] name`, `ONLY (name)` and `name *`, where a name is `[schema.]table`, each perhaps with UESCAPE. */
function lastOfTarget(tokens: readonly Token[], first: number): number {
  const word = (index: number) => tokens[index]?.text.toUpperCase();
  let at = first + (word(first) === 'ONLY' ? 1 : 0);
  const inParentheses = at > first && word(at) === '(';
  if (inParentheses) at++;
  at = endOfName(tokens, at);
  while (word(at + 1) === '.') at = endOfName(tokens, at + 2);
  return inParentheses || word(at + 1) === '*' ? at + 1 : at;
}
