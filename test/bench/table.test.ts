import { describe, expect, it } from 'vitest';
import { comparisonText, ratioText } from '../../bench/table.ts';

describe('ratioText', () => {
  it.each([
    [1, '1.0×'],
    [1.94, '1.9×'],
    [9.94, '9.9×'],
    [9.96, '10×'],
    [12.4, '12×'],
    [994, '990×'],
    [1234, '1,200×'],
    [0.5, '1/2.0'],
    [1 / 310, '1/310'],
    [1 / 2345, '1/2,300'],
    // What rounds to the same is the same.
    [0.99, '1.0×'],
  ])('%f is %s', (ratio, text) => {
    expect(ratioText(ratio)).toBe(text);
  });
});

describe('comparisonText', () => {
  it('tells the median of the rounds’ ratios, not the ratio of the medians', () => {
    const text = comparisonText({
      title: 'a switch',
      ours: { name: 'probe', ms: [10, 20, 60] },
      against: { name: 'by hand', ms: [100, 100, 100] },
    });
    expect(text.split('\n')).toEqual([
      'a switch: 1/5.0 (1/6.7 to 1/2.5), 3 rounds',
      '    probe    20 ms (15 ms to 40 ms)',
      '  / by hand  100 ms (100 ms to 100 ms)',
    ]);
  });

  it('pairs the figures of one round, so that a slow round counts on both sides', () => {
    const text = comparisonText({
      title: 'x',
      ours: { name: 'a', ms: [2, 200, 6] },
      against: { name: 'b', ms: [1, 100, 3] },
    });
    expect(text.split('\n')[0]).toBe('x: 2.0× (2.0× to 2.0×), 3 rounds');
  });

  it('counts one round as one', () => {
    expect(
      comparisonText({ title: 'x', ours: { name: 'a', ms: [3] }, against: { name: 'b', ms: [1] } }),
    ).toContain('x: 3.0× (3.0× to 3.0×), 1 round\n');
  });
});
