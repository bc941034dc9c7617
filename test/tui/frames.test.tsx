/** The frames as a person sees them, one text file each (test/tui/frames), at three sizes and in every state. */
import { afterEach, describe, expect, it } from 'vitest';
import { preflightLines } from '../../src/report/preflight.ts';
import { NAMED_TIMEOUTS } from '../../src/session/options.ts';
import { FakeSession } from '../helpers/fakeSession.ts';
import { expectFrame as matchFrame } from '../helpers/screenFrame.ts';
import { SHOWN } from '../helpers/shown.ts';
import { type Harness, renderExplorer } from '../helpers/tuiHarness.tsx';
import { INSPECTED, PREFLIGHT } from './safety.ts';
import { OPENED_AT, shop } from './shop.ts';

const SIZES = [
  [80, 24],
  [120, 40],
  [200, 60],
] as const;

interface Scene {
  readonly screen: Harness;
  readonly session: FakeSession;
}

let mounted: Harness | undefined;
afterEach(() => mounted?.unmount());

/** The explorer 83 s after BEGIN, with a session attached that has done nothing yet. */
async function explorer(columns: number, rows: number): Promise<Scene> {
  const clock = { now: OPENED_AT + 83_000 };
  const { workload, script } = await shop(() => clock.now - 3_100);
  const session = new FakeSession(script);
  const screen = renderExplorer({ columns, rows, workload, now: clock.now });
  mounted = screen;
  screen.attach(session);
  return { screen, session };
}

/** Every proposal on, everything planned and measured: a regression, a timeout before, over budget in production. */
async function allOn(columns: number, rows: number): Promise<Scene> {
  const scene = await explorer(columns, rows);
  scene.session.settle();
  scene.screen.press('a');
  scene.session.settle();
  return scene;
}

async function expectFrame(screen: Harness, name: string): Promise<void> {
  await matchFrame(await screen.frame(), screen.state().size, name);
}

describe.each(SIZES)('at %i×%i', (columns, rows) => {
  it('asking: what is about to happen on a database that is not ours', async () => {
    const { workload } = await shop();
    const screen = renderExplorer({ columns, rows, workload, now: OPENED_AT });
    mounted = screen;
    screen.dispatch({ type: 'preflight:asked', lines: preflightLines(PREFLIGHT, NAMED_TIMEOUTS, 30_000) });
    await expectFrame(screen, 'asking');
    expect(screen.state().phase).toBe('asking');
    screen.press('y');
    expect(screen.state().phase).toBe('starting');
  });

  it('a transaction that holds back VACUUM for too long: it asks', async () => {
    const { workload, script } = await shop();
    const target = { label: 'shop at db.example:5432', ageLimitMs: 15 * 60_000 };
    const screen = renderExplorer({ columns, rows, workload, target, now: OPENED_AT + 14 * 60_000 });
    mounted = screen;
    const session = new FakeSession(script);
    screen.attach(session);
    session.settle();
    expect(await screen.frame()).not.toContain('VACUUM');
    screen.tick(OPENED_AT + 16 * 60_000);
    await expectFrame(screen, 'old');
    expect(await screen.frame()).toContain('Start afresh? R');
  });

  it('the ledger: locks, who waits for them, what was sent', async () => {
    const { screen } = await allOn(columns, rows);
    screen.press('i');
    // The fake session's own answer comes first.
    await screen.frame();
    screen.dispatch(INSPECTED);
    await expectFrame(screen, 'ledger');
  });

  it('starting: the steps, the rows loaded and the time left', async () => {
    const { workload } = await shop();
    const screen = renderExplorer({ columns, rows, workload, now: OPENED_AT });
    mounted = screen;
    screen.dispatch({ type: 'startup:step', message: 'starting PostgreSQL 15' });
    screen.tick(OPENED_AT + 900);
    screen.dispatch({ type: 'startup:step', message: 'loading the demo shop' });
    screen.dispatch({
      type: 'startup:progress',
      message: 'order_items',
      rowsDone: 1_234_567,
      rowsTotal: 2_022_050,
      remainingMs: 4_000,
    });
    screen.tick(OPENED_AT + 7_300);
    await expectFrame(screen, 'starting');
  });

  it('the baseline is being measured while the proposals are built', async () => {
    const { screen, session } = await explorer(columns, rows);
    session.stepUntil('measurement:running');
    await expectFrame(screen, 'measuring-baseline');
  });

  it('a proposal that is on is still being built', async () => {
    const { screen, session } = await explorer(columns, rows);
    screen.press('j', 'j', 'space');
    session.stepUntil('build:running');
    session.step();
    await expectFrame(screen, 'building');
  });

  it('all on: a regression, a timeout, over budget in production', async () => {
    const { screen, session } = await allOn(columns, rows);
    screen.press('f2', '4');
    session.settle();
    await expectFrame(screen, 'all-on');
    expect(await screen.frame()).toContain('slower');
    expect(await screen.frame()).toContain('> 30 s');
    expect(await screen.frame()).toContain(SHOWN.overBudget);
  });

  it('a long plan, under the cursor', async () => {
    const { screen, session } = await allOn(columns, rows);
    screen.press('6', 'shift+tab', 'G');
    session.settle();
    await expectFrame(screen, 'long-plan');
  });

  it('one pane in the whole screen', async () => {
    const { screen, session } = await allOn(columns, rows);
    screen.press('2', 'shift+tab', 'c', 'z');
    session.settle();
    await expectFrame(screen, 'zoomed-plan');
  });

  it('a proposal that no plan uses', async () => {
    const { screen, session } = await explorer(columns, rows);
    session.settle();
    screen.press('j', 'space');
    session.settle();
    await expectFrame(screen, 'unused');
    expect(await screen.frame()).toContain(SHOWN.unused);
  });

  it.each([
    ['help', '?'],
    ['sql', 's'],
    ['ddl', 'D'],
    ['summary', 't'],
  ])('%s', async (name, key) => {
    const { screen, session } = await allOn(columns, rows);
    screen.press('5', key);
    session.settle();
    await expectFrame(screen, name);
  });

  it('requirements, before and after, with their evidence', async () => {
    const { screen, session } = await allOn(columns, rows);
    screen.press('B');
    session.settle();
    await screen.frame();
    await expectFrame(screen, 'requirements');
    screen.press('g', ...Array<string>(7).fill('j'), 'enter');
    await expectFrame(screen, 'evidence');
    screen.press('escape');
    expect(screen.state().overlay).toEqual({ kind: 'requirements', scroll: 7 });
  });

  it('everything about a node', async () => {
    const { screen } = await allOn(columns, rows);
    screen.press('shift+tab', 'c', 'enter');
    await expectFrame(screen, 'node');
  });

  it('the connection is lost', async () => {
    const { screen, session } = await allOn(columns, rows);
    session.lose('terminating connection due to administrator command');
    await expectFrame(screen, 'lost');
  });
});

it('says how large the terminal must be, and comes back', async () => {
  const { screen } = await allOn(80, 24);
  const before = await screen.frame();
  screen.resize(59, 24);
  await expectFrame(screen, 'too-small');
  screen.resize(40, 4);
  expect(await screen.frame()).toContain('60×20');
  screen.resize(80, 24);
  expect(await screen.frame()).toBe(before);
});
