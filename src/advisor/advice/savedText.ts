/** What a configuration saves, in a sentence. Pure. */
import { formatMs } from '../../base/format.ts';
import type { ChoiceModel } from './models.ts';
import { signedMs } from './words.ts';

/**
 * The headline.
 * @param title Of a query, sanitized.
 */
export function savedText(
  { savedMs, interval, atLeast, stopped, beforeMs, weighted, projected }: ChoiceModel['saved'],
  title: (query: string) => string,
): string {
  const [day, once] = weighted ? [' a day', ''] : ['', ' in one call of each query'];
  if (savedMs === null)
    return `What it saves${day}${once} is not known: not all of it ${projected ? 'could be projected' : 'was measured'}.`;
  const word = savedMs < 0 ? 'costs' : 'saves';
  const about = projected ? '≈ ' : '';
  const bound = atLeast ? 'at least ' : about;
  const isBound = atLeast || stopped.length > 0;
  const of = beforeMs === null ? '' : ` of ${isBound ? '> ' : about}${formatMs(beforeMs)}`;
  const without =
    stopped.length === 0
      ? ''
      : ` Not counted, because it was stopped before and after: ${stopped.map(title).join(', ')}.`;
  const sure =
    interval === null
      ? 'no interval: not all plans were run twice'
      : `${projected ? 'projected,' : '95 % interval'} ${interval.map(signedMs).join(' to ')}`;
  const total = `It ${word} ${bound}${formatMs(Math.abs(savedMs))}${savedMs < 0 ? ' more time' : of}${day}${once}`;
  return savedMs === 0 && interval?.every(end => end === 0)
    ? 'It saves no time.'
    : `${total} (${sure}).${without}`;
}
