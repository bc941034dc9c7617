/** The overlay of the planner settings: values stepped, typed, switched, and what the screen says of them. */
import { describe, expect, it } from 'vitest';
import { settingsOn } from '../../src/tui/settings/settings.ts';
import { FakeSession } from '../helpers/fakeSession.ts';
import { expectFrame as matchFrame } from '../helpers/screenFrame.ts';
import { countOn, HOW_GOT, planName, SHOWN } from '../helpers/shown.ts';
import type { Harness } from '../helpers/tuiHarness.tsx';
import { mounted } from './explorer.ts';
import { OPENED_AT, shop } from './shop.ts';

let screen: Harness;
let session: FakeSession;

async function start(columns: number, rows: number): Promise<void> {
  ({ screen, session } = await mounted({ columns, rows }));
}

/** With the settings read. */
async function open(columns = 120, rows = 40): Promise<void> {
  await start(columns, rows);
  screen.press('o');
  await screen.frame();
}

const on = () => settingsOn(screen.state().settings);
const lastDesired = () => session.desiredStates.at(-1);

const expectFrame = async (name: string) => matchFrame(await screen.frame(), screen.state().size, name);

describe('keys', () => {
  it('step through values, switch, and go back to the server’s own', async () => {
    await open();
    const before = screen.state().revision;
    screen.press('right');
    expect(on()).toEqual([{ name: 'work_mem', value: '256MB' }]);
    expect(lastDesired()).toMatchObject({ revision: before + 1, settings: on() });
    screen.press('l', 'l', 'l');
    expect(on()).toEqual([{ name: 'work_mem', value: '1GB' }]);
    expect(screen.state().revision, 'beyond the last step nothing is desired').toBe(before + 2);
    screen.press('space');
    expect(on()).toEqual([]);
    expect(lastDesired()).not.toHaveProperty('settings');
    screen.press('space');
    expect(on()).toEqual([{ name: 'work_mem', value: '1GB' }]);
    screen.press('0');
    expect(screen.state().settings.changed).toEqual([]);
    screen.press('left');
    expect(on()).toEqual([{ name: 'work_mem', value: '16MB' }]);
    screen.press('h', 'l', 'l');
    expect(on(), 'the server’s own value is no change').toEqual([]);
  });

  it('switch what is just on or off, and all that is changed', async () => {
    await open();
    const jit = screen.state().settings.facts?.findIndex(({ name }) => name === 'jit') ?? -1;
    screen.press('right', ...Array<string>(jit).fill('j'), 'space');
    expect(on()).toEqual([
      { name: 'work_mem', value: '256MB' },
      { name: 'jit', value: 'off' },
    ]);
    screen.press('a');
    expect(on()).toEqual([]);
    screen.press('a');
    expect(on()).toHaveLength(2);
    screen.press('escape');
    expect(screen.state().overlay).toBeUndefined();
    expect(on(), 'they stay on').toHaveLength(2);
  });

  it('type a value, which the server takes in its own spelling or refuses in a line', async () => {
    await open();
    screen.press('e', 'ctrl+u');
    screen.stdin.type('lots');
    screen.press('enter');
    expect(await screen.frame()).toContain('invalid value for parameter "work_mem": "lots"');
    expect(screen.state().revision).toBe(lastDesired()?.revision);
    expect(on()).toEqual([]);
    screen.press('ctrl+u');
    screen.stdin.type('100 MB');
    screen.press('enter');
    await screen.frame();
    expect(on()).toEqual([{ name: 'work_mem', value: '100MB' }]);
    expect(screen.state().settings.typing).toBeUndefined();
    screen.press('right');
    expect(on(), 'the next step up').toEqual([{ name: 'work_mem', value: '256MB' }]);
    screen.press('enter');
    screen.stdin.type('q');
    screen.press('escape');
    expect(screen.state().settings.typing).toBeUndefined();
    expect(screen.state().overlay?.kind).toBe('settings');
  });

  it('are kept by what was changed, over a lost connection, and not by what was being typed', async () => {
    await open();
    screen.press('right', 'enter');
    session.lose('terminated');
    screen.press('r');
    screen.dispatch({ type: 'reconnect:started' });
    session = new FakeSession((await shop(() => OPENED_AT)).script);
    screen.attach(session);
    expect(lastDesired()?.settings).toEqual([{ name: 'work_mem', value: '256MB' }]);
    screen.press('o');
    expect(screen.state().settings.typing).toBeUndefined();
  });

  it('do nothing while the server has not said what its settings are', async () => {
    await start(120, 40);
    screen.press('o', 'right', 'space', 'enter', 'a', 'j');
    expect(on()).toEqual([]);
    expect(screen.state().settings.typing).toBeUndefined();
  });
});

describe('what the screen says', () => {
  it('is the figures under the setting, beside those of the server’s own', async () => {
    await open(200, 60);
    screen.press('right');
    expect(await screen.frame()).toContain('after: Q1 Q2 Q3 Q4 Q5 Q6 not known');
    session.settle();
    expect(await screen.frame()).toContain('after: Q1 Q3 Q4 Q5 Q6 no clear difference · Q2 not known');
    screen.press('escape');
    const frame = await screen.frame();
    expect(frame).toContain(`${countOn(0, 5)} · set: work_mem 256MB`);
    expect(frame).toContain(`${planName('before', 1)} · own settings`);
    expect(frame).toContain(
      `${planName('after', 1)} · work_mem 256MB · ${SHOWN.samePlan}, no clear difference`,
    );
    screen.press('t');
    expect(await screen.frame()).toContain('set: work_mem 256MB');
    screen.press('escape', 'o', 'space', 'escape');
    expect(await screen.frame()).not.toContain('set:');
    expect(await screen.frame()).toContain('the baseline: no proposal is on');
  });

  it('keeps the plans apart: one that only weighs has the same run times', async () => {
    await open();
    screen.resize(240, 60);
    screen.press('j', 'j', 'right', 'escape', '2');
    session.settle();
    expect(on()[0]?.name).toBe('effective_cache_size');
    const frame = await screen.frame();
    expect(frame).toContain(` ${SHOWN.samePlan}`);
    expect(frame).toContain(HOW_GOT.reused);
  });

  it('is in the board of requirements', async () => {
    await open();
    screen.press('right', 'B');
    session.settle();
    expect(await screen.frame()).toMatch(/after: \d/);
  });
});

describe.each([
  [80, 24],
  [120, 40],
  [200, 60],
] as const)('at %i×%i', (columns, rows) => {
  it('the settings, one changed, one switched off', async () => {
    await open(columns, rows);
    screen.press('right', 'j', 'right', 'space', 'j', 'j', 'left');
    session.settle();
    await expectFrame('settings');
    screen.press('enter', 'ctrl+u');
    screen.stdin.type('lots');
    screen.press('enter');
    await screen.frame();
    await expectFrame('settings-refused');
  });

  it('the panes with settings on', async () => {
    await start(columns, rows);
    screen.press('a', 'o');
    await screen.frame();
    screen.press('right', 'escape', 'f2', '2');
    session.settle();
    await expectFrame('settings-on');
  });
});
