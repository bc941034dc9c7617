/** The text of a file, and lines that keep their numbers while wrappings are removed. */
import { type Location, PgoptError } from '../../base/errors.ts';

export interface Source {
  /** Named in errors: `plan.txt`, `-`. */
  readonly file: string;
  /** Of the file, without line ends. */
  readonly lines: readonly string[];
}

/** A line, without the wrappings removed so far. */
export interface Line {
  readonly text: string;
  /** In the file, from 1. */
  readonly number: number;
}

/** The lines with changed texts. */
export const rewritten = (lines: readonly Line[], change: (text: string) => string): readonly Line[] =>
  lines.map(({ text, number }) => ({ text: change(text), number }));

/** A group of lines: one result of psql, one log entry, one fenced block. */
export interface Block {
  readonly lines: readonly Line[];
  /** ms, logged by auto_explain, which reports no `Execution Time`. */
  readonly duration?: number;
}

/** Web pages and word processors use them in place of blanks. */
const ODD_BLANKS = /[\u00a0\u2007\u202f]/g;

export function sourceOf(text: string, file: string): Source {
  const clean = text.replace(/^\uFEFF/, '').replace(ODD_BLANKS, ' ');
  return { file, lines: clean.split(/\r\n|\n|\r/) };
}

/** A `\n` that a tool escaped. PostgreSQL prints no single backslash before a letter. */
const ESCAPED_LINE = /(?<!\\)(?:\\r)?\\n/;
/** A line of a plan after such a line end. */
const ESCAPED_PLAN = /(?<!\\)\\n(?:\\t)?\s*(?:->|[A-Z][A-Za-z/ -]{1,40}:|[A-Z][A-Za-z ]{2,40} {1,4}\(cost=)/;

/** Arrows that word processors have replaced. */
const OTHER_ARROWS = /^([\s|│║"'>\t]{0,400})(?:[→⇒➔➜]|[–—−‐‑=]>)(?=\s*[A-Z])/;

/** Restores line ends and arrows, and keeps one of several empty lines. */
export function tidied(lines: readonly Line[]): readonly Line[] {
  const tidy: Line[] = [];
  for (const [i, { text, number }] of lines.entries()) {
    if (ESCAPED_PLAN.test(text) && !/^\s*[[{]/.test(text))
      for (const part of withoutQuotes(text).split(ESCAPED_LINE))
        tidy.push({ text: part.replace(/^\\t/, '\t'), number });
    else if (text !== '' || lines[i - 1]?.text !== '')
      tidy.push({ text: text.replace(OTHER_ARROWS, '$1->'), number });
  }
  return tidy;
}

/** Removes the common indentation, also from lines broken at a width. */
export function dedented(lines: readonly Line[]): readonly Line[] {
  let least = Number.POSITIVE_INFINITY;
  for (const { text } of lines) {
    const start = text.search(/[^ ]/);
    if (start >= 0 && start < least) least = start;
  }
  if (least === 0 || !Number.isFinite(least)) return lines;
  return rewritten(lines, text => text.slice(least));
}

/** The content of a text that is one string literal. */
function withoutQuotes(text: string): string {
  const [, quote = '', content = text] = /^\s*(["'])(.*)\1[,;]?\s*$/.exec(text) ?? [];
  return quote === '' ? text : content.replaceAll(`\\${quote}`, quote);
}

/** More specific than the error catalog's advice. */
const NEXT = 'pass the complete output of EXPLAIN, as text or with FORMAT JSON';

/** @param number Line of the location; the column is that of its first non-blank character. */
export function refusal(source: Source, message: string, number: number, next = NEXT): PgoptError {
  const text = source.lines[number - 1] ?? '';
  const column = Math.max(0, text.search(/\S/)) + 1;
  const location: Location = { file: source.file, line: number, column, text };
  return new PgoptError('plan-invalid', message, { location, next });
}

/** The text is not a complete plan. `number` is the line that shows it. */
export class Incomplete extends Error {
  constructor(
    message: string,
    readonly number: number,
    readonly next?: string,
  ) {
    super(message);
  }
}
