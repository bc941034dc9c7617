import { describe, expect, it } from 'vitest';
import { figuresOf, inTurns, timed } from '../../bench/rounds.ts';

/** Runs two sides that note when they had their turn; each gives the round's number. */
async function recorded(count: number, warmUp: number) {
  const turns: string[] = [];
  const side = (name: 'a' | 'b') => async (round: number) => {
    turns.push(`${name}${round}`);
    return { [name]: round };
  };
  const rounds = await inTurns<'a' | 'b'>([side('a'), side('b')], { count, warmUp });
  return { rounds, turns };
}

describe('inTurns', () => {
  it('lets every side begin in turn', async () => {
    expect((await recorded(4, 0)).turns).toEqual(['a0', 'b0', 'b1', 'a1', 'a2', 'b2', 'b3', 'a3']);
  });

  it('runs the warm-up and throws its figures away', async () => {
    const { rounds, turns } = await recorded(2, 3);
    expect(turns).toHaveLength(10);
    expect(rounds).toEqual([
      { a: 3, b: 3 },
      { a: 4, b: 4 },
    ]);
  });

  it('never runs two sides at once', async () => {
    let running = 0;
    let most = 0;
    const side = async () => {
      most = Math.max(most, ++running);
      await new Promise(resolve => setImmediate(resolve));
      running--;
      return {};
    };
    await inTurns([side, side, side], { count: 3, warmUp: 1 });
    expect(most).toBe(1);
  });

  it('stops at the first failure', async () => {
    let calls = 0;
    const failing = async () => {
      calls++;
      throw new Error('the server is gone');
    };
    await expect(inTurns([failing], { count: 5, warmUp: 0 })).rejects.toThrow('the server is gone');
    expect(calls).toBe(1);
  });
});

describe('figuresOf', () => {
  it('gives one name’s figures in order', () => {
    expect(figuresOf<'a' | 'b'>([{ a: 1, b: 2 }, { a: 3 }], 'a')).toEqual([1, 3]);
  });

  it('refuses a round without it, rather than pair the wrong rounds', () => {
    expect(() => figuresOf<'a' | 'b'>([{ a: 1, b: 2 }, { a: 3 }], 'b')).toThrow(RangeError);
  });
});

describe('timed', () => {
  it('waits for the task', async () => {
    let done = false;
    const ms = await timed(async () => {
      await new Promise(resolve => setImmediate(resolve));
      done = true;
    });
    expect(done).toBe(true);
    expect(ms).toBeGreaterThan(0);
  });
});
