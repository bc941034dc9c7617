/** SQL as it is written to a file: it means what it meant, and nothing in it can hide or steer. Pure. */
import { INVISIBLE, sanitize } from './sanitize.ts';

/** Controls but tabs and ends of lines, and invisible characters. */
const HIDDEN = new RegExp(
  `[\\u0001-\\u0008\\u000b\\u000c\\u000e-\\u001f\\u007f-\\u009f]|${INVISIBLE.source}`,
  'gu',
);
const isVisible = (text: string): boolean => text.search(HIDDEN) < 0;

/** A literal goes on in the next line; all its parts are read in the way of the first. */
const MORE = String.raw`(?:[ \t]*\r?\n\s*'(?:[^']|'')*')*`;
/** What PostgreSQL's lexer sees as one, in its order. Comments within comments are found by `commentEnd`. */
const TOKEN = new RegExp(
  [
    String.raw`(?<line>--[^\n\r]*)`,
    String.raw`(?<block>\/\*)`,
    String.raw`(?<escaped>\b[eE]'(?:[^'\\]|''|\\[\s\S])*')`,
    String.raw`(?<unicode>\b[uU]&(?:'(?:[^']|'')*'${MORE}|"(?:[^"]|"")*")(?:\s+uescape\s+'(?<mark>.)')?)`,
    String.raw`(?<literal>(?<national>\b[nN])?'(?:[^']|'')*'${MORE})`,
    `(?<quoted>"(?:[^"]|"")*")`,
    String.raw`(?<dollars>\$(?<tag>(?:[\p{L}_\u0080-\u{10ffff}][\w\u0080-\u{10ffff}]*)?)\$)`,
    String.raw`(?<word>[A-Za-z_\u0080-\u{10ffff}][\w$\u0080-\u{10ffff}]*)`,
  ].join('|'),
  'gu',
);

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

/** @param before The token before it. */
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
    // The body of a DO is SQL of its own.
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
