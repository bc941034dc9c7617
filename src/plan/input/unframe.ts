/** Removes what wraps a plan: Markdown, a log, psql's frame, quotes. */
import type { Steps } from '../../base/steps.ts';
import { unframeCells } from './cells.ts';
import { unframeLog } from './log.ts';
import { unframePsql } from './psqlFrame.ts';
import { type Block, type Line, rewritten } from './source.ts';

/** @returns Blocks of lines, of which some may hold no plan. */
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

// Markdown and HTML: fences, quoted mail, entities.

type Lines = readonly Line[];

const FENCE = /^\s{0,20}(?:```|~~~|\/\*{1,9}\s*$|\*{1,9}\/\s*;?\s*$)/;
/** No line of a plan begins so. */
const QUOTE = /^ {0,3}(?:> ?){1,20}/;

/** Mark of a comment or diff that begins every line. */
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

/** @returns The text, split at its fences. */
export function unframeMarkdown(marked: Lines): readonly Lines[] {
  const lines = withoutMarks(marked);
  const escaped =
    lines.some(({ text }) => /^\s*-&gt; /.test(text)) ||
    (lines.some(({ text }) => ENTITY.test(text)) && !lines.some(({ text }) => /<|->/.test(text)));
  const isQuote = (i: number) => QUOTE.test(lines[i]?.text ?? '');
  const blocks: Line[][] = [[]];
  for (const [i, { text, number }] of lines.entries()) {
    // A single line may be the rest of a condition with `>`.
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
  return rewritten(lines, text => text.replace(MARK, ''));
}

function unescaped(text: string): string {
  return text.replace(ENTITY_G, (whole, name: string) => ENTITIES[name] ?? whole);
}

// Additions to single lines: line numbers, an exported INSERT, a word processor's ellipsis.

/** Copied line numbers: `12. -> Append`, `12) -> Append`, `12 | -> Append`. */
const NUMBERED = /^ {0,8}(\d{1,6})(?:[.):]|\s?\|)(?=\s|$)\s?/;
/** Export of a query tool: `INSERT INTO "t"("QUERY PLAN") VALUES ('  ->  Seq Scan …');`. */
const INSERTED = /^\s*INSERT INTO [^']{1,200} VALUES \('(.*)'\);?\s*$/i;

function unframeLines(lines: readonly Line[]): readonly Line[] {
  return withoutDots(withoutColumns(withoutInserts(withoutNumbers(lines))));
}

/** psql's `\x` with `--csv` or another separator: `QUERY PLAN,"  ->  Sort …"`. */
const COLUMN = /^QUERY PLAN[,;\t](?=.)/;

function withoutColumns(lines: readonly Line[]): readonly Line[] {
  if (!lines.some(({ text }) => COLUMN.test(text))) return lines;
  return rewritten(lines, text => text.replace(COLUMN, ''));
}

/** Only if the numbers count up by one. */
function withoutNumbers(lines: readonly Line[]): readonly Line[] {
  const numbers = lines.flatMap(({ text }) => {
    const found = NUMBERED.exec(text)?.[1];
    return found === undefined ? [] : [Number(found)];
  });
  const [first] = numbers;
  if (first === undefined || numbers.length < 2 || numbers.some((number, index) => number !== first + index))
    return lines;
  return rewritten(lines, text => text.replace(NUMBERED, ''));
}

function withoutInserts(lines: readonly Line[]): readonly Line[] {
  const first = lines.find(({ text }) => text.trim() !== '');
  if (first === undefined || !INSERTED.test(first.text)) return lines;
  return rewritten(lines, text => INSERTED.exec(text)?.[1]?.replaceAll("''", "'") ?? text);
}

/** `cost=0.00…35.50`: a word processor has joined two dots. */
const withoutDots = (lines: readonly Line[]): readonly Line[] =>
  rewritten(lines, text => text.replace(/(\d)…(?=\d)/g, '$1..'));
