/** The text as it came, and its lines on the way through the unwrapping: each still knows where it stood. */
import { type Location, PgoptError } from '../../base/errors.ts';

export interface Source {
  /** As errors name it: `plan.txt`, `-`. */
  readonly file: string;
  /** As they stood in the file, without their ends. */
  readonly lines: readonly string[];
}

/** A line, or what is left of it inside a wrapping. */
export interface Line {
  readonly text: string;
  /** Where it stood in the file, from 1. */
  readonly number: number;
}

/** Lines that belong together: one result of psql, one entry of a log, one fenced block. */
export interface Block {
  readonly lines: readonly Line[];
  /** ms, as auto_explain logged it; not the `Execution Time`, which it does not measure. */
  readonly duration?: number;
}

/** Pages and word processors put them where EXPLAIN had a blank. */
const ODD_BLANKS = /[\u00a0\u2007\u202f]/g;

export function sourceOf(text: string, file: string): Source {
  const clean = text.replace(/^\uFEFF/, '').replace(ODD_BLANKS, ' ');
  return { file, lines: clean.split(/\r\n|\n|\r/) };
}

/** A `\n` that a tool escaped; PostgreSQL prints no backslash alone in front of a letter. */
const ESCAPED_LINE = /(?<!\\)(?:\\r)?\\n/;
/** What begins a line of a plan, behind such a line end. */
const ESCAPED_PLAN = /(?<!\\)\\n(?:\\t)?\s*(?:->|[A-Z][A-Za-z/ -]{1,40}:|[A-Z][A-Za-z ]{2,40} {1,4}\(cost=)/;

/** Words with one more sign for the arrow, as word processors put it. */
const OTHER_ARROWS = /^([\s|│║"'>\t]{0,400})(?:[→⇒➔➜]|[–—−‐‑=]>)(?=\s*[A-Z])/;

/** Line ends and arrows as EXPLAIN has them. Of several empty lines the first: more of them say nothing more. */
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

/** A text that is indented as a whole: what was cut at a width is indented, too. */
export function dedented(lines: readonly Line[]): readonly Line[] {
  let least = Number.POSITIVE_INFINITY;
  for (const { text } of lines) {
    const start = text.search(/[^ ]/);
    if (start >= 0 && start < least) least = start;
  }
  if (least === 0 || !Number.isFinite(least)) return lines;
  return lines.map(({ text, number }) => ({ text: text.slice(least), number }));
}

/** Of a text that is one string of a program. */
function withoutQuotes(text: string): string {
  const [, quote = '', content = text] = /^\s*(["'])(.*)\1[,;]?\s*$/.exec(text) ?? [];
  return quote === '' ? text : content.replaceAll(`\\${quote}`, quote);
}

/** What may be given instead; the catalog's own advice knows of JSON alone. */
const NEXT = 'give what EXPLAIN printed, whole, as text or with FORMAT JSON';

/** @param number The line to point at: at its first character that is no blank. */
export function refusal(source: Source, message: string, number: number, next = NEXT): PgoptError {
  const text = source.lines[number - 1] ?? '';
  const column = Math.max(0, text.search(/\S/)) + 1;
  const location: Location = { file: source.file, line: number, column, text };
  return new PgoptError('plan-invalid', message, { location, next });
}

/** Why a text is no whole plan, and on which line that shows. */
export class Incomplete extends Error {
  constructor(
    message: string,
    readonly number: number,
    readonly next?: string,
  ) {
    super(message);
  }
}
