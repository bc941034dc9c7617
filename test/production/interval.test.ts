import { describe, expect, it } from 'vitest';
import { sum, sumOfNodes, widen } from '../../src/production/interval.ts';

const three = { low: 7, point: 10, high: 14 };
const four = { low: 16, point: 20, high: 23 };

describe('the sum of intervals', () => {
  it('adds up their ends where errors have one sign', () => {
    expect(sum([three, four])).toEqual({ low: 23, point: 30, high: 37 });
  });

  it('is half way to errors that know nothing of each other at the lower end', () => {
    // 3 and 4 below: 7 together, 5 at right angles.
    expect(sumOfNodes([three, four])).toEqual({ low: 24, point: 30, high: 37 });
    expect(sumOfNodes([three])).toEqual(three);
    expect(sumOfNodes([])).toEqual({ low: 0, point: 0, high: 0 });
  });
});

it('is widened at both ends, in proportion', () => {
  expect(widen({ low: 10, point: 20, high: 30 }, 2)).toEqual({ low: 5, point: 20, high: 60 });
});
