/** Markdown and HTML: fences, quotes of mail, entities. */
import type { Line } from './source.ts';

type Lines = readonly Line[];

const FENCE = /^\s{0,20}(?:```|~~~)/;
/** A plan's own lines never begin with it. */
const QUOTE = /^ {0,3}(?:> ?){1,20}/;

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
export function unframeMarkdown(lines: Lines): readonly Lines[] {
  const escaped = lines.some(({ text }) => ENTITY.test(text)) && !lines.some(({ text }) => /<|->/.test(text));
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

function unescaped(text: string): string {
  return text.replace(ENTITY_G, (whole, name: string) => ENTITIES[name] ?? whole);
}
