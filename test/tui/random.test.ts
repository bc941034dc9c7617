/** Any keys, pastes and mouse events, at any size: every frame fits the terminal, and nothing throws. */
import { expect, it } from 'vitest';
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

/** At each size; 10,000 in all. */
const EVENTS = 2000;
const SEED = 1;

it.each(SIZES)('at %i×%i', { timeout: 60_000 }, async (columns, rows) => {
  explorer = await exploring(columns, rows);
  const { screen, session } = explorer;
  const random = randomly(SEED + columns);
  const places = new Set<string>();
  const happen = (): string => {
    const kind = random(24);
    if (kind < 2) {
      const event = `\u001b[<${[0, 64, 65][random(3)]};${random(columns) + 1};${random(rows) + 1}M`;
      screen.stdin.type(event);
      return JSON.stringify(event);
    }
    if (kind < 4) {
      const pasted = ['CREATE INDEX ON orders (status)', '-- 🐘\n\tSELECT 1;', '\u0007é'.repeat(200)][
        random(3)
      ];
      screen.stdin.type(`\u001b[200~${pasted}\u001b[201~`);
      return 'paste';
    }
    if (kind === 4) {
      const [width, height] = SIZES[random(SIZES.length)] ?? [columns, rows];
      // Every size once in a while, most often one that people have.
      if (random(3) === 0) screen.resize(random(200) + 1, random(60) + 1);
      else screen.resize(width, height);
      return `resize ${screen.state().size.columns}×${screen.state().size.rows}`;
    }
    const key = KEYS[random(KEYS.length)] ?? 'j';
    const action = actionFor(key, screen.state(), extentOf);
    if (action !== undefined) screen.dispatch(action);
    return key;
  };
  const latest: string[] = [];
  try {
    for (let event = 0; event < EVENTS; event++) {
      latest.push(happen());
      if (latest.length > 20) latest.shift();
      const { phase, workload, on, queryId, revision, overlay, editor } = screen.state();
      expect(phase).toBe('exploring');
      places.add(editor === undefined ? (overlay?.kind ?? 'panes') : 'editor');
      // What the session builds and plans is what the screen shows as on.
      expect(session.desiredStates.at(-1)).toMatchObject({ revision, proposals: on, queryId });
      expect(workload.proposals.map(({ id }) => id).filter(id => on.includes(id))).toEqual(on);
      expect(workload.queries.map(({ id }) => id)).toContain(queryId);
      if (event % 20 === 0) session.settle();
      if (event % 16 !== 0) continue;
      const { size } = screen.state();
      const lines = (await screen.frame()).split('\n');
      expect(lines.length).toBeLessThanOrEqual(Math.max(1, size.rows - 1));
      expect(lines.filter(line => cells(line) > size.columns)).toEqual([]);
    }
  } catch (error) {
    throw new Error(`seed ${SEED}, the latest events: ${latest.join(' ')}`, { cause: error });
  }
  // The keys reach most pages: nothing swallows them all.
  expect(places.size).toBeGreaterThan(6);
});
