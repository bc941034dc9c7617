import { beforeEach, describe, expect, it } from 'vitest';
import type { SessionEvent } from '../../src/session/events.ts';
import { commandFor } from '../../src/tui/keys/bindings.ts';
import { isOn, placeOf } from '../../src/tui/model/selectors.ts';
import { initialState } from '../../src/tui/state/initial.ts';
import { reduce } from '../../src/tui/state/reduce.ts';
import type { Action, State } from '../../src/tui/state/state.ts';
import { press } from '../helpers/keys.ts';
import { TARGET } from '../helpers/tuiHarness.tsx';
import { OPENED_AT, type Shop, shop } from './shop.ts';

let demo: Shop;
let start: State;

beforeEach(async () => {
  demo = await shop();
  const fresh = initialState(demo.workload, TARGET, { columns: 120, rows: 40 }, OPENED_AT);
  start = reduce(reduce(fresh, demo.script.opened), { type: 'startup:finished' });
});

function following(state: State, ...actions: Action[]): State {
  return actions.reduce(reduce, state);
}

function estimated(state: State, revision: number, configuration: string): SessionEvent {
  const answer = demo.script.plan(state.queryId, configuration === '' ? [] : configuration.split(' '));
  if (typeof answer === 'string') throw new Error(answer);
  const { plan } = answer;
  return {
    type: 'plan:estimated',
    queryId: state.queryId,
    configuration,
    missing: [],
    plan,
    rewrite: undefined,
    revision,
  };
}

describe('switching', () => {
  it('starts with nothing on and the first query in view, as revision 1', () => {
    expect(start).toMatchObject({ on: [], queryId: demo.workload.queries[0]?.id, revision: 1 });
  });

  it('flips the switch under the cursor, in the workload’s order, and counts the revision up', () => {
    const state = press(start, 'j', 'space', 'k', 'space');
    expect(state.on).toEqual(['customer_lifetime_stats', 'idx_inventory_product']);
    expect(state.revision).toBe(3);
    expect(press(state, 'space').on).toEqual(['idx_inventory_product']);
  });

  it('switches all on, then all off', () => {
    const all = press(start, 'space', 'a');
    expect(all.on).toHaveLength(5);
    expect(press(all, 'a').on).toEqual([]);
  });

  it('has existing indexes on until they are switched off, whatever `a` does', () => {
    const [first, ...rest] = demo.workload.proposals;
    if (first === undefined) throw new Error('the shop has five proposals');
    const drop = { ...first, kind: 'drop' as const };
    const state = { ...start, workload: { ...start.workload, proposals: [drop, ...rest] } };
    expect(isOn(state, drop)).toBe(true);
    const off = press(state, 'space');
    expect(isOn(off, drop)).toBe(false);
    expect(off.on).toEqual([drop.id]);
    const all = press(off, 'a');
    expect(all.on).toEqual([drop.id, ...rest.map(({ id }) => id)]);
    expect(press(all, 'a').on).toEqual([drop.id]);
    expect(press(state, 'a').on).toEqual(rest.map(({ id }) => id));
  });

  it('leaves only the one under the cursor on, and brings the others back', () => {
    const some = press(start, 'a', 'space');
    const only = press(some, 'j', 'O');
    expect(only.on).toEqual(['idx_inventory_product']);
    expect(press(only, 'O').on).toEqual(some.on);
    expect(press(only, 'k', 'space', 'j', 'O', 'O').on).toEqual([
      'customer_lifetime_stats',
      'idx_inventory_product',
    ]);
  });
});

describe('queries', () => {
  it('are chosen by number; a number without a query says so', () => {
    const third = press(start, '3');
    expect(third.queryId).toBe(demo.workload.queries[2]?.id);
    expect(third.revision).toBe(start.revision + 1);
    expect(press(third, '9')).toEqual({ ...third, message: 'there is no query 9' });
    expect(press(third, '3')).toBe(third);
  });

  it('change their values with v, round and round, under one number', () => {
    const [first, second, ...rest] = demo.workload.queries;
    if (first === undefined || second === undefined) throw new Error('the shop has six queries');
    const queries = [first, { ...first, id: `${first.id}#big` }, second, ...rest];
    const several = { ...start, workload: { ...start.workload, queries } };
    const big = press(several, 'v');
    expect([big.queryId, big.revision]).toEqual([`${first.id}#big`, start.revision + 1]);
    expect(press(big, 'v').queryId).toBe(first.id);
    expect(press(big, '2').queryId).toBe(second.id);
    expect(press(several, '2', 'v').queryId).toBe(second.id);
  });

  it('are chosen by moving in their pane, up to its ends', () => {
    expect(press(start, 'f2', 'G').queryId).toBe(demo.workload.queries[5]?.id);
    expect(press(start, 'f2', 'k').queryId).toBe(start.queryId);
  });
});

describe('panes', () => {
  it('are visited in a circle, each plan for itself where both are on the screen', () => {
    const stops = [0, 1, 2, 3, 4].map(count => press(start, ...Array<string>(count).fill('tab')));
    expect(stops.map(({ focus, view }) => (focus === 'plan' ? view.side : focus))).toEqual([
      'proposals',
      'before',
      'after',
      'queries',
      'proposals',
    ]);
    expect(press(start, 'shift+tab', 'shift+tab')).toMatchObject({ focus: 'plan', view: { side: 'after' } });
  });

  it('show one plan at a time where there is no room for two, switched with b', () => {
    const narrow = following(start, { type: 'terminal:resized', size: { columns: 80, rows: 24 } });
    expect(press(narrow, 'tab', 'tab', 'tab').focus).toBe('proposals');
    expect(press(narrow, 'b').view.side).toBe('before');
  });
});

describe('plans', () => {
  it('of an older revision are dropped', () => {
    const on = press(start, 'space');
    const stale = following(on, estimated(on, on.revision - 1, 'customer_lifetime_stats'));
    expect(stale.plans).toEqual({});
    const fresh = following(on, estimated(on, on.revision, 'customer_lifetime_stats'));
    expect(fresh.plans[on.queryId]?.customer_lifetime_stats).toMatchObject({ state: 'planned' });
  });

  it('of the baseline stay true under every later desired state', () => {
    const on = press(start, 'space');
    const state = following(on, estimated(on, on.revision - 1, ''));
    expect(state.plans[on.queryId]?.['']).toMatchObject({ state: 'planned' });
  });

  it('have a cursor that stays within them and starts at the top with another query', () => {
    const planned = following(start, estimated(start, 1, ''));
    const moved = press(planned, 'f5', 'G');
    expect(moved.view.cursor.after).toBe(4);
    expect(press(moved, 'j').view.cursor.after).toBe(4);
    expect(press(moved, '2').view.cursor).toEqual({ before: 0, after: 0 });
  });

  it('are walked from change to change, the other plan’s cursor going along', () => {
    const configuration = 'idx_orders_date_status_amount';
    const on = press(start, 'G', 'space');
    expect(on.on).toEqual([configuration]);
    const planned = following(on, estimated(on, on.revision, ''), estimated(on, on.revision, configuration));
    const next = press(planned, 'f5', 'n');
    // The index-only scan after is the sequential scan before.
    expect(next.view.cursor).toEqual({ before: 4, after: 2 });
  });
});

describe('measurements', () => {
  const about = () => ({ queryId: start.queryId, fingerprint: 'f' });

  it('run, end, and keep their result when a second one is cancelled', () => {
    const measurement = { runsMs: [1, 2, 3], medianMs: 2, timedOutAfterMs: undefined, tree: undefined };
    const running = following(start, { type: 'measurement:running', ...about(), startedAt: 5 });
    expect(running.measurements[start.queryId]?.f).toEqual({ runningSince: 5 });
    const again = following(start, { type: 'measurement:running', ...about(), startedAt: 5, more: true });
    expect(again.measurements[start.queryId]?.f).toEqual({ runningSince: 5, more: true });
    const done = following(running, {
      type: 'measurement:finished',
      ...about(),
      configuration: '',
      measurement,
    });
    const cancelled = following(
      done,
      { type: 'measurement:running', ...about(), startedAt: 9 },
      { type: 'measurement:cancelled', ...about(), by: 'user' },
    );
    expect(cancelled.measurements[start.queryId]?.f).toEqual({
      result: { measurement, configuration: '' },
      problem: 'cancelled',
    });
  });
});

describe('the end', () => {
  it('closes what lies over the panes and takes no more orders when the connection is lost', () => {
    const lost = following(press(start, '?'), { type: 'session:lost', reason: 'gone' });
    expect(lost).toMatchObject({
      phase: 'lost',
      lost: { reason: 'gone', reconnecting: false },
      overlay: undefined,
    });
    expect(press(lost, 'q')).toBe(lost);
    expect(commandFor('space', placeOf(lost))).toBeUndefined();
  });

  it('forgets what the lost session knew when a new one is there, and keeps what the person chose', () => {
    const on = press(start, 'a', '2', 'j');
    const lost = following(on, { type: 'session:lost', reason: 'gone' });
    const trying = following(
      lost,
      { type: 'reconnect:started' },
      { type: 'startup:step', message: 'a step' },
    );
    expect(trying).toMatchObject({ phase: 'lost', lost: { reconnecting: true }, startup: { steps: [{}] } });
    const failed = following(trying, { type: 'reconnect:failed', reason: 'no' });
    expect(failed.lost).toEqual({ reason: 'gone', reconnecting: false, failure: 'no' });
    const again = following(failed, { type: 'reconnect:started' }, { type: 'startup:finished' });
    expect(again).toMatchObject({
      phase: 'exploring',
      lost: undefined,
      plans: {},
      measurements: {},
      builds: {},
    });
    expect(again.revision).toBe(on.revision + 1);
    expect([again.on, again.queryId, again.proposalCursor]).toEqual([on.on, on.queryId, on.proposalCursor]);
  });

  it('is not undone by a connection that goes while leaving', () => {
    const leaving = following(start, { type: 'explorer:closing' }, { type: 'session:lost', reason: 'gone' });
    expect(leaving.phase).toBe('closing');
    expect(following(leaving, { type: 'reconnect:started' })).toBe(leaving);
  });
});

describe('overlays', () => {
  it('scroll no further than their end, and close with the key that opened them', () => {
    const small = following(start, { type: 'terminal:resized', size: { columns: 80, rows: 24 } });
    const end = press(small, '?', 'G');
    expect(end.overlay?.scroll).toBeGreaterThan(0);
    expect(press(end, 'j').overlay).toEqual(end.overlay);
    expect(press(end, 'g').overlay?.scroll).toBe(0);
    expect(press(end, '?').overlay).toBeUndefined();
    expect(press(end, 's').overlay).toEqual({ kind: 'sql', scroll: 0 });
    expect(press(end, 'q').overlay).toBeUndefined();
  });
});
