import fc from 'fast-check';
import { beforeAll, expect, it } from 'vitest';
import { bothPlansVisible, layoutOf, slotOf } from '../../src/tui/layout.ts';
import { MIN_COLUMNS, MIN_ROWS } from '../../src/tui/model/selectors.ts';
import { initialState } from '../../src/tui/state/initial.ts';
import type { PaneId, State } from '../../src/tui/state/state.ts';
import { TARGET } from '../helpers/tuiHarness.tsx';
import { OPENED_AT, type Shop, shop } from './shop.ts';

let demo: Shop;
beforeAll(async () => {
  demo = await shop();
});

function at(columns: number, rows: number, more: Partial<State> = {}): State {
  return { ...initialState(demo.workload, TARGET, { columns, rows }, OPENED_AT), ...more };
}

it('fills the body exactly, whatever the size, the focus and the zoom', () => {
  const columns = fc.integer({ min: MIN_COLUMNS, max: 300 });
  const rows = fc.integer({ min: MIN_ROWS, max: 120 });
  const focus = fc.constantFrom<PaneId>('proposals', 'queries', 'plan');
  fc.assert(
    fc.property(columns, rows, focus, fc.boolean(), (width, height, pane, zoomed) => {
      const layout = layoutOf(at(width, height, { focus: pane, zoomed }));
      expect(layout.rows.reduce((sum, [slot]) => sum + (slot?.height ?? 0), 0)).toBe(height - 4);
      for (const row of layout.rows) {
        expect(row.reduce((sum, slot) => sum + slot.width, 0)).toBe(width);
        expect(new Set(row.map(slot => slot.height)).size).toBe(1);
      }
    }),
  );
});

it('always leaves six lines of the plan, unless another pane is zoomed', () => {
  // Its heading, the columns' heading and a line of details are not the plan.
  for (const focus of ['proposals', 'queries', 'plan'] as const)
    for (const [columns, rows] of [
      [80, 24],
      [99, 31],
      [120, 40],
      [200, 60],
    ] as const)
      expect(slotOf(at(columns, rows, { focus }), 'plan')?.height).toBeGreaterThanOrEqual(6 + 3);
});

it('shows both plans side by side where it is wide, stacked where it is tall', () => {
  expect(bothPlansVisible(at(80, 24))).toBe(false);
  expect(bothPlansVisible(at(100, 24))).toBe(true);
  const tall = layoutOf(at(90, 70)).rows.filter(row => row[0]?.pane === 'plan');
  expect(tall.map(row => row[0]?.side)).toEqual(['before', 'after']);
});

it('gives rows that no plan needs to a long list of queries, whatever query is in view', async () => {
  const [query] = demo.workload.queries;
  if (query === undefined) throw new Error('the demo has queries');
  const queries = Array.from({ length: 24 }, (_, at) => ({ ...query, id: `q${at}`, number: at + 1 }));
  const workload = { ...demo.workload, queries };
  const planOf = (lines: number, fingerprint: string) => {
    const leaf = { children: [] };
    const root = { children: Array.from({ length: lines - 1 }, () => leaf) };
    return { state: 'planned', plan: { root, fingerprint }, missing: [], rewrite: undefined } as never;
  };
  const heights = (short: number, long: number) => {
    const plans = Object.fromEntries(
      queries.map(({ id }, at) => [
        id,
        { '': planOf(at === 7 ? long : short, 'a'), idx: planOf(short, 'a') },
      ]),
    );
    return queries.map(({ id }) => {
      const state = at(120, 40, { workload, plans, queryId: id });
      return `${slotOf(state, 'queries')?.height} ${slotOf(state, 'plan')?.height}`;
    });
  };
  const before = at(120, 40, { workload });
  expect(slotOf(before, 'plan')?.height).toBe(24);
  expect(new Set(heights(3, 30))).toEqual(new Set(['12 24']));
  expect(new Set(heights(3, 5))).toEqual(new Set(['26 10']));
});
