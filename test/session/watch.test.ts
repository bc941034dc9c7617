import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { WorkState } from '../../src/session/control.ts';
import { watchWork } from '../../src/session/watch.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const SILENCE_MS = 20_000;

/** A server that tells what `state` says, and what the watch said of it. */
function watched(state: () => WorkState | 'unreachable' | undefined, isWaiting = () => true) {
  const told: string[] = [];
  const control = {
    workState: async () => {
      const now = state();
      if (now === 'unreachable') throw new Error(now);
      return now;
    },
  };
  const stop = watchWork({ isWaiting }, control, reason => told.push(reason), SILENCE_MS);
  return { told, stop };
}

const busy: WorkState = { isIdle: false, since: 'long ago' };

describe('the watch over the work connection', () => {
  it('says nothing while the server works, or nothing waits', async () => {
    const works = watched(() => busy);
    const rests = watched(
      () => 'unreachable',
      () => false,
    );
    await vi.advanceTimersByTimeAsync(10 * SILENCE_MS);
    expect([works.told, rests.told]).toEqual([[], []]);
  });

  it('says at once that there is no such server process', async () => {
    const { told } = watched(() => undefined);
    await vi.advanceTimersByTimeAsync(SILENCE_MS / 4);
    expect(told).toEqual(['the server process of this session is gone']);
  });

  it('waits for a network that comes back', async () => {
    let state: WorkState | 'unreachable' = 'unreachable';
    const { told } = watched(() => state);
    for (let round = 0; round < 5; round++) {
      state = 'unreachable';
      await vi.advanceTimersByTimeAsync(SILENCE_MS * 0.8);
      state = busy;
      await vi.advanceTimersByTimeAsync(SILENCE_MS * 0.4);
    }
    expect(told).toEqual([]);
  });

  it('says so when it does not come back', async () => {
    const { told, stop } = watched(() => 'unreachable');
    await vi.advanceTimersByTimeAsync(SILENCE_MS * 1.5);
    stop();
    expect(told[0]).toBe('the server does not answer any more');
  });

  it('tells a lost answer from many short statements', async () => {
    let statement = 0;
    const many = watched(() => ({ isIdle: true, since: String(statement++) }));
    const lost = watched(() => ({ isIdle: true, since: 'then' }));
    await vi.advanceTimersByTimeAsync(SILENCE_MS * 1.5);
    many.stop();
    lost.stop();
    expect(many.told).toEqual([]);
    expect(lost.told[0]).toBe('the server has answered, but the answer did not arrive');
  });
});
