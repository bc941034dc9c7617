import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  changeText,
  formatBlocks,
  formatBytes,
  formatCount,
  formatDuration,
  formatFactor,
  formatMs,
  formatThousands,
} from '../../src/base/format.ts';

const kB = 1024;
const MB = 1024 * kB;
const GB = 1024 * MB;

describe('formatMs', () => {
  it.each([
    [0, '0 ms'],
    [0.001, '<0.01 ms'],
    [0.005, '0.01 ms'],
    [0.04, '0.04 ms'],
    [0.994, '0.99 ms'],
    [0.995, '1.0 ms'],
    [1.2, '1.2 ms'],
    [9.949, '9.9 ms'],
    [9.95, '10 ms'],
    [35, '35 ms'],
    [812, '812 ms'],
    [999.49, '999 ms'],
    [999.5, '1.00 s'],
    [1240, '1.24 s'],
    [9994, '9.99 s'],
    [9995, '10.0 s'],
    [28_100, '28.1 s'],
    [59_949, '59.9 s'],
    [59_950, '1 min 00 s'],
    [125_000, '2 min 05 s'],
    [3_599_499, '59 min 59 s'],
    [3_599_500, '1 h 00 min'],
    [11_220_000, '3 h 07 min'],
    [-1, '–'],
    [Number.NaN, '–'],
    [Number.POSITIVE_INFINITY, '–'],
  ])('%d is %s', (ms, text) => expect(formatMs(ms)).toBe(text));

  it('is never wider than eleven columns below a hundred hours, and never says 1000 ms or 60 s', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 3.5e8, noNaN: true }), ms => {
        expect(formatMs(ms).length).toBeLessThanOrEqual(12);
        expect(formatMs(ms)).not.toMatch(/1000 ms|\b60(\.0)? s|60 min/);
      }),
    );
  });
});

describe('formatDuration', () => {
  it.each([
    [0, '00:00'],
    [999, '00:00'],
    [42_000, '00:42'],
    [59_999, '00:59'],
    [725_000, '12:05'],
    [3_599_999, '59:59'],
    [3_723_000, '1:02:03'],
    [360_000_000, '100:00:00'],
    [-1, '--:--'],
    [Number.NaN, '--:--'],
  ])('%d ms is %s', (ms, text) => expect(formatDuration(ms)).toBe(text));
});

describe('formatBytes', () => {
  it.each([
    [0, '0 B'],
    [512, '512 B'],
    [1023, '1023 B'],
    [kB, '1 kB'],
    [1.5 * kB, '1.5 kB'],
    [8 * kB, '8 kB'],
    [1023.4 * kB, '1023 kB'],
    [1023.6 * kB, '1.0 MB'],
    [1.5 * MB, '1.5 MB'],
    [46 * MB, '46 MB'],
    [1.94 * GB, '1.94 GB'],
    [19.44 * GB, '19.4 GB'],
    [194 * GB, '194 GB'],
    [2000 * GB, '1.95 TB'],
    [-1, '–'],
    [Number.NaN, '–'],
  ])('%d is %s', (bytes, text) => expect(formatBytes(bytes)).toBe(text));

  it('counts blocks of 8 kB', () => expect(formatBlocks(736)).toBe('5.8 MB'));

  it('is never wider than seven columns below an exabyte', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1e18, noNaN: true }), n => {
        expect(formatBytes(n).length).toBeLessThan(8);
      }),
    );
  });
});

describe('formatCount', () => {
  it.each([
    [0, '0'],
    [0.25, '0.25'],
    [1.5, '1.5'],
    [950, '950'],
    [999, '999'],
    [999.5, '1.00 k'],
    [1000, '1.00 k'],
    [12_345, '12.3 k'],
    [12_000, '12 k'],
    [999_499, '999 k'],
    [999_500, '1.00 M'],
    [1_500_000, '1.50 M'],
    [50_000_000, '50 M'],
    [150_000_000, '150 M'],
    [2_000_000_000, '2.00 G'],
    [-1, '–'],
    [Number.NaN, '–'],
  ])('%d is %s', (count, text) => expect(formatCount(count)).toBe(text));

  it('is never wider than six columns', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 9e14, noNaN: true }), n => {
        expect(formatCount(n).length).toBeLessThan(7);
      }),
    );
  });
});

describe('formatThousands', () => {
  it.each([
    [0, '0'],
    [999, '999'],
    [1000, '1,000'],
    [1_500_000, '1,500,000'],
    [1234.5, '1,234.5'],
    [0.25, '0.25'],
    [-1500, '-1,500'],
    [100, '100'],
  ])('%d is %s', (count, text) => expect(formatThousands(count)).toBe(text));

  it('loses no digit of a whole number', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), n => {
        expect(Number(formatThousands(n).replaceAll(',', ''))).toBe(n);
      }),
    );
  });
});

describe('changeText', () => {
  it('is the word alone where the times beside it show no such factor', () => {
    expect(changeText('faster', 100, 50)).toBe('2.0× faster');
    expect(changeText('slower', 50, 100)).toBe('2.0× slower');
    expect(changeText('faster', 100, 99)).toBe('faster');
    expect(changeText('faster', 99, 120)).toBe('faster');
    expect(changeText('slower', 0, 1)).toBe('slower');
  });
});

describe('formatFactor', () => {
  it.each([
    [28_000, 480, '58×', 'faster'],
    [27.9, 1, '27×', 'faster'],
    [5.8, 1, '5.8×', 'faster'],
    [1, 1.3, '1.3×', 'slower'],
    [107, 100, '1.07×', 'faster'],
    [104, 100, '1×', 'same'],
    [100, 104, '1×', 'same'],
    [100, 100, '1×', 'same'],
    [1, 0.00008, '12,500×', 'faster'],
    [1692.92, 0.01, '169,000×', 'faster'],
    [9.99, 1, '9.9×', 'faster'],
  ])('%d → %d is %s %s', (before, after, text, direction) =>
    expect(formatFactor(before, after)).toEqual({ text, direction }),
  );

  it.each([
    [0, 1],
    [1, 0],
    [Number.NaN, 1],
    [1, Number.POSITIVE_INFINITY],
    [-1, 1],
  ])('%d → %d is none', (before, after) => expect(formatFactor(before, after)).toBeUndefined());

  it.each([
    [58.3, '58×', 'faster'],
    [0.5, '2.0×', 'slower'],
    [1.02, '1×', 'same'],
    [0, '–', 'same'],
    [Number.NaN, '–', 'same'],
  ])('a factor of %d is %s %s', (factor, text, direction) =>
    expect(formatFactor(factor)).toEqual({ text, direction }),
  );

  it('never claims more than there is', () => {
    const ms = fc.double({ min: 0.001, max: 1e6, noNaN: true });
    fc.assert(
      fc.property(ms, ms, (before, after) => {
        const factor = formatFactor(before, after);
        const said = Number(factor?.text.replaceAll(/[×,]/g, ''));
        expect(said).toBeLessThanOrEqual(Math.max(before / after, after / before) * (1 + 1e-6));
        expect(said).toBeGreaterThanOrEqual(1);
        if (factor?.direction !== 'same')
          expect(factor?.direction).toBe(before > after ? 'faster' : 'slower');
      }),
    );
  });
});
