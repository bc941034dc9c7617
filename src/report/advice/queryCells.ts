/** What a row of a table says first of a query: its number, its title and the rewrite that it reads. Pure. */
import type { Advice } from '../../advisor/advice/advice.ts';
import type { ChoiceModel } from '../../advisor/advice/models.ts';
import { cut } from './wrap.ts';

export function queryCells(
  advice: Advice,
  row: ChoiceModel['queries'][number],
  index: number,
  titleWidth: number,
): string[] {
  const query = advice.queries[index];
  const rewrite = row.rewrite === null ? '' : ` @${row.rewrite}`;
  return [String(query?.number ?? ''), cut(`${query?.title ?? row.query}${rewrite}`, titleWidth)];
}
