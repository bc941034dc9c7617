/** Why an index is not used, on the proposal's page and on the query's; asked for only while such a page is open. */
import { expect, it } from 'vitest';
import type { Unused } from '../../src/session/events.ts';
import { mounted } from './explorer.ts';
import { shop } from './shop.ts';

const WHY: Unused = {
  reason: 'type-cast',
  text: 'the query casts quantity: (quantity)::numeric = 17.0',
  index: 'i',
  chosenCost: 10,
  cost: undefined,
  instead: undefined,
  rows: undefined,
  forced: undefined,
};

async function open() {
  const { workload } = await shop();
  const asked: string[] = [];
  const [index] = workload.proposals.filter(({ kind }) => kind === 'index');
  const { screen, session } = await mounted({
    columns: 160,
    own: () => ({
      unused: (proposalId, queryId) => {
        asked.push(`${proposalId} ${queryId}`);
        const number = workload.queries.find(({ id }) => id === queryId)?.number ?? 0;
        if (proposalId !== index?.id || number > 4) return undefined;
        return number === 4
          ? { ...WHY, reason: 'no-clause', text: 'the query does not read it', unread: true }
          : WHY;
      },
    }),
  });
  screen.press('a');
  session.settle();
  const settled = async () => {
    session.settle();
    await Promise.resolve();
    return screen.frame();
  };
  const at = workload.proposals.findIndex(({ id }) => id === index?.id);
  return { screen, settled, asked, at, id: index?.id ?? '', queries: workload.queries.length };
}

it('is shown on the page of the proposal, once for all queries with the same reason', async () => {
  const { screen, settled, asked, at, queries } = await open();
  expect(asked).toEqual([]);
  for (let row = 0; row < at; row++) screen.press('down');
  screen.press('enter');
  expect(await screen.frame()).toContain('asking the planner why it leaves indexes out');
  const frame = await settled();
  expect(frame).toContain(`not used by queries 1, 2, 3: ${WHY.text}`);
  expect(frame).not.toContain('does not read it');
  expect(frame).not.toContain('asking the planner');
  expect(asked).toHaveLength(queries);
  screen.press('escape', 'enter');
  await settled();
  expect(asked).toHaveLength(queries);
});

it('is shown on the page of the query', async () => {
  const { screen, settled, id } = await open();
  screen.press('1', 's');
  await screen.frame();
  expect(await settled()).toContain(`-- ${id} not used: ${WHY.text}`);
});
