import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { choose, frontier, type Option, type QueryOptions } from '../../src/suggestion/choice.ts';
import { isUnmet } from '../../src/suggestion/proposalSets.ts';

const option = (needs: readonly string[], ms: number, more: Partial<Option> = {}): Option => ({
  needs,
  cost: ms,
  ms,
  stale: false,
  tied: false,
  scans: false,
  unproven: false,
  risky: false,
  ...more,
});
const query = (id: string, baseMs: number, ...options: readonly Option[]): QueryOptions => ({
  id,
  targetMs: 1000,
  weight: 1,
  options: [option([], baseMs), ...options],
});
const MB = 1_000_000;
const limits = (bytes: Readonly<Record<string, number>>, budgetBytes = 1000 * MB) => ({
  budgetBytes,
  bytesOf: (id: string) => bytes[id] ?? 0,
});

describe('a choice', () => {
  it('meets a target by an index rather than by a view, however small that is', () => {
    const one = query('a', 9000, option(['index'], 500), option(['view'], 1, { stale: true }));
    expect(choose([one], limits({ index: 800 * MB, view: 1 })).proposals).toEqual(['index']);
  });

  it('takes the view where the index would miss the target, or the budget', () => {
    const slow = query('a', 9000, option(['index'], 900), option(['view'], 1, { stale: true }));
    expect(choose([slow], limits({ index: MB, view: MB })).proposals).toEqual(['view']);
    const large = query('a', 9000, option(['index'], 500), option(['view'], 1, { stale: true }));
    expect(choose([large], limits({ index: 2000 * MB, view: MB })).proposals).toEqual(['view']);
  });

  it('takes the view rather than an index whose plan the rows here do not give', () => {
    const guessed = option(['index'], 500, { unproven: true });
    const one = query('a', 9000, guessed, option(['view'], 1, { stale: true }));
    expect(choose([one], limits({ index: MB, view: MB })).proposals).toEqual(['view']);
    expect(choose([query('a', 9000, guessed)], limits({ index: MB })).proposals).toEqual(['index']);
    const met = query('a', 700, option(['index'], 10, { unproven: true }));
    expect(choose([met], limits({ index: MB })).proposals).toEqual([]);
  });

  it('takes nothing that may be no faster in production, for its own query or as a side effect', () => {
    const risky = query('a', 1200, option(['index'], 700, { risky: true }));
    expect(choose([risky], limits({ index: MB })).proposals).toEqual([]);
    const other = query('b', 9000, option(['index'], 500), option(['view'], 1, { stale: true }));
    expect(choose([risky, other], limits({ index: MB, view: MB })).proposals).toEqual(['view']);
    const met = query('a', 500, option(['index'], 450, { risky: true }));
    expect(choose([met, other], limits({ index: MB, view: MB })).proposals).toEqual(['view']);
    // Where nothing else meets a target, it has the side effect.
    const only = query('b', 9000, option(['index'], 500));
    expect(choose([risky, only], limits({ index: MB })).proposals).toEqual(['index']);
  });

  it('takes the planner’s word for a statement that writes', () => {
    const word = option(['index'], 10, { unproven: true, writes: true });
    expect(choose([query('a', 700, word)], limits({ index: MB })).proposals).toEqual(['index']);
  });

  it('takes one index for two queries rather than one for each', () => {
    const a = query('a', 9000, option(['wide'], 300), option(['narrow-a'], 200));
    const b = query('b', 9000, option(['wide'], 300), option(['narrow-b'], 200));
    const { proposals } = choose([a, b], limits({ wide: 60 * MB, 'narrow-a': 50 * MB, 'narrow-b': 50 * MB }));
    expect(proposals).toEqual(['wide']);
  });

  it('adds what is worth its bytes, and nothing that is not', () => {
    const a = query('a', 500, option(['good'], 5));
    const b = query('b', 100, option(['little'], 99));
    expect(choose([a, b], limits({ good: MB, little: MB })).proposals).toEqual(['good']);
  });

  it('adds a lookup that is many times as fast, however little of the workload it is', () => {
    const report = query('report', 5000, option(['covering'], 500));
    const lookup = query('lookup', 12, option(['lookup'], 0.05));
    const blink = query('blink', 0.5, option(['blink'], 0.01));
    const bytes = limits({ covering: MB, lookup: MB, blink: MB });
    expect([...choose([report, lookup, blink], bytes).proposals].sort()).toEqual(['covering', 'lookup']);
  });

  it('adds an index that makes a query twice as fast which misses its target anyway, and no view for that', () => {
    const daily = query('daily', 900_000, option(['daily'], 5));
    const rare = query('rare', 9000, option(['rare'], 4000), option(['view'], 3000, { stale: true }));
    const bytes = limits({ daily: MB, rare: 5 * MB, view: MB });
    expect([...choose([daily, rare], bytes).proposals].sort()).toEqual(['daily', 'rare']);
    const more = query('rare', 9000, option(['rare'], 4000), option(['rare', 'more'], 1500));
    expect(choose([daily, more], limits({ daily: MB, rare: MB, more: MB })).proposals).not.toContain('more');
    const little = query('little', 9000, option(['little'], 5000), option(['view'], 3000, { stale: true }));
    expect(choose([daily, little], limits({ daily: MB, little: MB, view: MB })).proposals).toEqual(['daily']);
  });

  it('takes no second index for what is barely faster with it, unless many queries are', () => {
    const range = query('range', 200, option(['brin'], 165), option(['btree'], 190));
    const lookup = query('lookup', 130, option(['btree'], 7));
    const bytes = limits({ brin: 24_000, btree: 6 * MB });
    expect(choose([query('report', 2000), range, lookup], bytes).proposals).toEqual(['btree']);
    const joins = ['a', 'b', 'c', 'd'].map(id => query(id, 100, option(['key'], 85)));
    expect(choose(joins, limits({ key: MB })).proposals).toEqual(['key']);
  });

  it('never adds a view for a query that meets its target', () => {
    const one = query('a', 500, option(['view'], 1, { stale: true }));
    expect(choose([one], limits({ view: 1 })).proposals).toEqual([]);
  });

  it('shows what fewer bytes give, and what more views give; speed alone takes those', () => {
    const a = query('a', 9000, option(['large'], 500), option(['small'], 900));
    const b = query('b', 500, option(['view'], 1, { stale: true }));
    const bounds = limits({ large: 400 * MB, small: 100 * MB, view: MB });
    const chosen = choose([a, b], bounds);
    expect(chosen).toMatchObject({ proposals: ['large'], unmet: [], stale: 0 });
    expect(frontier([a, b], bounds, chosen)).toMatchObject([
      { proposals: ['small'], unmet: ['a'], stale: 0, bytes: 100 * MB },
      { proposals: ['large', 'view'], unmet: [], stale: 1, ms: 501 },
    ]);
    expect(choose([a, b], bounds, 'fast').proposals).toEqual(['large', 'view']);
  });

  it('counts a scan of a large table as unmet', () => {
    const one = query('a', 5, option(['index'], 6));
    const scanning = {
      ...one,
      options: [option([], 5, { scans: true }), option(['index'], 6, { cost: 4 })] as const,
    };
    expect(choose([scanning], limits({ index: MB })).proposals).toEqual(['index']);
  });

  const proposals = ['p', 'q', 'r', 's'];
  const options = fc.record({
    needs: fc.uniqueArray(fc.constantFrom(...proposals), { minLength: 1, maxLength: 3 }),
    ms: fc.integer({ min: 1, max: 3000 }),
    cost: fc.integer({ min: 1, max: 3000 }),
    stale: fc.boolean(),
    tied: fc.boolean(),
    scans: fc.boolean(),
    unproven: fc.boolean(),
    risky: fc.boolean(),
  });
  const queries = fc.array(
    fc.record({ ms: fc.integer({ min: 1, max: 3000 }), options: fc.array(options, { maxLength: 4 }) }),
    { minLength: 1, maxLength: 3 },
  );

  it('is as good as the best of all choices: targets missed, then queries that read a view', () => {
    fc.assert(
      fc.property(
        queries,
        fc.array(fc.integer({ min: 1, max: 500 }), { minLength: 4, maxLength: 4 }),
        (drawn, sizes) => {
          const list = drawn.map(({ ms, options: more }, at) => query(`q${at}`, ms, ...more));
          const bounds = limits(
            Object.fromEntries(proposals.map((id, at) => [id, (sizes[at] ?? 1) * MB])),
            900 * MB,
          );
          const found = choose(list, bounds);
          expect(found.bytes).toBeLessThanOrEqual(bounds.budgetBytes);
          // What the planner makes of a set: the cheapest plan that it allows.
          const unmetUnder = (set: readonly string[]) =>
            list.filter(one => {
              const possible = one.options.filter(({ needs }) => needs.every(id => set.includes(id)));
              const cheapest = possible.reduce((best, next) => (next.cost < best.cost ? next : best));
              return isUnmet(one, cheapest);
            }).length;
          const sets = Array.from({ length: 2 ** proposals.length }, (_, mask) =>
            proposals.filter((_id, at) => mask & (1 << at)),
          );
          const fits = (set: readonly string[]) =>
            set.reduce((sum, id) => sum + bounds.bytesOf(id), 0) <= bounds.budgetBytes;
          const best = Math.min(...sets.filter(fits).map(unmetUnder));
          expect(found.unmet.length).toBe(best);
        },
      ),
      { numRuns: 300 },
    );
  });
});
