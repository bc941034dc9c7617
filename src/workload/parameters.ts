/**
 * Parameters in a query's text: `$1`, and psql's `:name`, `:'name'` and `:"name"`. They are found among PostgreSQL's own
 * tokens, so that a string, a comment or a cast (`::`) holds none.
 *
 * A value is put in as a literal of unknown type, which the server resolves from where it stands by the same rules as a
 * parameter that a client sends without a type: the plan is the one that the client gets for these values (the custom
 * plan), and the text is still one statement that can be explained, or compared with a rewrite's.
 */
import { scanTokens, type Token } from './grammar.ts';
import { refuse, throwAll } from './problems.ts';
import { NAME, type Value } from './values.ts';

export interface Parameter {
  /** `$1` or `:name`, as it is named in the header. */
  readonly name: string;
  /** How psql would put it in. */
  readonly as: 'value' | 'string' | 'identifier';
  /** Offsets into the text. */
  readonly start: number;
  readonly end: number;
}

/** In the text's order; none in what cannot be cut into tokens, which the grammar will refuse. */
export async function findParameters(text: string): Promise<Parameter[]> {
  if (!/[:$]/.test(text)) return [];
  const tokens = (await scanTokens(text)) ?? [];
  let depth = 0;
  const found: Parameter[] = [];
  for (const [index, token] of tokens.entries()) {
    if (token.text === '[') depth++;
    if (token.text === ']') depth--;
    // Between brackets a colon is a slice.
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

/** The text with something as long that the grammar knows in every parameter's place, so that offsets hold. */
export function withPlaceholders(text: string, parameters: readonly Parameter[]): string {
  return splice(text, parameters, ({ as, start, end }) =>
    // Two characters are the least that a variable takes.
    (as === 'identifier' ? `${text.slice(start + 1, end)} ` : '$1').padEnd(end - start),
  );
}

/**
 * The text with values in the parameters' places.
 * @throws PgoptError 'workload-invalid' for each parameter without a value, with the caret where it stands first.
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
