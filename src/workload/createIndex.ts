/** Where the parts of a CREATE INDEX stand in its text, by PostgreSQL's own tokens: comments and strings hold none of them. */
import { nodeAs, parseStatements, statementAs, type Token } from './grammar.ts';

/** Offsets into a text: [start, end). */
export type Range = readonly [number, number];

export interface CreateIndexText {
  /** Schema written in front of the table, if any. */
  readonly schema: string | undefined;
  readonly table: string;
  /** `ON ONLY`: without the partitions. */
  readonly only: boolean;
  /** Behind INDEX, where CONCURRENTLY goes. */
  readonly keywordEnd: number;
  readonly ifNotExists: Range | undefined;
  /** The name's tokens; empty, in front of ON, where it has none. */
  readonly name: Range;
  /** What stands behind ON, up to and with the table's name: `ONLY app.orders`, `orders *`. */
  readonly target: Range;
  /** It has an expression: the next ANALYZE collects statistics of it. */
  readonly expression: boolean;
  /** Unique, on columns alone, of all rows: what REFRESH MATERIALIZED VIEW CONCURRENTLY needs. */
  readonly identifiesRows: boolean;
}

/** @param sql One CREATE INDEX; CONCURRENTLY is left out of account. @throws PgoptError for what the grammar refuses. */
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
  // IF and CONCURRENTLY are no reserved words, but the latter cannot name an index.
  let at = keyword + (word(keyword + 1) === 'CONCURRENTLY' ? 2 : 1);
  const conditional = word(at) === 'IF' && word(at + 1) === 'NOT';
  const ifNotExists: Range | undefined = conditional ? [from(at), to(at + 2)] : undefined;
  if (conditional) at += 3;
  // A reserved word: an index of that name is quoted.
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

/** `[ONLY] name`, `ONLY (name)`, `name *`; a name is `[schema.]table`, each perhaps with UESCAPE. */
function lastOfTarget(tokens: readonly Token[], first: number): number {
  const word = (index: number) => tokens[index]?.text.toUpperCase();
  let at = first + (word(first) === 'ONLY' ? 1 : 0);
  const inParentheses = at > first && word(at) === '(';
  if (inParentheses) at++;
  const nameEnd = (index: number) =>
    word(index)?.startsWith('U&"') === true && word(index + 1) === 'UESCAPE' ? index + 2 : index;
  at = nameEnd(at);
  while (word(at + 1) === '.') at = nameEnd(at + 2);
  return inParentheses || word(at + 1) === '*' ? at + 1 : at;
}
