/** Markdown and HTML: fences, quotes of mail, entities. */
import type { Line } from './source.ts';

type Lines = readonly Line[];

const FENCE = /^\s{0,20}(?:```|~~~)/;
/** A plan's own lines never begin with it. */
const QUOTE = /^ {0,3}(?:> ?){1,20}/;

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
  const escaped = lines.some(({ text }) => text.includes('-&gt;'));
  const blocks: Line[][] = [[]];
  for (const { text, number } of lines) {
    if (FENCE.test(text)) {
      blocks.push([]);
      continue;
    }
    const unquoted = text.replace(QUOTE, '');
    blocks.at(-1)?.push({ text: escaped ? unescaped(unquoted) : unquoted, number });
  }
  return blocks;
}

function unescaped(text: string): string {
  return text.replace(/&(lt|gt|amp|quot|#39|nbsp);/g, (whole, name: string) => ENTITIES[name] ?? whole);
}
