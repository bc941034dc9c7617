/** Keys that cannot act now: each says why in one line, changes nothing else, and the footer leaves it out. */
import { beforeEach, expect, it } from 'vitest';
import { plain } from '../../src/tui/cell.ts';
import { bindingsOf, keyNames, whyNot } from '../../src/tui/keys/bindings.ts';
import { placeOf } from '../../src/tui/model/selectors.ts';
import { footerLine } from '../../src/tui/panes/footer.ts';
import { initialState } from '../../src/tui/state/initial.ts';
import { reduce } from '../../src/tui/state/reduce.ts';
import type { State } from '../../src/tui/state/state.ts';
import { press } from '../helpers/keys.ts';
import { TARGET } from '../helpers/tuiHarness.tsx';
import { OPENED_AT, shop } from './shop.ts';

let start: State;
beforeEach(async () => {
  const { workload, script } = await shop();
  const fresh = initialState(workload, TARGET, { columns: 400, rows: 60 }, OPENED_AT);
  start = reduce(reduce(fresh, script.opened), { type: 'startup:finished' });
});

it.each([
  ['proposals', []],
  ['plan', ['f5']],
  ['advice', ['A']],
  ['settings', ['o']],
] as const)('in %s', (place, keys) => {
  const state = press(start, ...keys);
  expect(placeOf(state)).toBe(place);
  const footer = plain(footerLine(state));
  const here = bindingsOf('explorer').filter(({ places }) => places.includes(place));
  const cannot = here.filter(binding => whyNot(binding, state) !== undefined);
  expect(cannot.length).toBeGreaterThan(0);
  for (const binding of cannot) {
    const [key = ''] = binding.keys;
    const why = whyNot(binding, state) ?? '';
    expect(press(state, key)).toEqual({ ...state, message: why });
    expect(why).toMatch(/^[^\n]{1,90}$/);
    if (binding.hint !== '') expect(footer).not.toContain(`${keyNames(binding)[0]} ${binding.hint} `);
  }
});

it('a key of another pane says whose it is', () => {
  const inQueries = press(start, 'f2');
  expect(press(inQueries, 'd').message).toBe('d is a key of the proposals pane: leave it out');
});
