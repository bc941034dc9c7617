/** While the session rolls back only leaving is left: nothing reconnects. */
import { expect, it } from 'vitest';
import { exploring } from './explorer.ts';

it('offers to quit at once, and no new session', async () => {
  const explorer = await exploring();
  explorer.screen.dispatch({ type: 'explorer:closing' });
  await explorer.page.shows('rolling back');
  await explorer.footer.offers('q quit');
  await explorer.footer.lacks('reconnect');
  expect(() => explorer.press('r')).toThrow('r means nothing');
  expect(explorer.screen.reconnects).toEqual([]);
});
