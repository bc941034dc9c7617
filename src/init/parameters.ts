/**
 * The parameters (`$1`) of a statement from pg_stat_statements. They replace constants even where SQL allows no
 * parameter (`interval $1`, `extract($1 FROM …)`), so the statement is parsed with a marked string in each place.
 */
import type { Node } from '@pgsql/types';
import { nodeAs, scanTokens, type Token } from '../workload/grammar.ts';

const MARK = 'pgopt-explore parameter ';

const numberOf = (token: Token): number | undefined => {
  const digits = /^\$(\d+)$/.exec(token.text)?.[1];
  return digits === undefined ? undefined : Number(digits);
};

/** Replaces each parameter with a marked string literal, which parses wherever the original constant did. */
export function markParameters(text: string): Promise<string> {
  return fillParameters(text, number => `'${MARK}${number}'`);
}

/** The number of the parameter that a parse tree node marks; undefined for other nodes. */
export function markedParameter(node: Node | undefined): number | undefined {
  const text = nodeAs(node, 'A_Const')?.sval?.sval;
  return text?.startsWith(MARK) === true ? Number(text.slice(MARK.length)) : undefined;
}

/** Distinct parameter numbers, ascending. */
export async function parametersOf(text: string): Promise<number[]> {
  const numbers = ((await scanTokens(text)) ?? []).map(numberOf).filter(number => number !== undefined);
  return [...new Set(numbers)].sort((a, b) => a - b);
}

/**
 * Replaces each `$n` with `valueAt(n)`, an SQL literal.
 * @param placed Receives the range of each literal in the result: [start, end).
 */
export async function fillParameters(
  text: string,
  valueAt: (number: number) => string,
  placed: (number: number, start: number, end: number) => void = () => undefined,
): Promise<string> {
  let filled = '';
  let from = 0;
  for (const token of (await scanTokens(text)) ?? []) {
    const number = numberOf(token);
    if (number === undefined) continue;
    filled += text.slice(from, token.start);
    const value = valueAt(number);
    placed(number, filled.length, filled.length + value.length);
    filled += value;
    from = token.end;
    // `$1AND` was valid until PostgreSQL 15.
    if (/^\w/.test(text.slice(from))) filled += ' ';
  }
  return filled + text.slice(from);
}
