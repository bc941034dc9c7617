/**
 * A set of example values in a query's header: `-- values big customer: :customer = 17, :since = '2026-01-01'`.
 * Values are PostgreSQL literals, with casts.
 */
import type { Node } from '@pgsql/types';
import { PgoptError } from '../base/errors.ts';
import { nodeAs, parseStatements, scanTokens, statementAs, type Token } from './grammar.ts';
import { allOf, refuse } from './problems.ts';

export interface Value {
  /** `$1` or `:name`. */
  readonly name: string;
  /** The literal for the query's text; quoted unless it is NULL or has a cast. */
  readonly sql: string;
  readonly text: string;
  /** Offset of its name in the file. */
  readonly offset: number;
}

export interface ValueSet {
  readonly label: string | undefined;
  readonly values: readonly Value[];
  /** Offset of the line's `values` in the file. */
  readonly offset: number;
}

/** A psql variable's name. */
export const NAME = /^[\p{L}_][\p{L}\p{N}_]*$/u;

const HOW = "write it like `:customer = 17, :since = '2026-01-01'`";

/**
 * @param text The whole file.
 * @param start Offset in the file after `--`.
 * @param end Offset of the line's end.
 * @returns undefined: the line holds no values.
 * @throws PgoptError 'workload-invalid' with file, line and caret for each wrong value
 */
export async function parseValues(
  file: string,
  text: string,
  start: number,
  end: number,
): Promise<ValueSet | undefined> {
  const match = /^(\s*)values\b([^:$]*):(.*)$/is.exec(text.slice(start, end));
  if (match === null) return undefined;
  const [, blanks = '', label = '', rest = ''] = match;
  // Prose may start with "values", too.
  if (label.trim() !== '' && !/^\s*[:$]/.test(rest)) return undefined;
  const from = end - rest.length;
  // Blanks before the values keep the file's offsets.
  const tokens = await scanTokens(text.slice(0, from).replace(/[^\n]/g, ' ') + rest);
  if (tokens === undefined) throw refuse(file, text, from, 'a quote is not closed in these values', HOW);
  const values = await allOf(splitAtCommas(tokens).map(own => () => readValue(file, text, own, from)));
  for (const [position, { name, offset }] of values.entries()) {
    if (values.findIndex(other => other.name === name) < position)
      throw refuse(
        file,
        text,
        offset,
        `a second value for ${name}`,
        'give each parameter one value per line',
      );
  }
  return { label: label.trim() === '' ? undefined : label.trim(), values, offset: start + blanks.length };
}

function splitAtCommas(tokens: readonly Token[]): Token[][] {
  const parts: Token[][] = [[]];
  let depth = 0;
  for (const token of tokens) {
    if (token.text === '(' || token.text === '[') depth++;
    if (token.text === ')' || token.text === ']') depth--;
    if (token.text === ',' && depth === 0) parts.push([]);
    else parts.at(-1)?.push(token);
  }
  return parts;
}

async function readValue(file: string, text: string, tokens: readonly Token[], from: number): Promise<Value> {
  const [first, second] = tokens;
  if (first === undefined) throw refuse(file, text, from, 'expected a parameter and its value', HOW);
  const positional = /^\$\d+$/.test(first.text);
  const named = first.text === ':' && second?.start === first.end && NAME.test(second.text);
  if (!positional && !named) throw refuse(file, text, first.start, 'expected a parameter: $1 or :name', HOW);
  const [equals, ...value] = tokens.slice(positional ? 1 : 2);
  const name = positional ? first.text : `:${second?.text}`;
  if (equals?.text !== '=')
    throw refuse(file, text, equals?.start ?? first.start, `expected = after ${name}`, HOW);
  const [start, end] = [value[0]?.start, value.at(-1)?.end];
  if (start === undefined || end === undefined)
    throw refuse(file, text, equals.end, `expected a value for ${name}`, HOW);
  const written = text.slice(start, end);
  const kind = await literalKind(written);
  if (kind === undefined) throw refuse(file, text, start, `expected a literal for ${name}`, HOW);
  const sql = kind === 'bare' ? `'${written}'` : /^'[^']*'$/.test(written) ? written : `(${written})`;
  return { name, sql, text: written, offset: first.start };
}

/**
 * Clients send numbers as text, whose type the server infers as for a quoted literal. A bare 17 would be an integer
 * everywhere, and fail next to a text column.
 * @returns 'bare': must be quoted; 'whole': quoted already or with its own type; undefined: not a literal.
 */
async function literalKind(written: string): Promise<'bare' | 'whole' | undefined> {
  try {
    const [statement, ...more] = await parseStatements('', `SELECT ${written}`);
    const { targetList = [], ...rest } = statementAs(statement, 'SelectStmt') ?? {};
    const { name, val } = nodeAs(targetList[0], 'ResTarget') ?? {};
    const sole = more.length === 0 && targetList.length === 1 && name === undefined;
    if (!sole || Object.keys(rest).some(key => key !== 'limitOption' && key !== 'op')) return undefined;
    const kind = kindOf(val);
    return kind === 'bare' && !/^[+-]?[\w.]+$/.test(written) ? 'whole' : kind;
  } catch (error) {
    if (error instanceof PgoptError) return undefined;
    throw error;
  }
}

function kindOf(value: Node | undefined): 'bare' | 'whole' | undefined {
  const constant = nodeAs(value, 'A_Const');
  if (constant !== undefined) {
    const { sval, isnull, bsval } = constant;
    return sval !== undefined || isnull === true || bsval !== undefined ? 'whole' : 'bare';
  }
  const cast = nodeAs(value, 'TypeCast');
  if (cast !== undefined) return kindOf(cast.arg) === undefined ? undefined : 'whole';
  const array = nodeAs(value, 'A_ArrayExpr');
  if (array === undefined) return undefined;
  return (array.elements ?? []).every(one => kindOf(one) !== undefined) ? 'whole' : undefined;
}
