/** Any keys, pastes and mouse events, at any size: every frame fits the terminal, and nothing throws. */
import { afterEach, expect, it } from 'vitest';
import { cells } from '../../src/tui/cell.ts';
import { actionFor } from '../../src/tui/keys/bindings.ts';
import { BINDINGS } from '../../src/tui/keys/keyTable.ts';
import { extentOf } from '../../src/tui/screens/extent.ts';
import { type Explorer, exploring } from './explorer.ts';

const KEYS = [...new Set(BINDINGS.flatMap(({ keys }) => keys))];
const SIZES = [
  [60, 20],
  [80, 24],
  [100, 30],
  [120, 40],
  [200, 60],
] as const;

/** A generator of its own: the same events each time. */
function randomly(seed: number): (below: number) => number {
  let state = seed;
  return below => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

let explorer: Explorer | undefined;
afterEach(() => explorer?.close());

it.each(SIZES)('at %i×%i', async (columns, rows) => {
  explorer = await exploring(columns, rows);
  const { screen } = explorer;
  const random = randomly(columns);
  for (let event = 0; event < 400; event++) {
    const kind = random(12);
    if (kind === 0)
      screen.stdin.type(`\u001b[<${[0, 64, 65][random(3)]};${random(columns) + 1};${random(rows) + 1}M`);
    else if (kind === 1) screen.stdin.type('\u001b[200~CREATE INDEX ON orders (status)\u001b[201~');
    else if (kind === 2) screen.resize(random(200) + 1, random(60) + 1);
    else {
      const action = actionFor(KEYS[random(KEYS.length)] ?? 'j', screen.state(), extentOf);
      if (action !== undefined) screen.dispatch(action);
    }
    if (event % 20 === 0) explorer.session.settle();
    if (event % 8 !== 0) continue;
    const { size } = screen.state();
    const lines = (await screen.frame()).split('\n');
    expect(lines.length).toBeLessThanOrEqual(Math.max(1, size.rows - 1));
    for (const line of lines) expect(cells(line)).toBeLessThanOrEqual(size.columns);
  }
});
