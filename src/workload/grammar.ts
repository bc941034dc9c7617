/**
 * PostgreSQL's own grammar (libpg-query) cuts a file into statements. What is sent to a server is always one of these
 * cuts, never a file's text: a second statement cannot ride along.
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

/** libpg-query counts in UTF-8 bytes; JavaScript in UTF-16 units. Identity for ASCII, which is the common case. */
export function fromByteOffset(text: string): (byteOffset: number) => number {
  const bytes = Buffer.byteLength(text, 'utf8');
  if (bytes === text.length) return offset => offset;
  // One walk for all tokens: a file may hold tens of thousands of them.
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
  /** The parse tree's outer node: `SelectStmt`, `IndexStmt` … */
  readonly type: string;
  readonly tree: Readonly<Record<string, unknown>>;
  /** The tokens without comments; at least one. */
  readonly tokens: readonly Token[];
  /** From the first token to the last: no leading or trailing comments, no semicolon. */
  readonly sql: string;
  readonly start: number;
  /** From a `location` in `tree` (bytes) to an offset into the file's text. */
  readonly offsetOf: (location: number) => number;
}

type KindOf<N> = N extends unknown ? keyof N : never;
type NodeKind = KindOf<Node>;
export type NodeOf<Kind extends NodeKind> = Extract<Node, Record<Kind, unknown>>[Kind];

/** The node's content; undefined for a node of another kind. */
export function nodeAs<Kind extends NodeKind>(node: Node | undefined, kind: Kind): NodeOf<Kind> | undefined {
  return (node as Partial<Record<Kind, NodeOf<Kind>>> | undefined)?.[kind];
}

/** Likewise of a whole statement. */
export function statementAs<Kind extends NodeKind>(
  statement: Pick<ParsedStatement, 'type' | 'tree'> | undefined,
  kind: Kind,
): NodeOf<Kind> | undefined {
  return statement?.type === kind ? (statement.tree as NodeOf<Kind>) : undefined;
}

export const stringOf = (node: Node | undefined): string | undefined => nodeAs(node, 'String')?.sval;

/** libpg-query's scanner puts a token's text into JSON as it is, and JSON allows no raw control characters. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is the point
const UNSCANNABLE = /[\u0000-\u0008\u000b\u000c\u000e-\u001f]/g;

/** The grammar is 2 MB of WASM: loaded once, on first use, so that `--help` does not pay for it. */
let loading: Promise<void> | undefined;

/** The tokens without comments; undefined where a quote or a comment is not closed. */
export async function scanTokens(text: string): Promise<Token[] | undefined> {
  loading ??= loadModule();
  await loading;
  try {
    return tokensOf(scanSync(text.replace(UNSCANNABLE, ' ')), text);
  } catch {
    // The scanner's own message is no JSON, which libpg-query takes it for: there is nothing to read in it.
    return undefined;
  }
}

/**
 * @param shown The file's own text where `text` has something as long in places of it: errors are shown in that.
 * @throws PgoptError 'workload-invalid' with file, line and caret for what PostgreSQL would refuse to parse.
 */
export async function parseStatements(file: string, text: string, shown = text): Promise<ParsedStatement[]> {
  await loadGrammar();
  return statementsOf(file, text, shown);
}

/** Before soleStatement and statementsOf, for a caller with a hundred thousand texts. */
export async function loadGrammar(): Promise<void> {
  loading ??= loadModule();
  await loading;
}

/** What parseStatements does, once the grammar is loaded. @throws PgoptError 'workload-invalid' */
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
    // Blanks are as long, so that every offset holds; what is sent and compared is cut from the text itself.
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

/** What a semicolon or a comment, which the grammar does not show, begins with. */
const BESIDES = /;|--|\/\*/;

/**
 * The statement that a text is, whole: without a semicolon or a comment, outside of it or inside. Asks the grammar alone, which
 * is half of the work; undefined is no answer, and leaves it to parseStatements.
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

/** The same for statements that differ in constants only; undefined for what PostgreSQL would refuse to parse. */
export async function fingerprintOf(text: string): Promise<string | undefined> {
  await loadGrammar();
  try {
    return text.includes('\0') ? undefined : fingerprintSync(text);
  } catch {
    return undefined;
  }
}

/** Every key of a parse tree with its value, at any depth, in no order. */
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
