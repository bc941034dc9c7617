import { describe, expect, it } from 'vitest';
import { exponentOf, lineThrough } from '../../src/production/time.ts';

describe('the power between sizes', () => {
  it('is 1 where twice as much takes twice as long, and 2 where it takes four times', () => {
    expect(exponentOf([{ x: 10, y: 3 }, { x: 20, y: 6 }])).toBeCloseTo(1); // biome-ignore format: a line
    expect(exponentOf([{ x: 10, y: 3 }, { x: 20, y: 12 }])).toBeCloseTo(2); // biome-ignore format: a line
  });

  it('goes through the middle of three', () => {
    const power = exponentOf([
      { x: 1, y: 1 },
      { x: Math.E, y: Math.E },
      { x: Math.E ** 2, y: Math.E ** 3 },
    ]);
    // Logarithms 0, 1, 3 at 0, 1, 2: (−1 · −4⁄3 + 1 · 5⁄3) ⁄ 2
    expect(power).toBeCloseTo(1.5);
  });

  it('is not known of sizes that are the same', () => {
    expect(exponentOf([{ x: 50, y: 1 }, { x: 50, y: 2 }])).toBeUndefined(); // biome-ignore format: a line
    expect(exponentOf([{ x: 50, y: 1 }])).toBeUndefined();
  });
});

describe('the line through times', () => {
  it('finds what is fixed and what each row takes', () => {
    const { fixed, each } = lineThrough([100, 200, 500].map(x => ({ x, y: 40 + 0.1 * x })));
    expect(fixed).toBeCloseTo(40);
    expect(each).toBeCloseTo(0.1);
  });

  it('has no fixed part below nothing', () => {
    const { fixed, each } = lineThrough([{ x: 10, y: 1 }, { x: 100, y: 20 }]); // biome-ignore format: a line
    expect(fixed).toBe(0);
    // Closest in proportion to both: between 0.1 and 0.2 a row.
    expect(each).toBeGreaterThan(0.1);
    expect(each).toBeLessThan(0.2);
  });

  it('takes nothing for a row where more rows take less', () => {
    const { fixed, each } = lineThrough([{ x: 10, y: 21 }, { x: 100, y: 20 }]); // biome-ignore format: a line
    expect(each).toBe(0);
    expect(fixed).toBeGreaterThan(20);
    expect(fixed).toBeLessThan(21);
  });
});
