/**
 * Conditions in a plan, as EXPLAIN prints them → what they compare. EXPLAIN prints SQL with explicit casts, so
 * PostgreSQL's grammar can parse it.
 */
import type { Node } from '@pgsql/types';
import {
  entriesOf,
  loadGrammar,
  type NodeOf,
  nodeAs,
  scanTokens,
  statementAs,
  statementsOf,
  stringOf,
  type Token,
} from './grammar.ts';

/** One side of a comparison that reads the table. */
export interface Side {
  /** As EXPLAIN prints it, without the table's alias: `(num)::integer`. */
  readonly text: string;
  /** The other side; undefined: there is none. */
  readonly other: string | undefined;
  readonly columns: readonly string[];
  /** The other side reads the same table. */
  readonly sameRow: boolean;
}

export interface Term {
  readonly text: string;
  /** `=`, `~~`, `IS DISTINCT FROM`; empty for a function or a boolean column. */
  readonly operator: string;
  readonly sides: readonly Side[];
  /** The other arms of its OR. */
  readonly alternatives: readonly string[];
}

/** EXPLAIN prints references to subplans in a form that is not SQL. */
const SUBPLAN =
  /\((?:alternatives: [^)]*|(?:rescan )?(?:hashed )?(?:InitPlan|SubPlan) \d+(?: \(returns [^)]*\))?)\)(?:\.col\d+)?/g;

/**
 * @param condition A Filter, Index Cond, Hash Cond …
 * @param alias The table's alias in the plan.
 * @returns The parts that read the table; none if the condition cannot be parsed.
 */
export async function termsOf(condition: string, alias: string): Promise<readonly Term[]> {
  await loadGrammar();
  const readable = condition.replace(SUBPLAN, '(NULL)').replace(/\((ANY|ALL) \(/g, '((');
  const tokens = await scanTokens(readable);
  if (tokens === undefined) return [];
  const terms: Term[] = [];
  for (const conjunct of split(await withoutAlias(readable, tokens, alias), 'AND')) {
    const arms = split(conjunct, 'OR');
    for (const arm of arms) {
      const alternatives = arms.filter(other => other !== arm);
      for (const part of split(arm, 'AND')) {
        const term = termOf(part);
        if (term !== undefined && term.sides.length > 0) terms.push({ ...term, alternatives });
      }
    }
  }
  return terms;
}

export async function conjunctsOf(predicate: string): Promise<readonly string[]> {
  await loadGrammar();
  return split(predicate, 'AND');
}

/** Equal for expressions that differ only in parentheses and schemas; undefined: not an expression. */
export function canonical(expression: string): string | undefined {
  const node = nodeOf(expression);
  return node === undefined ? undefined : JSON.stringify(node, withoutLocations);
}

/** Whether `expression` is `inner` inside casts or COLLATE clauses. */
export function wraps(expression: string, inner: string): boolean {
  const wanted = canonical(inner);
  for (let node = argumentOf(nodeOf(expression)); node !== undefined; node = argumentOf(node))
    if (JSON.stringify(node, withoutLocations) === wanted) return true;
  return false;
}

export const collationIn = (expression: string): string | undefined =>
  /COLLATE ((?:"(?:[^"]|"")+"|\w+)(?:\.(?:"(?:[^"]|"")+"|\w+))?)/.exec(expression)?.[1];

/** The unqualified columns in an expression. */
export function columnsIn(expression: string): readonly string[] {
  const node = nodeOf(expression);
  return node === undefined ? [] : [...new Set(referencesIn(node).own)];
}

function nodeOf(expression: string): Node | undefined {
  try {
    const [statement] = statementsOf('', `SELECT ${expression}`);
    return nodeAs(statementAs(statement, 'SelectStmt')?.targetList?.[0], 'ResTarget')?.val;
  } catch {
    return undefined;
  }
}

/** Ignores positions, and schemas, which EXPLAIN prints depending on the search_path. */
function withoutLocations(key: string, value: unknown): unknown {
  if (key === 'location' || key === 'funcformat') return undefined;
  if ((key === 'funcname' || key === 'names' || key === 'name') && Array.isArray(value))
    return value.slice(-1);
  return value;
}

const argumentOf = (node: Node | undefined): Node | undefined =>
  (nodeAs(node, 'TypeCast') ?? nodeAs(node, 'CollateClause'))?.arg;

function referencesIn(node: Node): { readonly own: readonly string[]; readonly foreign: boolean } {
  const own: string[] = [];
  let foreign = false;
  for (const [key, value] of entriesOf({ node })) {
    if (key !== 'ColumnRef') continue;
    const { fields = [] } = value as NodeOf<'ColumnRef'>;
    const name = fields.length === 1 ? stringOf(fields[0]) : undefined;
    if (name !== undefined) own.push(name);
    else foreign = true;
  }
  return { own, foreign };
}

async function withoutAlias(text: string, tokens: readonly Token[], alias: string): Promise<string> {
  let shown = '';
  let from = 0;
  for (const [at, { text: token, start }] of tokens.entries()) {
    const next = tokens[at + 1];
    const after = tokens[at + 2];
    const isAlias = unquoted(token) === alias && next?.text === '.' && tokens[at - 1]?.text !== '.';
    if (!isAlias || after === undefined) continue;
    shown += text.slice(from, start);
    from = after.start;
  }
  return shown + text.slice(from);
}

const unquoted = (token: string): string =>
  token.startsWith('"') ? token.slice(1, -1).replaceAll('""', '"') : token;

/** Splits at a keyword outside of parentheses and CASE, and strips outer parentheses from the parts. */
function split(text: string, keyword: 'AND' | 'OR'): readonly string[] {
  const inner = peeled(text);
  const parts: string[] = [];
  let from = 0;
  for (const { word, depth, start, end } of words(inner))
    if (depth === 0 && word === keyword) {
      parts.push(inner.slice(from, start));
      from = end;
    }
  return [...parts, inner.slice(from)].map(peeled);
}

export function peeled(text: string): string {
  let inner = text.trim();
  while (inner.startsWith('(')) {
    const closing = [...words(inner)].find(({ word, depth }) => word === ')' && depth === 0);
    if (closing === undefined || closing.end !== inner.length) return inner;
    inner = inner.slice(1, -1).trim();
  }
  return inner;
}

/** Skips quoted text; brackets and CASE … END count as parentheses. */
function* words(text: string): Generator<{
  readonly word: string;
  readonly depth: number;
  readonly start: number;
  readonly end: number;
}> {
  let depth = 0;
  for (const match of text.matchAll(/E?'(?:[^']|'')*'|"(?:[^"]|"")*"|[()[\]]|\w+/g)) {
    const word = match[0].toUpperCase();
    const closes = word === ')' || word === ']' || word === 'END';
    if (closes) depth--;
    yield { word, depth, start: match.index, end: match.index + match[0].length };
    if (word === '(' || word === '[' || word === 'CASE') depth++;
  }
}

const SELECT = 'SELECT '.length;

function termOf(text: string): Omit<Term, 'alternatives'> | undefined {
  const node = nodeOf(text);
  if (node === undefined) return undefined;
  const comparison = nodeAs(node, 'A_Expr');
  if (comparison !== undefined) {
    const { name = [], location = 0 } = comparison;
    const at = Buffer.from(`SELECT ${text}`).subarray(0, location).toString().length - SELECT;
    const operator =
      /^(?:OPERATOR\([^)]*\)|IS (?:NOT )?DISTINCT FROM|(?:NOT )?I?LIKE|[^\w\s('"$]+)/.exec(
        text.slice(at),
      )?.[0] ?? '';
    const [left, right] = [text.slice(0, at).trim(), text.slice(at + operator.length).trim()];
    const said =
      /\w/.test(operator) && !operator.startsWith('OPERATOR')
        ? operator
        : (stringOf(name.at(-1)) ?? operator);
    const quantified = /^(ANY|ALL) \(/.exec(right)?.[1];
    const shown = quantified === undefined ? said : `${said} ${quantified}`;
    return { text, operator: shown, sides: sidesOf(left, right.replace(/^(?:ANY|ALL) /, '')) };
  }
  const test = / IS (?:NOT )?(?:NULL|TRUE|FALSE|UNKNOWN)$/.exec(text);
  if (test !== null && ('NullTest' in node || 'BooleanTest' in node))
    return { text, operator: test[0].trim(), sides: sidesOf(text.slice(0, test.index), undefined) };
  if ('BoolExpr' in node) {
    const inner = termOf(peeled(text.replace(/^NOT /, '')));
    return inner && { text, operator: `NOT ${inner.operator}`.trim(), sides: inner.sides };
  }
  return { text, operator: '', sides: sidesOf(text, undefined) };
}

function sidesOf(left: string, right: string | undefined): readonly Side[] {
  const read = (text: string | undefined) => {
    const node = text === undefined ? undefined : nodeOf(text);
    return node === undefined ? undefined : referencesIn(node);
  };
  const pairs = [
    [left, right],
    [right, left],
  ] as const;
  return pairs.flatMap(([own, other]): Side[] => {
    const [columns, others] = [read(own), read(other)];
    if (own === undefined || columns === undefined || columns.own.length === 0 || columns.foreign) return [];
    const sameRow = (others?.own.length ?? 0) > 0;
    return [{ text: peeled(own), other, columns: [...new Set(columns.own)], sameRow }];
  });
}
