/**
 * PostgreSQL's grammar (libpg-query) splits a file into statements. The program sends only these statements, never a
 * file's text, so a second statement cannot slip in.
 */

import type { Node } from '@pgsql/types';
import {
  fingerprintSync,
  loadModule,
  type ParseResult,
  parseSync,
  type ScanResult,
  SqlError,
  scanSync,
} from 'libpg-query';
import { PgoptError } from '../base/errors.ts';
import { locationAt } from '../base/location.ts';

/** libpg-query counts UTF-8 bytes, JavaScript UTF-16 units; they agree for ASCII. */
export function fromByteOffset(text: string): (byteOffset: number) => number {
  const bytes = Buffer.byteLength(text, 'utf8');
  if (bytes === text.length) return offset => offset;
  // One pass for all tokens, because a file may hold tens of thousands.
  const table = new Uint32Array(bytes + 1);
  let from = 0;
  let at = 0;
  for (const character of text) {
    const to = from + Buffer.byteLength(character, 'utf8');
    table.fill(at, from, to);
    from = to;
    at += character.length;
  }
  table[bytes] = text.length;
  return offset => table[offset] ?? text.length;
}

export interface Token {
  readonly text: string;
  /** Offsets into the file's text. */
  readonly start: number;
  readonly end: number;
}

export interface ParsedStatement {
  /** The parse tree's root: `SelectStmt`, `IndexStmt` … */
  readonly type: string;
  readonly tree: Readonly<Record<string, unknown>>;
  /** Without comments; at least one. */
  readonly tokens: readonly Token[];
  /** From the first token to the last, without comments around it or a semicolon. */
  readonly sql: string;
  readonly start: number;
  /** Converts a `location` in `tree` (bytes) to an offset into the file's text. */
  readonly offsetOf: (location: number) => number;
}

type KindOf<N> = N extends unknown ? keyof N : never;
type NodeKind = KindOf<Node>;
export type NodeOf<Kind extends NodeKind> = Extract<Node, Record<Kind, unknown>>[Kind];

/** undefined: a node of another kind. */
export function nodeAs<Kind extends NodeKind>(node: Node | undefined, kind: Kind): NodeOf<Kind> | undefined {
  return (node as Partial<Record<Kind, NodeOf<Kind>>> | undefined)?.[kind];
}

/** As nodeAs(), for a statement. */
export function statementAs<Kind extends NodeKind>(
  statement: Pick<ParsedStatement, 'type' | 'tree'> | undefined,
  kind: Kind,
): NodeOf<Kind> | undefined {
  return statement?.type === kind ? (statement.tree as NodeOf<Kind>) : undefined;
}

export const stringOf = (node: Node | undefined): string | undefined => nodeAs(node, 'String')?.sval;

/** The strings in a list of nodes; skips a column reference's `*`. */
export const namesOf = (list: unknown): string[] =>
  Array.isArray(list) ? list.flatMap(part => stringOf(part as Node) ?? []) : [];

/** Index of the last token of the name at `at`, which may have `UESCAPE 'c'` after it. */
export const endOfName = (tokens: readonly Token[], at: number): number =>
  /^U&"/i.test(tokens[at]?.text ?? '') && tokens[at + 1]?.text.toUpperCase() === 'UESCAPE' ? at + 2 : at;

/** libpg-query's scanner copies a token's text into JSON, which allows no raw control characters. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is the point
const UNSCANNABLE = /[\u0000-\u0008\u000b\u000c\u000e-\u001f]/g;

/** The grammar is 2 MB of WASM. It loads once, on first use, so that `--help` stays fast. */
let loading: Promise<void> | undefined;

/** Without comments; undefined: a quote or a comment is not closed. */
export async function scanTokens(text: string): Promise<Token[] | undefined> {
  loading ??= loadModule();
  await loading;
  try {
    return tokensOf(scanSync(text.replace(UNSCANNABLE, ' ')), text);
  } catch {
    // libpg-query fails to parse the scanner's message as JSON, so the error says nothing useful.
    return undefined;
  }
}

/**
 * @param shown The file's text, for errors, if `text` has placeholders of the same length in it.
 * @throws PgoptError 'workload-invalid' with file, line and caret if PostgreSQL refuses to parse it
 */
export async function parseStatements(file: string, text: string, shown = text): Promise<ParsedStatement[]> {
  await loadGrammar();
  return statementsOf(file, text, shown);
}

/** Required before soleStatement() and statementsOf(), which are synchronous for callers with 100,000 texts. */
export async function loadGrammar(): Promise<void> {
  loading ??= loadModule();
  await loading;
}

/**
 * As parseStatements(), after loadGrammar().
 * @throws PgoptError 'workload-invalid'
 */
export function statementsOf(file: string, text: string, shown = text): ParsedStatement[] {
  if (text.trim() === '') return [];
  const nul = text.indexOf('\0');
  if (nul !== -1) {
    throw new PgoptError('workload-invalid', 'the file holds a NUL byte', {
      location: locationAt(file, text, nul),
    });
  }
  let parsed: ParseResult;
  let scanned: ScanResult;
  try {
    parsed = parseSync(text);
    // Blanks keep all offsets valid; `sql` is cut from the original text.
    scanned = scanSync(text.replace(UNSCANNABLE, ' '));
  } catch (error) {
    throw refusedBy(error, file, shown);
  }
  const toOffset = fromByteOffset(text);
  const tokens = tokensOf(scanned, text);
  return (parsed.stmts ?? []).flatMap(({ stmt, stmt_location = 0, stmt_len = 0 }) => {
    const [entry] = Object.entries((stmt ?? {}) as Record<string, Record<string, unknown>>);
    const from = toOffset(stmt_location);
    const to = stmt_len === 0 ? text.length : toOffset(stmt_location + stmt_len);
    const own = tokens.filter(token => token.start >= from && token.end <= to && token.text !== ';');
    const first = own[0];
    const last = own.at(-1);
    if (entry === undefined || first === undefined || last === undefined) return [];
    return [
      {
        type: entry[0],
        tree: entry[1],
        tokens: own,
        sql: text.slice(first.start, last.end),
        start: first.start,
        offsetOf: toOffset,
      },
    ];
  });
}

function tokensOf(scanned: ScanResult, text: string): Token[] {
  const toOffset = fromByteOffset(text);
  return scanned.tokens
    .filter(token => !token.tokenName.endsWith('COMMENT'))
    .map(token => ({ start: toOffset(token.start), end: toOffset(token.end) }))
    .map(({ start, end }) => ({ text: text.slice(start, end), start, end }));
}

function refusedBy(error: unknown, file: string, text: string): PgoptError {
  const offset = error instanceof SqlError ? (error.sqlDetails?.cursorPosition ?? 0) : 0;
  return new PgoptError('workload-invalid', (error as Error).message, {
    location: locationAt(file, text, offset),
  });
}

/** Semicolons and comments, which the parse tree does not show. */
const BESIDES = /;|--|\/\*/;

/**
 * The statement if the text is exactly one, without semicolons and comments. Skips the scanner, which is half of the
 * work; undefined leaves the decision to parseStatements().
 */
export function soleStatement(text: string): Pick<ParsedStatement, 'type' | 'tree'> | undefined {
  if (text.trim() !== text || text.includes('\0') || BESIDES.test(text)) return undefined;
  try {
    const [only, another] = parseSync(text).stmts ?? [];
    const [entry] = Object.entries((only?.stmt ?? {}) as Record<string, Record<string, unknown>>);
    return entry === undefined || another !== undefined ? undefined : { type: entry[0], tree: entry[1] };
  } catch {
    return undefined;
  }
}

/** Equal for statements that differ only in constants; undefined: PostgreSQL refuses to parse it. */
export async function fingerprintOf(text: string): Promise<string | undefined> {
  await loadGrammar();
  try {
    return text.includes('\0') ? undefined : fingerprintSync(text);
  } catch {
    return undefined;
  }
}

/** All keys and values of a parse tree at any depth, in no particular order. */
export function* entriesOf(tree: unknown): Generator<readonly [string, unknown]> {
  const stack: unknown[] = [tree];
  while (stack.length > 0) {
    const node = stack.pop();
    if (typeof node !== 'object' || node === null) continue;
    for (const entry of Object.entries(node)) {
      yield entry;
      stack.push(entry[1]);
    }
  }
}
