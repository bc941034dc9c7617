/** The advice of production's plans: asked of the lens in the background, told at three sizes, and never taken for what was measured. */
import { setImmediate } from 'node:timers/promises';
import { expect, it } from 'vitest';
import type { Workload } from '../../src/workload/workload.ts';
import { FakeSession, type Script } from '../helpers/fakeSession.ts';
import { expectFrame as matchFrame } from '../helpers/screenFrame.ts';
import { SHOWN } from '../helpers/shown.ts';
import type { Harness } from '../helpers/tuiHarness.tsx';
import { mounted } from './explorer.ts';
import { lensOf } from './lens.ts';
import { OPENED_AT, shop } from './shop.ts';

const SIZES = [
  [80, 24],
  [120, 40],
  [200, 60],
] as const;

let screen: Harness;
let session: FakeSession;

async function explorer(change: (workload: Workload) => Workload = workload => workload): Promise<Script> {
  const workload = change((await shop()).workload);
  const made = await mounted({ columns: 80, rows: 24, workload });
  ({ screen, session } = made);
  return made.script;
}

/** Until its lens has nothing more to tell. */
async function planned(lens: FakeSession): Promise<void> {
  for (let idle = 0; idle < 30; ) {
    await setImmediate();
    idle = lens.step() ? 0 : idle + 1;
  }
}

async function opened(): Promise<{ readonly lens: FakeSession; readonly script: Script }> {
  const script = await explorer();
  screen.press('A', '4');
  const lens = new FakeSession(lensOf(script));
  screen.attachLens(lens, []);
  await planned(lens);
  return { lens, script };
}

async function expectFrames(name: string, sizes: readonly (readonly [number, number])[] = SIZES) {
  for (const [columns, rows] of sizes) {
    screen.resize(columns, rows);
    const frame = await screen.frame();
    // Nothing here has a time.
    expect(frame).not.toMatch(/\d (ms|s|min)\b|faster|slower/);
    await matchFrame(frame, { columns, rows }, `advice-productionSurvey-${name}`);
  }
}

it('opens the lens that p opens, asks it for few plans, and tells what production’s planner would use', async () => {
  const script = await explorer();
  screen.press('A');
  expect(screen.lensesOpened()).toBe(0);
  screen.press('4');
  expect(screen.lensesOpened()).toBe(1);
  expect(screen.state().productionSurvey?.state).toBe('waiting');
  expect(await screen.frame()).toContain('the lens: reading the catalog');
  screen.press('escape', 'p');
  expect(screen.lensesOpened()).toBe(1);
  screen.press('p');
  const lens = new FakeSession(lensOf(script));
  screen.attachLens(lens, []);
  expect(screen.state().productionSurvey).toMatchObject({ state: 'planning', run: 1 });
  await planned(lens);
  expect(screen.lensesOpened()).toBe(1);
  const { advice, state } = screen.state().productionSurvey ?? {};
  expect({ state, projected: advice?.projected }).toEqual({ state: 'ended', projected: true });
  expect(advice?.effort).toMatchObject({ cells: 192, executions: 0 });
  expect(advice?.effort.asked).toBeLessThan(60);
  screen.press('A');
  screen.dispatch({ type: 'clock:ticked', now: OPENED_AT + 84_000 });
  // The survey here goes on, and is another thing.
  expect((await screen.frame()).split('\n').at(-2)).toContain(`${SHOWN.surveyHere}: `);
});

it('tells of sets and of each proposal', async () => {
  await explorerWithoutSurvey();
  await expectFrames('same-plans');
  screen.press('j', 'j', 'j', 'j', 'j', 'j');
  await expectFrames('proposal');
  screen.press('pagedown', 'pagedown');
  expect(await screen.frame()).toContain('advise --scales (the demo) and --sample');
});

/** Its times are the transaction's, which these tests do not cover. */
async function explorerWithoutSurvey(): Promise<void> {
  await opened();
  screen.press('1', 'x', '4');
  session.settle();
}

it('switches to the smallest set with the same plans, and only from a set', async () => {
  await explorerWithoutSurvey();
  const smallest = screen.state().productionSurvey?.advice?.samePlans?.proposals ?? [];
  expect(smallest.length).toBeGreaterThan(0);
  screen.press('enter');
  expect(screen.state().on).toEqual(smallest);
  expect(session.desiredStates.at(-1)?.proposals).toEqual(smallest);
  const { revision } = screen.state();
  screen.press('G', 'enter');
  expect(screen.state().revision).toBe(revision);
  screen.press('g', 'j', 'j', 'enter');
  expect(screen.state().on).toEqual([]);
});

it('leaves the survey’s keys to the pages of measured results', async () => {
  await opened();
  expect(screen.state().survey?.state).toBe('running');
  screen.press('p', 'x');
  expect(screen.state().survey).toMatchObject({ state: 'running', run: 1 });
  screen.press('r');
  expect(screen.state().productionSurvey).toMatchObject({ state: 'planning', run: 2 });
  screen.press('1', 'p');
  expect(screen.state().survey?.state).toBe('paused');
  expect((await screen.frame()).split('\n')[0]).toContain(SHOWN.safe);
  screen.press('4');
  expect((await screen.frame()).split('\n')[0]).toContain(SHOWN.atProduction);
});

it('is repeated with another lens, and names the old one until then', async () => {
  const { script } = await opened();
  const [first] = screen.state().workload.proposals;
  if (first === undefined) throw new Error('no proposal');
  screen.dispatch({ type: 'proposal:written', proposal: { ...first, title: 'another' } });
  screen.press('A', 'A');
  expect(screen.lensesOpened()).toBe(2);
  expect(screen.state().productionSurvey).toMatchObject({ state: 'waiting', run: 1 });
  expect(await screen.frame()).toContain('Below is of before.');
  const lens = new FakeSession(lensOf({ ...script, workload: screen.state().workload }));
  screen.attachLens(lens, []);
  await planned(lens);
  expect(screen.state().productionSurvey).toMatchObject({ state: 'ended', run: 2 });
});

it('goes with the lens and with the session, and begins again when it is looked at', async () => {
  const { lens } = await opened();
  screen.press('r');
  lens.lose('gone');
  for (let turn = 0; turn < 5; turn++) await setImmediate();
  expect(screen.state().productionSurvey).toMatchObject({ state: 'gone', why: 'the lens is gone' });
  expect(await screen.frame()).toContain('Out of date: the lens is gone; r begins again.');
  screen.press('r');
  expect(screen.lensesOpened()).toBe(2);
  session.lose('gone, too');
  expect(screen.state().productionSurvey).toMatchObject({ state: 'gone', why: 'its session is gone' });
});

it('says why nothing is known', async () => {
  await explorer();
  screen.press('A', '4');
  screen.dispatch({ type: 'production:failed', words: 'the lens could not be made: no room' });
  await expectFrames('failed', [SIZES[1]]);
  screen.press('1', '4');
  expect(screen.lensesOpened()).toBe(1);
  screen.press('r');
  expect(screen.lensesOpened()).toBe(2);

  await explorer(workload => ({ ...workload, budgets: { ...workload.budgets, productionRows: {} } }));
  screen.press('A', '4', 'r');
  expect(screen.lensesOpened()).toBe(0);
  expect(await screen.frame()).toMatch(/schema\/workload\.json does not say how large it is/);
  expect(await screen.frame()).toContain(SHOWN.safe);
});

it('drops a set whose rewrite returns other rows than its query', async () => {
  await explorerWithoutSurvey();
  const answer = {
    verdict: 'different' as const,
    rows: { original: 2, rewrite: 1 },
    differing: { original: 1, rewrite: 0 },
    columns: [],
    samples: { original: [], rewrite: [] },
    explanation: '',
    how: '',
  };
  screen.dispatch({
    type: 'answer:compared',
    queryId: '05-customer-lifetime-value',
    rewrite: 'customer_lifetime_stats',
    answer,
  });
  for (let turn = 0; turn < 60; turn++) await setImmediate();
  expect(screen.state().productionSurvey?.advice?.samePlans).toBeNull();
  expect(await screen.frame()).toContain('NOT THE SAME ANSWER');
});

it('is the page that opens on a lens that is all there is; the others say that nothing has a time', async () => {
  const facts = { of: 'shop, PostgreSQL 15.4, of 2026-01-02', hidden: [] };
  const { session: lens, ...made } = await mounted({ columns: 80, rows: 24, own: one => lensOf(one, facts) });
  ({ screen } = made);
  screen.press('A');
  await planned(lens);
  expect(screen.lensesOpened()).toBe(0);
  expect(screen.state()).toMatchObject({ survey: undefined, productionSurvey: { state: 'ended', run: 1 } });
  await expectFrames('lens-file', [SIZES[1]]);
  for (const page of ['1', '2', '3']) {
    screen.press(page, 'r');
    expect(await screen.frame()).toContain('No survey: nothing is run in a lens');
  }
  expect(screen.state().survey).toBeUndefined();
  screen.press('escape', 'A');
  expect(screen.state().adviceView.page).toBe('production');
});
