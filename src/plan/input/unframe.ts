/** Takes off what a plan came wrapped in: a log, psql's frame, quotes, Markdown. */

import type { Steps } from '../../steps.ts';
import { type Block, type Line, linesOf, type Source } from './source.ts';
import { unframeCells } from './unframe-cells.ts';
import { unframeLines } from './unframe-lines.ts';
import { unframeLog } from './unframe-log.ts';
import { unframeMarkdown } from './unframe-markdown.ts';
import { unframePsql } from './unframe-psql.ts';

/** @returns Blocks of lines, in order; some of them may hold no plan. */
export function* unframe(source: Source): Steps<readonly Block[]> {
  const all = linesOf(source);
  yield;
  const blocks: (readonly Block[])[] = [];
  for (const lines of unframeMarkdown(all)) {
    yield;
    const entries = unframeLog(lines);
    yield;
    blocks.push(entries.length > 0 ? entries : yield* unframePrinted(lines));
  }
  return blocks.flat();
}

function* unframePrinted(lines: readonly Line[]): Steps<readonly Block[]> {
  const bare = unframeLines(lines);
  yield;
  const cells = unframeCells(bare);
  yield;
  return unframePsql(cells).map(block => ({ lines: block }));
}
