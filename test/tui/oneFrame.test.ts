/** A switch and its plan are one frame; what Ink draws is a character a line. */
import { afterEach, describe, expect, it } from 'vitest';
import { initialState } from '../../src/tui/state/initial.ts';
import { reduce } from '../../src/tui/state/reduce.ts';
import { createStore, EXPLORER, type Schedule } from '../../src/tui/store.ts';
import { placeholderOf, withLines } from '../../src/tui/terminal/placeholders.ts';
import { TARGET } from '../helpers/tuiHarness.tsx';
import { OPENED_AT, shop } from './shop.ts';

const waiting: { task: () => void; delayMs: number }[] = [];
const later: Schedule = (task, delayMs) => {
  const entry = { task, delayMs };
  waiting.push(entry);
  return () => void waiting.splice(waiting.indexOf(entry), 1);
};
afterEach(() => void waiting.splice(0));

async function exploring() {
  const { workload, script } = await shop();
  const fresh = initialState(workload, TARGET, { columns: 120, rows: 40 }, OPENED_AT);
  const state = reduce(reduce(fresh, script.opened), { type: 'startup:finished' });
  const store = createStore(state, EXPLORER, later);
  let frames = 0;
  store.subscribe(() => frames++);
  const estimated = (configuration: string) => {
    const answer = script.plan(state.queryId, configuration.split(' '));
    if (typeof answer === 'string') throw new Error(answer);
    const { revision } = store.get();
    const missing: readonly string[] = [];
    store.dispatch({
      type: 'plan:estimated',
      queryId: state.queryId,
      configuration,
      revision,
      missing,
      plan: answer.plan,
      rewrite: answer.rewrite,
    });
  };
  const press = (command: 'switch' | 'down') =>
    store.dispatch({ type: 'key:pressed', press: { command, key: '' } });
  /** News that may wait a little: the query in view is not run any more. */
  const soon = () =>
    store.dispatch({
      type: 'measurement:cancelled',
      queryId: state.queryId,
      fingerprint: '',
      by: 'superseded',
    });
  return { press, estimated, soon, frames: () => frames };
}

describe('a switch', () => {
  it('waits a moment for its plan, and both are one frame', async () => {
    const { press, estimated, frames } = await exploring();
    press('switch');
    expect(frames()).toBe(0);
    expect(waiting.map(({ delayMs }) => delayMs)).toEqual([30]);
    estimated('customer_lifetime_stats');
    expect(frames()).toBe(1);
    expect(waiting).toEqual([]);
  });

  it('waits as long if other news comes before or after the key', async () => {
    const { press, soon, frames } = await exploring();
    soon();
    expect(waiting.map(({ delayMs }) => delayMs)).toEqual([16]);
    press('switch');
    soon();
    expect(waiting.map(({ delayMs }) => delayMs)).toEqual([30]);
    expect(frames()).toBe(0);
  });

  it('flips without the plan where the planner takes longer, and at once where the plan is known', async () => {
    const { press, estimated, frames } = await exploring();
    press('switch');
    waiting[0]?.task();
    expect(frames()).toBe(1);
    estimated('customer_lifetime_stats');
    estimated('');
    const before = frames();
    press('switch');
    expect(frames()).toBe(before + 1);
  });

  it('is the only key that waits', async () => {
    const { press, frames } = await exploring();
    press('down');
    expect(frames()).toBe(1);
  });
});

describe('a placeholder', () => {
  it('is one character for a text, the same for the same text, and becomes it again', () => {
    const [one, other] = [placeholderOf('\u001b[1m▸ a line\u001b[22m'), placeholderOf('another')];
    expect([...one]).toHaveLength(1);
    expect(one).not.toBe(other);
    expect(placeholderOf('another')).toBe(other);
    expect(withLines(`${one}\n${other}`)).toBe('\u001b[1m▸ a line\u001b[22m\nanother');
  });

  it('is used again when all are taken, but never that of a line on the screen', () => {
    const shown = placeholderOf('on the screen');
    for (let line = 0; line < 70_000; line++) {
      placeholderOf(`line ${line}`);
      if (line % 1000 === 0) expect(placeholderOf('on the screen')).toBe(shown);
    }
    expect(withLines(shown)).toBe('on the screen');
  });
});
