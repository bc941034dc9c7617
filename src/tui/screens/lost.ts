/** The connection is gone: why, what that means, and what to do. */
import { harmless } from '../../format/harmless.ts';
import { type Line, wrap } from '../cell.ts';
import type { State } from '../state/types.ts';

const SAFE = 'The transaction ended with it: nothing was committed, and nothing was left behind.';

export function lostLines(state: State): Line[] {
  const width = state.size.columns - 4;
  return [
    [],
    [{ text: '  ✗ The connection to the database is lost', color: 'red', bold: true }],
    [],
    ...wrap(harmless(state.lost ?? ''), width).map((text): Line => [{ text: `  ${text}` }]),
    [],
    ...wrap(SAFE, width).map((text): Line => [{ text: `  ${text}` }]),
    [],
    [{ text: '  q', bold: true }, { text: ' quits' }],
  ];
}
