/** The command palette: the keys of the place beneath it, by what they do. */
import { type Line, left, right } from '../cell.ts';
import { row } from '../frame.ts';
import { keyNames, reasonsIn } from '../keys/bindings.ts';
import { paletteRows, withoutPalette } from '../keys/palette.ts';
import { firstVisible } from '../layout.ts';
import type { State } from '../state/state.ts';
import { promptLine } from './promptLine.ts';

const KEYS = 10;

export function paletteLines(state: State, width: number, room: number): Line[] {
  const rows = paletteRows(state);
  const cursor = Math.min(state.overlay?.scroll ?? 0, rows.length - 1);
  const height = Math.max(1, room - 2);
  const first = firstVisible(cursor, rows.length, height);
  const beneath = withoutPalette(state);
  const whyNot = reasonsIn(beneath);
  const { text, at } = state.filters.palette ?? { text: '', at: 0 };
  return [
    promptLine(': ', { text, at }),
    [],
    ...rows.slice(first, first + height).map((binding, index) => {
      const why = whyNot(binding);
      const line: Line = [
        { text: `${right(keyNames(binding)[0] ?? '', KEYS)}  `, color: 'cyan' },
        { text: left(binding.title, Math.max(8, width - KEYS - 4)), dim: why !== undefined },
      ];
      return row(line, width, first + index === cursor, true, first + index);
    }),
    ...(rows.length === 0 ? [[{ text: 'no command has these words', dim: true }]] : []),
  ];
}
