/** SQL for files: the same meaning, without hidden characters. */
import { INVISIBLE, sanitize } from './format.ts';

/** Control characters except tabs and line ends, and invisible characters. */
const HIDDEN = new RegExp(
  `[\\u0001-\\u0008\\u000b\\u000c\\u000e-\\u001f\\u007f-\\u009f]|${INVISIBLE.source}`,
  'gu',
);
const isVisible = (text: string): boolean => text.search(HIDDEN) < 0;

/** SQL continues a literal on the next line. */
const MORE = String.raw`(?:[ \t]*\r?\n\s*'(?:[^']|'')*')*`;
const ESCAPED = String.raw`\b[eE]'(?:[^'\\]|''|\\[\s\S])*'`;
const LITERAL = `'(?:[^']|'')*'`;
/** PostgreSQL's tokens, in the lexer's order. commentEnd() finds nested comments. */
const TOKEN = new RegExp(
  [
    String.raw`(?<line>--[^\n\r]*)`,
    String.raw`(?<block>\/\*)`,
    `(?<escaped>${ESCAPED})`,
    String.raw`(?<unicode>\b[uU]&(?:'(?:[^']|'')*'${MORE}|"(?:[^"]|"")*")(?:\s+uescape\s+'(?<mark>.)')?)`,
    String.raw`(?<literal>(?<national>\b[nN])?${LITERAL}${MORE})`,
    `(?<quoted>"(?:[^"]|"")*")`,
    String.raw`(?<dollars>\$(?<tag>(?:[\p{L}_\u0080-\u{10ffff}][\w\u0080-\u{10ffff}]*)?)\$)`,
    String.raw`(?<word>[A-Za-z_\u0080-\u{10ffff}][\w$\u0080-\u{10ffff}]*)`,
  ].join('|'),
  'gu',
);

const STRING = new RegExp(`${ESCAPED}|${LITERAL}`, 'g');
const NOT_ON_ONE_LINE = new RegExp(`[\\t\\n\\r]|${HIDDEN.source}`, 'gu');
const SHORT: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** Constants with the same values, on one line of a comment: what a comment cannot hold becomes an escape. */
export const onOneLine = (constants: string): string =>
  constants.replace(STRING, written => {
    if (written.search(NOT_ON_ONE_LINE) === -1) return written;
    const inside = written.startsWith("'") ? written.replaceAll('\\', '\\\\') : written.slice(1);
    return `E${inside.replace(NOT_ON_ONE_LINE, character => SHORT[character] ?? inEscaped(character))}`;
  });

export function visibleSql(sql: string): string {
  if (isVisible(sql)) return sql;
  let written = '';
  let at = 0;
  let before = '';
  for (;;) {
    TOKEN.lastIndex = at;
    const token = TOKEN.exec(sql);
    if (token === null) break;
    const start = token.index;
    const end = endOf(sql, start, token);
    written +=
      sanitize(sql.slice(at, start), 'newlines') + shown(sql.slice(start, end), token.groups ?? {}, before);
    before = token[0].toUpperCase();
    at = end;
  }
  return written + sanitize(sql.slice(at), 'newlines');
}

function endOf(sql: string, start: number, token: RegExpExecArray): number {
  const { block, dollars } = token.groups ?? {};
  const after = start + token[0].length;
  if (block !== undefined) return commentEnd(sql, after);
  if (dollars === undefined) return after;
  const close = sql.indexOf(dollars, after);
  return close < 0 ? after : close + dollars.length;
}

function commentEnd(sql: string, from: number): number {
  const edge = /\/\*|\*\//g;
  edge.lastIndex = from;
  let depth = 1;
  for (let found = edge.exec(sql); found !== null; found = edge.exec(sql)) {
    depth += found[0] === '/*' ? 1 : -1;
    if (depth === 0) return edge.lastIndex;
  }
  return sql.length;
}

/** @param before The previous token. */
function shown(text: string, kind: Readonly<Record<string, string | undefined>>, before: string): string {
  if (isVisible(text)) return text;
  if (kind.escaped !== undefined) return text.replace(HIDDEN, character => inEscaped(character));
  if (kind.unicode !== undefined) return text.replace(HIDDEN, character => inUnicode(character, kind.mark));
  if (kind.literal !== undefined) {
    const cast = kind.national === undefined ? '' : '::pg_catalog.bpchar';
    return `U&${escapes(text.slice(kind.national?.length ?? 0))}${cast}`;
  }
  if (kind.quoted !== undefined) return `U&${escapes(text)}`;
  if (kind.word !== undefined) return `U&"${escapes(text.replace(/[A-Z]+/g, part => part.toLowerCase()))}"`;
  if (kind.dollars !== undefined) {
    const inside = text.slice(kind.dollars.length, -kind.dollars.length);
    // The body of a DO is SQL.
    if (before === 'DO') return `${kind.dollars}${visibleSql(inside)}${kind.dollars}`;
    return `U&'${escapes(inside.replaceAll("'", "''"))}'`;
  }
  // A comment.
  return sanitize(text, 'newlines');
}

const escapes = (text: string): string =>
  text.replaceAll('\\', '\\\\').replace(HIDDEN, character => inUnicode(character));

const hex = (character: string, digits: number): string =>
  (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(digits, '0');

const inUnicode = (character: string, mark = '\\'): string =>
  character.length === 1 ? `${mark}${hex(character, 4)}` : `${mark}+${hex(character, 6)}`;

const inEscaped = (character: string): string =>
  character.length === 1 ? `\\u${hex(character, 4)}` : `\\U${hex(character, 8)}`;
