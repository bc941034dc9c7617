/** While the session rolls back only leaving is left: nothing reconnects. */
import { afterEach, expect, it } from 'vitest';
import { type Explorer, exploring } from './explorer.ts';

let explorer: Explorer | undefined;
afterEach(() => explorer?.close());

it('offers to quit at once, and no new session', async () => {
  explorer = await exploring();
  explorer.screen.dispatch({ type: 'explorer:closing' });
  await explorer.page.shows('rolling back');
  await explorer.footer.offers('q quit');
  await explorer.footer.lacks('reconnect');
  expect(() => explorer?.press('r')).toThrow('r means nothing');
  expect(explorer.screen.reconnects).toEqual([]);
});
