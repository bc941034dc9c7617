/** The mouse: the wheel scrolls what is under it, a click focuses, selects, and switches on a checkbox. */
import { beforeEach, expect, it } from 'vitest';
import { planName } from '../helpers/shown.ts';
import { type Explorer, exploring } from './explorer.ts';

let explorer: Explorer;
beforeEach(async () => {
  explorer = await exploring();
});

it('a click selects the row and focuses its pane; on the checkbox it switches', async () => {
  const [, , third] = explorer.state().workload.queries;
  await explorer.click(third?.title.slice(0, 11) ?? '');
  expect(explorer.state()).toMatchObject({ focus: 'queries', queryId: third?.id });
  await explorer.click('idx_orders_customer_status');
  expect(explorer.state()).toMatchObject({ focus: 'proposals', on: [] });
  await explorer.click('[ ] idx_orders_customer_status');
  expect(explorer.state().on).toEqual(['idx_orders_customer_status']);
  await explorer.click('[x] idx_orders_customer_status');
  expect(explorer.state().on).toEqual([]);
});

it('a click puts the cursor on a step of the plan, and on its side', async () => {
  explorer.press('a', '1');
  await explorer.click('Gather Merge');
  expect(explorer.state()).toMatchObject({ focus: 'plan', view: { side: 'before' } });
  expect(explorer.state().view.cursor.before).toBeGreaterThan(0);
});

it('the wheel scrolls the pane under the pointer, and leaves the keyboard where it is', async () => {
  await explorer.wheel('idx_inventory_product', 'down');
  await explorer.wheel('F2 Queries', 'down');
  expect(explorer.state()).toMatchObject({
    focus: 'proposals',
    proposalCursor: 1,
    queryId: explorer.state().workload.queries[1]?.id,
  });
  await explorer.wheel(`F4 ${planName('before', 2)}`, 'down');
  expect(explorer.state().view.cursor.before).toBe(3);
  expect(explorer.state()).toMatchObject({ focus: 'proposals', view: { side: 'after' } });
});

it('the wheel scrolls a page, and a click selects in a list that lies over the panes', async () => {
  explorer.press('?');
  await explorer.wheel('Help', 'down');
  expect(explorer.state().overlay?.scroll).toBe(3);
  explorer.press('escape', 'o');
  await explorer.click('random_page_cost');
  const at = explorer.state().overlay?.scroll;
  expect(at).toBeGreaterThan(0);
  explorer.press(':');
  await explorer.click('all changed ones off');
  explorer.press('escape');
  expect(explorer.state().overlay?.scroll).toBe(at);
});

it('answers no question, and types into no prompt', async () => {
  explorer.press('a', 'R');
  await explorer.click('idx_inventory_product');
  expect(explorer.state().question).toBeDefined();
});

it('m lets the terminal select text, and takes the mouse back', async () => {
  explorer.press('m');
  expect(explorer.state().mouse).toBe(false);
  await explorer.status.shows('the mouse selects text');
  explorer.press('m');
  expect(explorer.state().mouse).toBe(true);
});
