/** The advice where it has little room: whole figures or none, and all words where the page is empty. */
import { setImmediate } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { TARGET } from '../helpers/tuiHarness.tsx';
import { type Explorer, exploring } from './explorer.ts';

/** Its survey at the end, with its advice. */
async function advised({ screen, session, press }: Explorer): Promise<void> {
  press('A');
  while (screen.state().survey?.advice?.complete !== true) {
    await setImmediate();
    if (session.step()) screen.tick(screen.state().now + 1000);
  }
}

it('says in full what begins a survey', async () => {
  const explorer = await exploring(60, 20, { target: { ...TARGET, asksFirst: true } });
  explorer.press('A');
  await explorer.page.shows('r begins a survey: builds all 5 proposals', 'nothing is committed');
});

it.each([60, 80])('has no figure in part at %i columns', async columns => {
  const explorer = await exploring(columns, 40);
  await advised(explorer);
  const lines = (await explorer.screen.frame()).split('\n');
  const rows = lines.filter(line =>
    /^│[ ▸]{1,2}[ ●]* *(proposal|recommended|fastest|all proposals|baseline) /.test(line),
  );
  expect(rows.length).toBeGreaterThan(3);
  expect(rows.filter(line => /…\s*│$/.test(line))).toEqual([]);
});
