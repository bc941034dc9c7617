/** Which plans each proposal changes, where no times are known. Pure. */
import type { Advice } from '../../advisor/advice/advice.ts';
import { bytesText, configurationText } from '../../advisor/advice/words.ts';
import { columns } from '../columns.ts';
import { fitted } from './fitted.ts';
import { cut, wrap } from './wrap.ts';

export function plannedText(advice: Advice, width: number): string[] {
  if (advice.proposals.length === 0) return ['No proposal could be built: there is nothing to compare.'];
  const numbers = (ids: readonly string[]) =>
    advice.queries
      .filter(({ id }) => ids.includes(id))
      .map(({ number }) => String(number))
      .join(' ') || '–';
  const table = (nameWidth: number) =>
    columns(
      ['proposal', 'size', 'alone', 'added', 'read', 'read by any'],
      advice.proposals.map(({ id, kind, bytes, freedBytes }, at) => {
        const cells = advice.matrix[at]?.cells ?? [];
        const where = (is: (cell: (typeof cells)[number]) => boolean) =>
          numbers(cells.filter(is).map(({ query }) => query));
        return [
          cut(configurationText(advice, [id]), nameWidth),
          bytesText(kind === 'drop' ? -freedBytes : bytes),
          where(({ alone }) => alone.kind !== 'same plan'),
          where(({ added }) => added.kind !== 'same plan'),
          where(({ used }) => used),
          where(({ usedAnywhere }) => usedAnywhere),
        ];
      }),
      new Set([1]),
    );
  const legend =
    'Queries whose plan it changes alone, and added to all others; those whose plan reads it with all of them on, and with any of them';
  return [`Proposals\n${wrap(legend, width, '')}\n${fitted(table, width)}`];
}
