/** A reason longer than its column: the line says where the whole of it is. */
import { expect, it } from 'vitest';
import { type Explorer, exploring } from './explorer.ts';

async function failing(columns: number, reason: string): Promise<Explorer> {
  const explorer = await exploring(columns, 40, { own: () => ({ build: () => reason }) });
  explorer.press('a');
  return explorer;
}

const LONG = 'could not extend file "base/16384/24601": No space left on device, and then some more words';

it('under the cursor, where enter shows it', async () => {
  const { proposals, press, page } = await failing(300, LONG);
  await proposals.row('customer_lifetime_stats').shows('failed: could not ', '…  enter: all of it');
  await proposals.row('idx_inventory_product').shows('failed: could not ');
  await proposals.row('idx_inventory_product').lacks('enter');
  press('enter');
  await page.shows('some more words');
});

it('not where it is whole already, where there is no room, or where enter means something else', async () => {
  const whole = await failing(300, 'short');
  await whole.proposals.row('customer_lifetime_stats').lacks('all of it');
  const narrow = await failing(80, LONG);
  await narrow.proposals.row('customer_lifetime_stats').lacks('all of it');
  const elsewhere = await failing(300, LONG);
  elsewhere.press('f2');
  await elsewhere.proposals.row('customer_lifetime_stats').lacks('all of it');
  expect(elsewhere.state().focus).toBe('queries');
});
