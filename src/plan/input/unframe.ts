/** Takes off what a plan came wrapped in: a log, psql's frame, quotes. */

import type { Steps } from '../../steps.ts';
import type { Block, Line } from './source.ts';
import { unframeCells } from './unframe-cells.ts';
import { unframeLines } from './unframe-lines.ts';
import { unframeLog } from './unframe-log.ts';
import { unframePsql } from './unframe-psql.ts';

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
