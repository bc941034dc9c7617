/** Takes off what a plan came wrapped in: a log, psql's frame, quotes, Markdown. */

import { type Block, linesOf, type Source } from './source.ts';
import { unframeCells } from './unframe-cells.ts';
import { unframeLines } from './unframe-lines.ts';
import { unframeLog } from './unframe-log.ts';
import { unframeMarkdown } from './unframe-markdown.ts';
import { unframePsql } from './unframe-psql.ts';

/** @returns Blocks of lines, in order; some of them may hold no plan. */
export function unframe(source: Source): readonly Block[] {
  return unframeMarkdown(linesOf(source)).flatMap(lines => {
    const entries = unframeLog(lines);
    if (entries.length > 0) return entries;
    return unframePsql(unframeCells(unframeLines(lines))).map(block => ({ lines: block }));
  });
}
