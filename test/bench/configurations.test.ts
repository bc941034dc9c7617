import { describe, expect, it } from 'vitest';
import { at, freshConfigurations } from '../../bench/configurations.ts';

const proposals = ['a', 'b', 'c', 'd', 'e'].map(id => ({ id }));

describe('freshConfigurations', () => {
  const steps = freshConfigurations(proposals);

  it('goes through every configuration but the baseline once', () => {
    const seen = new Set(steps.map(({ on }) => on.join(' ')));
    expect(steps).toHaveLength(31);
    expect(seen.size).toBe(31);
    expect(seen).not.toContain('');
  });

  it('flips exactly the switch it says, from the baseline on', () => {
    let on = new Set<string>();
    for (const step of steps) {
      const flipped = at(proposals, step.flipped).id;
      const next = new Set(on);
      if (!next.delete(flipped)) next.add(flipped);
      expect([...step.on].sort()).toEqual([...next].sort());
      on = next;
    }
  });

  it('is one switch for one proposal, and nothing for none', () => {
    expect(freshConfigurations([{ id: 'a' }])).toEqual([{ flipped: 0, on: ['a'] }]);
    expect(freshConfigurations([])).toEqual([]);
  });
});

describe('at', () => {
  it('starts again after the last', () => {
    expect([0, 1, 2, 3].map(round => at(['x', 'y'], round))).toEqual(['x', 'y', 'x', 'y']);
  });

  it('refuses an empty list', () => {
    expect(() => at([], 0)).toThrow(RangeError);
  });
});
