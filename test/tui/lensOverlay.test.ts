/** What a lens's file says of itself is shown, and not obeyed. */
import { expect, it } from 'vitest';
import { lensLines } from '../../src/tui/overlays/lens.ts';
import type { State } from '../../src/tui/state/state.ts';

const EVIL = 'x\u001b]8;;http://evil\u0007\u202e\n\u009b2J';

it('holds nothing that a terminal obeys, and so many lines', () => {
  const hidden = Array.from({ length: 100_000 }, () => ({ what: EVIL, why: EVIL }));
  const tables = Array.from({ length: 200_000 }, () => ({ name: EVIL, rows: 1, bytes: 1 }));
  const session = { lens: { of: EVIL, hidden }, tables };
  const lines = lensLines({ session } as unknown as State, 80);
  const said = lines.map(line => line.map(({ text }) => text).join(''));
  // biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is the point
  expect(said.filter(line => /[\u0000-\u001f\u007f-\u009f\u202e]/.test(line))).toEqual([]);
  expect(said.at(-1)).toBe('… and 99,500 more');
});
