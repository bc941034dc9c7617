/** What is about to happen on a named database; it waits for a yes. */
import { sanitize } from '../../base/format.ts';
import { type Line, wrap } from '../cell.ts';
import { askedRoom } from '../layout.ts';
import type { State } from '../state/state.ts';

/** All of its lines, wrapped to the screen. */
export function askedLines({ asked, size }: State): Line[] {
  return (asked?.lines ?? []).flatMap((text): Line[] => {
    const warns = text.startsWith('  ! ');
    const span = warns ? { color: 'yellow' as const } : {};
    if (text === '') return [[]];
    return wrap(sanitize(text), size.columns - 4).map(
      (part, index): Line => [{ text: `  ${index > 0 && warns ? '    ' : ''}${part}`, ...span }],
    );
  });
}

export function preflightScreen(state: State): Line[] {
  const lines = askedLines(state);
  const room = askedRoom(state);
  const first = Math.min(state.asked?.scroll ?? 0, Math.max(0, lines.length - room));
  const more = lines.length - first - room;
  const shown = lines.slice(first, first + room);
  const filler = Array.from({ length: Math.max(0, room - shown.length) }, (): Line => []);
  return [
    ...shown,
    ...filler,
    [{ text: more > 0 ? `  … ${more} more lines (j)` : '', dim: true }],
    [
      { text: '  Go on? ', bold: true },
      { text: 'y', bold: true, color: 'green' },
      { text: ' yes   ' },
      { text: 'q', bold: true },
      { text: ' no, nothing was touched' },
    ],
  ];
}
