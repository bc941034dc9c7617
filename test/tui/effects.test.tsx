/** Keys reach the session at once and never wait for it. */
import { setImmediate } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import type { DesiredState, ExplorerSession, SettingChoice } from '../../src/session/events.ts';
import { type Harness, renderExplorer } from '../helpers/tuiHarness.tsx';
import { OPENED_AT, shop } from './shop.ts';

/** Says that it is open, then nothing more: a server that is busy for ever. */
class SilentSession implements ExplorerSession {
  readonly orders: (DesiredState | string)[] = [];
  constructor(private readonly opened: Parameters<Parameters<ExplorerSession['subscribe']>[0]>[0]) {}
  subscribe(listener: Parameters<ExplorerSession['subscribe']>[0]): () => void {
    listener(this.opened);
    return () => {};
  }
  setDesired(desired: DesiredState): void {
    this.orders.push(desired);
  }
  measureAgain(queryId: string): void {
    this.orders.push(`measure ${queryId}`);
  }
  cancel(): void {
    this.orders.push('cancel');
  }
  revise(): void {
    this.orders.push('revise');
  }
  background(): Promise<{ readonly kind: 'ended' }> {
    return Promise.resolve({ kind: 'ended' });
  }
  verify(): void {
    this.orders.push('verify');
  }
  inspect(): void {
    this.orders.push('inspect');
  }
  readSettings(): void {
    this.orders.push('read settings');
  }
  trySetting({ name, value }: SettingChoice): void {
    this.orders.push(`try ${name} ${value}`);
  }
  close(): Promise<void> {
    return new Promise(() => {});
  }
}

let screen: Harness;
let session: SilentSession;
afterEach(() => screen.unmount());

async function start(): Promise<void> {
  const { workload, script } = await shop();
  screen = renderExplorer({ columns: 120, rows: 40, workload, now: OPENED_AT });
  session = new SilentSession(script.opened);
  screen.attach(session);
  await screen.frame();
}

describe('keys', () => {
  it('flip the switch in the next frame while the session says nothing', async () => {
    await start();
    screen.stdin.type(' ');
    // One turn of the event loop, and no timer: the frame did not wait for anything.
    await setImmediate();
    expect(screen.state().on).toEqual(['customer_lifetime_stats']);
    expect(await screen.frame()).toContain('[x] customer_lifetime_stats');
    expect(session.orders.at(-1)).toEqual({
      revision: 2,
      proposals: ['customer_lifetime_stats'],
      queryId: '01-daily-revenue-trend',
    });
  });

  it('that arrive as one chunk are all heard', async () => {
    await start();
    screen.stdin.type('jj a3');
    expect(screen.state()).toMatchObject({ proposalCursor: 2, queryId: '03-customer-cohort-analysis' });
    expect(screen.state().on).toHaveLength(5);
    expect(session.orders).toHaveLength(4);
  });

  it('that only move ask for nothing', async () => {
    await start();
    screen.press('j', 'j', 'k', '?', 'j', 'escape', 'tab', 'shift+tab', 'z', 'b', 's', 'q');
    expect(session.orders).toHaveLength(1);
  });

  it('look the session’s promises up with the board, and again when there is something new while it is open', async () => {
    await start();
    const asked = () => session.orders.filter(order => order === 'verify').length;
    screen.press('?', 'escape');
    screen.dispatch({ type: 'session:idle' });
    expect(asked()).toBe(0);
    screen.press('B', 'j', 'enter', 'escape');
    expect(asked()).toBe(1);
    screen.dispatch({ type: 'session:idle' });
    expect(asked()).toBe(2);
  });

  it('order a new measurement, and the end of a running one', async () => {
    await start();
    screen.press('2', 'r', 'x');
    expect(session.orders.slice(-2)).toEqual(['measure 02-top-products-by-category', 'cancel']);
  });

  it('leave with 0, with 130, and with 1 when the connection was lost', async () => {
    await start();
    screen.stdin.type('q');
    screen.stdin.type('\u0003');
    screen.dispatch({ type: 'session:lost', reason: 'gone' });
    screen.stdin.type('q');
    expect(screen.exitCodes).toEqual([0, 130, 1]);
  });

  it('reconnect, once at a time, when the connection was lost', async () => {
    await start();
    expect(screen.reconnects).toEqual([]);
    screen.dispatch({ type: 'session:lost', reason: 'gone' });
    screen.stdin.type('r');
    screen.dispatch({ type: 'reconnect:started' });
    screen.stdin.type('r');
    expect(screen.reconnects).toHaveLength(1);
    screen.dispatch({ type: 'reconnect:failed', reason: 'no' });
    screen.stdin.type('r');
    expect(screen.reconnects).toHaveLength(2);
  });
});
