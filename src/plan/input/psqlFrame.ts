/** Removes psql's frame in all styles: heading, rules, borders, records, row count, prompts. */
import type { Line } from './source.ts';

/** For a trimmed row. */
const HEADING = /^(?:\^l)?[|│║]?[ ]{0,500}QUERY PLAN[ ]{0,500}[|│║+]?$/;
/** Rules of ascii, unicode and Markdown tables, but not `->`. */
const RULE = /^[-+|:=─│┼├┤┌┐└┘┬┴═║╔╗╚╝╠╣╪╞╡]{4,}$/;
const RECORD =
  /^(?:[-+|*─┌├╞═╔╠]{0,2}[-─═]?\[ RECORD \d{1,9} \][-─═+|┬┼┐┤╗╣╤╦╪╬]{0,9999}|\* Record \d{1,9})$/;
/** `\x` with `\a` prints no line between records. */
const UNALIGNED_RECORD = /^QUERY PLAN[|│]/;
/** `(12 rows)`, `(1 row)`, in any language. */
const COUNT = /^\s{0,2}\(\d{1,9} ?[^\s\d()=,:][^\d()=:]{0,24}\)\s*$/;
/** `Time: 12.345 ms (00:01.234)`, in any language. */
const TIME = /^\p{L}{3,12} ?: \d{1,9}[.,]\d{3} \p{L}{2}(?: \([\d:.,]{1,20}\))?\s*$/u;
/** `shop=# EXPLAIN …`, `shop-> FROM …` */
const PROMPT = /^\w[\w.@:/~-]{0,80}[=\-('"*^][*!?]?[#>](?:\s|$)/;
const BAR = /^\s{0,2}[|│║] ?/;
const BARS = '|│║';
/** At the end of a line they mark that the cell continues. */
const NEWLINE_SIGNS = '↵⏎';

/**
 * psql's rule is as wide as the longest row and on one line. If it still is, nothing else broke the rows; psql marks its
 * own breaks (`\pset format wrapped`).
 */
export function isWholeFrame(lines: readonly Line[]): boolean {
  const start = lines.findIndex(
    ({ text }, i) => HEADING.test(text.trim()) && RULE.test(lines[i + 1]?.text.trim() ?? ''),
  );
  if (start < 0) return false;
  const width = lines[start + 1]?.text.trimEnd().length ?? 0;
  const rows = lines.slice(start + 2);
  const end = rows.findIndex(({ text }) => text === '' || COUNT.test(text));
  if (/^[^\p{L}\p{N}\s]{1,3}$/u.test(rows[0]?.text ?? '') || RULE.test(rows[0]?.text.trim() ?? ''))
    return false;
  return rows.slice(0, end < 0 ? undefined : end).every(({ text }) => text.trimEnd().length <= width + 1);
}

/** @returns The lines in blocks, one for each result and for the text between results. */
export function unframePsql(lines: readonly Line[]): readonly (readonly Line[])[] {
  const blocks: Row[][] = [[]];
  let frame: Frame | undefined;
  for (const { text, number } of lines) {
    const row = text.trimEnd();
    const trimmed = row.trimStart();
    const isRecord = frame?.records === true && UNALIGNED_RECORD.test(row);
    if (HEADING.test(trimmed) && !isRecord) {
      frame = {
        bar: BARS.includes(trimmed.at(-1) ?? ' '),
        records: false,
        width: 0,
        escapes: trimmed.startsWith('^'),
        padded: undefined,
      };
      blocks.push([]);
    } else if (COUNT.test(row) || TIME.test(row) || PROMPT.test(row)) {
      frame = undefined;
      blocks.push([]);
    } else if (RECORD.test(trimmed)) {
      if (frame?.records !== true) blocks.push([]);
      frame = recordFrame();
    } else if (RULE.test(trimmed)) {
      if (frame !== undefined) {
        frame.width = widthOf(row);
        frame.escapes ||= /^\|[-: ]+\|$/.test(trimmed);
      }
    } else {
      if (frame === undefined && UNALIGNED_RECORD.test(row)) frame = recordFrame();
      push(blocks.at(-1) ?? [], unframed(row, frame), row, number, frame);
    }
  }
  return blocks.map(rows => rows.map(({ parts, number }) => ({ text: parts.join(''), number })));
}

/** A line, in the parts that psql wrapped. */
interface Row {
  readonly parts: string[];
  readonly number: number;
  /** Width of the last part including its frame. */
  width: number;
}

interface Frame {
  /** Lines end with a bar. */
  readonly bar: boolean;
  /** `\x`: each row is a record. */
  readonly records: boolean;
  /** Of the rule; 0 before it. */
  width: number;
  /** Markdown and AsciiDoc escape a bar as `\|`. */
  escapes: boolean;
  /** Lines begin with a blank; undefined before the first one. */
  padded: boolean | undefined;
  /** Only a bar separates the column of a record from its value; undefined before the first one. */
  tight?: boolean;
}

function recordFrame(): Frame {
  return { bar: false, records: true, width: 0, escapes: false, padded: false };
}

function unframed(row: string, frame: Frame | undefined): string {
  let text = row;
  if (BAR.test(text) && (frame !== undefined || BARS.includes(text.at(-1) ?? ' ')))
    text = withoutLast(text.replace(BAR, ''), BARS);
  else if (frame?.bar === true) text = withoutLast(text, BARS);
  if (frame?.records === true) text = withoutColumn(text, frame);
  text = withoutLast(text, NEWLINE_SIGNS);
  if (frame?.escapes) text = text.replaceAll('\\|', '|');
  if (frame === undefined) return text;
  frame.padded ??= text === row && text.startsWith(' ');
  if (frame.padded && text.startsWith(' ')) text = text.slice(1);
  return withoutLast(text, '+');
}

/** `QUERY PLAN | Sort`, `QUERY PLAN Sort`, `QUERY PLAN|Sort`, and `           | {` for further lines of a cell. */
function withoutColumn(text: string, frame: Frame): string {
  const named = /^\s{0,2}QUERY PLAN( {0,80})/.exec(text);
  const rest = text.slice(named?.[0].length ?? 0).trimStart();
  if (BARS.includes(rest[0] ?? ' ')) {
    // Unaligned output has no blank after the bar.
    frame.tight ??= named?.[1] === '';
    return frame.tight ? rest.slice(1) : rest.slice(1).replace(/^ /, '');
  }
  // Without borders there is one blank after the name.
  return text.slice(/^(?:QUERY PLAN| {10})(?: |$)/.exec(text)?.[0].length ?? 0);
}

/** Removes one of the signs from the end, with the blanks before it. */
function withoutLast(text: string, signs: string): string {
  return text !== '' && signs.includes(text.at(-1) ?? ' ') ? text.slice(0, -1).trimEnd() : text;
}

/** `\pset format wrapped` marks both sides of a break, without borders only the first: `.` in ascii, `…` in unicode. */
function push(block: Row[], text: string, row: string, number: number, frame: Frame | undefined): void {
  const last = block.at(-1);
  const end = last?.parts.at(-1);
  const width = widthOf(row);
  const sign = /[.…]$/.exec(end ?? '')?.[0];
  if (last !== undefined && end !== undefined && sign !== undefined && frame !== undefined) {
    const isBare = frame.width > 0 && last.width === frame.width + 1 && frame.padded === false;
    const rest = isBare ? '' : (/^\s?[.…]/.exec(text)?.[0] ?? '');
    if (isBare || rest.endsWith(sign)) {
      last.parts[last.parts.length - 1] = end.slice(0, -1);
      last.parts.push(text.slice(rest.length));
      last.width = width;
      return;
    }
  }
  block.push({ parts: [text], number, width });
}

/** Letters that are two columns wide on a terminal. */
const WIDE = /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60]/g;

function widthOf(row: string): number {
  return row.length + (row.match(WIDE)?.length ?? 0);
}
