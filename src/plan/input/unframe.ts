/** Takes off what a plan came wrapped in: Markdown, a log, psql's frame, quotes. */
import type { Steps } from '../../base/steps.ts';
import { unframeCells } from './cells.ts';
import { unframeLog } from './log.ts';
import { unframePsql } from './psqlFrame.ts';
import type { Block, Line } from './source.ts';

/** @returns Blocks of lines, in order; some of them may hold no plan. */
export function* unframe(lines: readonly Line[]): Steps<readonly Block[]> {
  const entries = unframeLog(lines);
  yield;
  if (entries.length > 0) return entries;
  const bare = unframeLines(lines);
  yield;
  const cells = unframeCells(bare);
  yield;
  return unframePsql(cells).map(block => ({ lines: block }));
}

// Markdown and HTML: fences, quotes of mail, entities.

type Lines = readonly Line[];

const FENCE = /^\s{0,20}(?:```|~~~|\/\*{1,9}\s*$|\*{1,9}\/\s*;?\s*$)/;
/** A plan's own lines never begin with it. */
const QUOTE = /^ {0,3}(?:> ?){1,20}/;

/** A comment's, or a difference's: every line begins with it. */
const MARK = /^\s{0,80}(?:--|#|\/\/|\*)(?: |$)|^\+/;

const ENTITY = /&(lt|gt|amp|quot|#39|nbsp);/;
const ENTITY_G = new RegExp(ENTITY, 'g');

const ENTITIES: Readonly<Record<string, string>> = {
  lt: '<',
  gt: '>',
  amp: '&',
  quot: '"',
  '#39': "'",
  nbsp: ' ',
};

/** @returns The text cut at its fences. */
export function unframeMarkdown(marked: Lines): readonly Lines[] {
  const lines = withoutMarks(marked);
  const escaped =
    lines.some(({ text }) => /^\s*-&gt; /.test(text)) ||
    (lines.some(({ text }) => ENTITY.test(text)) && !lines.some(({ text }) => /<|->/.test(text)));
  const isQuote = (i: number) => QUOTE.test(lines[i]?.text ?? '');
  const blocks: Line[][] = [[]];
  for (const [i, { text, number }] of lines.entries()) {
    // One line alone may be the rest of a comparison.
    const quoted = isQuote(i) && (isQuote(i - 1) || isQuote(i + 1) || lines.length === 1);
    const unquoted = quoted ? text.replace(QUOTE, '') : text;
    if (FENCE.test(unquoted)) blocks.push([]);
    else blocks.at(-1)?.push({ text: escaped ? unescaped(unquoted) : unquoted, number });
  }
  return blocks;
}

function withoutMarks(lines: Lines): Lines {
  const [mark] = MARK.exec(lines.find(({ text }) => text !== '')?.text ?? '') ?? [];
  const sign = mark?.trimEnd();
  if (sign === undefined || !lines.every(({ text }) => text === '' || text.startsWith(sign))) return lines;
  return lines.map(line => ({ ...line, text: line.text.replace(MARK, '') }));
}

function unescaped(text: string): string {
  return text.replace(ENTITY_G, (whole, name: string) => ENTITIES[name] ?? whole);
}

// What stands around every single line: numbers, an exported INSERT, a word processor's dots.

/** `12. -> Append`, `12) -> Append`, `12 | -> Append`: a column of line numbers that was copied as well. */
const NUMBERED = /^ {0,8}(\d{1,6})(?:[.):]|\s?\|)(?=\s|$)\s?/;
/** A query tool's export of its result: `INSERT INTO "t"("QUERY PLAN") VALUES ('  ->  Seq Scan …');`. */
const INSERTED = /^\s*INSERT INTO [^']{1,200} VALUES \('(.*)'\);?\s*$/i;

function unframeLines(lines: readonly Line[]): readonly Line[] {
  return withoutDots(withoutColumns(withoutInserts(withoutNumbers(lines))));
}

/** `\\x` with `--csv`, or with another separator than the bar: `QUERY PLAN,"  ->  Sort …"`. */
const COLUMN = /^QUERY PLAN[,;\t](?=.)/;

function withoutColumns(lines: readonly Line[]): readonly Line[] {
  if (!lines.some(({ text }) => COLUMN.test(text))) return lines;
  return lines.map(line => ({ ...line, text: line.text.replace(COLUMN, '') }));
}

/** Only where they count up by one, line after line. */
function withoutNumbers(lines: readonly Line[]): readonly Line[] {
  const numbers = lines.flatMap(({ text }) => {
    const found = NUMBERED.exec(text)?.[1];
    return found === undefined ? [] : [Number(found)];
  });
  const [first] = numbers;
  if (first === undefined || numbers.length < 2 || numbers.some((number, index) => number !== first + index))
    return lines;
  return lines.map(line => ({ ...line, text: line.text.replace(NUMBERED, '') }));
}

function withoutInserts(lines: readonly Line[]): readonly Line[] {
  const first = lines.find(({ text }) => text.trim() !== '');
  if (first === undefined || !INSERTED.test(first.text)) return lines;
  return lines.map(line => {
    const [, value] = INSERTED.exec(line.text) ?? [];
    return value === undefined ? line : { ...line, text: value.replaceAll("''", "'") };
  });
}

/** `cost=0.00…35.50`: two dots between figures became one character. */
function withoutDots(lines: readonly Line[]): readonly Line[] {
  return lines.map(line =>
    line.text.includes('…') ? { ...line, text: line.text.replace(/(\d)…(?=\d)/g, '$1..') } : line,
  );
}
