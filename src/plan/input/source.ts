/** The text as it came, and its lines on the way through the unwrapping: each still knows where it stood. */
import { PgoptError, type Place } from '../../errors.ts';

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

/** Of several empty lines the first: more of them say nothing more. */
export function linesOf(source: Source): readonly Line[] {
  const lines: Line[] = [];
  source.lines.forEach((text, i) => {
    if (text !== '' || source.lines[i - 1] !== '') lines.push({ text, number: i + 1 });
  });
  return lines;
}

/** What may be given instead; the catalogue's own advice knows of JSON alone. */
const NEXT = 'give what EXPLAIN printed, whole, as text or with FORMAT JSON';

/** @param number The line to point at: at its first character that is no blank. */
export function refusal(source: Source, message: string, number: number, next = NEXT): PgoptError {
  const text = source.lines[number - 1] ?? '';
  const column = Math.max(0, text.search(/\S/)) + 1;
  const place: Place = { file: source.file, line: number, column, text };
  return new PgoptError('plan-invalid', message, { place, next });
}
