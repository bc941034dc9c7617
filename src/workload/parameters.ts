/**
 * Parameters in a query's text: `$1`, and psql's `:name`, `:'name'` and `:"name"`, found among PostgreSQL's tokens,
 * so not in strings, comments or casts (`::`).
 *
 * A value replaces its parameter as a literal of unknown type. The server infers its type as for an untyped parameter
 * of a client, so the plan is the custom plan that the client gets for these values, and the text stays one
 * statement.
 */
import { scanTokens, type Token } from './grammar.ts';
import { refuse, throwAll } from './problems.ts';
import { NAME, type Value } from './values.ts';

export interface Parameter {
  /** `$1` or `:name`, as in the header. */
  readonly name: string;
  /** How psql quotes it. */
  readonly as: 'value' | 'string' | 'identifier';
  readonly start: number;
  readonly end: number;
}

/** In the order of the text; none if it has no tokens, which the grammar reports. */
export async function findParameters(text: string): Promise<Parameter[]> {
  if (!/[:$]/.test(text)) return [];
  const tokens = (await scanTokens(text)) ?? [];
  let depth = 0;
  const found: Parameter[] = [];
  for (const [index, token] of tokens.entries()) {
    if (token.text === '[') depth++;
    if (token.text === ']') depth--;
    // A colon in brackets is an array slice.
    const parameter = depth > 0 && token.text === ':' ? undefined : parameterAt(token, tokens[index + 1]);
    if (parameter !== undefined) found.push(parameter);
  }
  return found;
}

function parameterAt(token: Token, next: Token | undefined): Parameter | undefined {
  const { start, end } = token;
  if (/^\$\d+$/.test(token.text)) return { name: token.text, as: 'value', start, end };
  if (token.text !== ':' || next === undefined || next.start !== end) return undefined;
  const quote = /^(['"])(.*)\1$/.exec(next.text);
  const name = quote?.[2] ?? next.text;
  if (!NAME.test(name)) return undefined;
  const as = quote === null ? 'value' : quote[1] === "'" ? 'string' : 'identifier';
  return { name: `:${name}`, as, start, end: next.end };
}

/** Replaces parameters with valid SQL of the same length, so that offsets stay valid. */
export function withPlaceholders(text: string, parameters: readonly Parameter[]): string {
  return splice(text, parameters, ({ as, start, end }) =>
    // A parameter has at least two characters.
    (as === 'identifier' ? `${text.slice(start + 1, end)} ` : '$1').padEnd(end - start),
  );
}

/**
 * Replaces parameters with their values.
 * @throws PgoptError 'workload-invalid' for each parameter without a value, with a caret at its first use
 */
export function withValues(
  file: string,
  text: string,
  parameters: readonly Parameter[],
  values: readonly Value[],
): string {
  const missing = parameters.filter(({ name }) => !values.some(value => value.name === name));
  throwAll(
    missing
      .filter(({ name }, position) => missing.findIndex(other => other.name === name) === position)
      .map(({ name, start }) =>
        refuse(
          file,
          text,
          start,
          `no value for the parameter ${name}`,
          `give one in the comments at the top: -- values: ${name} = …`,
        ),
      ),
  );
  return splice(text, parameters, ({ name, as }) => {
    const value = values.find(candidate => candidate.name === name);
    if (value === undefined) throw new Error(`no value for ${name}`);
    if (as === 'value') return value.sql;
    const quoted = /^'((?:[^']|'')*)'$/.exec(value.text);
    const plain = quoted === null ? value.text : (quoted[1] ?? '').replaceAll("''", "'");
    if (as === 'string') return `'${plain.replaceAll("'", "''")}'`;
    return `"${plain.replaceAll('"', '""')}"`;
  });
}

function splice(
  text: string,
  parameters: readonly Parameter[],
  put: (parameter: Parameter) => string,
): string {
  let result = '';
  let from = 0;
  for (const parameter of parameters) {
    result += text.slice(from, parameter.start) + put(parameter);
    from = parameter.end;
  }
  return result + text.slice(from);
}

/**
 * Protects a statement from psql's variables: psql would replace `:n` in `x[1:n]`. A blank after the colon prevents
 * that and means the same to the server.
 */
export async function forPsql(sql: string): Promise<string> {
  if (!sql.includes(':')) return sql;
  const tokens = (await scanTokens(sql)) ?? [];
  const colons = tokens.filter(({ text, end }, index) => text === ':' && tokens[index + 1]?.start === end);
  return colons.reduceRight((text, { end }) => `${text.slice(0, end)} ${text.slice(end)}`, sql);
}
