import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  cells,
  fitted,
  left,
  lineCells,
  plain,
  right,
  spread,
  truncate,
  truncateMiddle,
  wrap,
} from '../../src/tui/cell.ts';

/** Text as databases have it: wide, combining and emoji characters among the letters. */
const text = fc
  .array(fc.constantFrom('a', 'Z', ' ', '_', 'é', 'e\u0301', '表', '👩‍👩‍👧', '─', '⚠'), { maxLength: 40 })
  .map(parts => parts.join(''));
const width = fc.integer({ min: 1, max: 50 });

describe('text in cells', () => {
  it('never takes more than it is given', () => {
    fc.assert(
      fc.property(text, width, (value, room) => {
        expect(cells(truncate(value, room))).toBeLessThanOrEqual(room);
        expect(cells(truncateMiddle(value, room))).toBeLessThanOrEqual(room);
        for (const line of wrap(value, Math.max(2, room)))
          expect(cells(line)).toBeLessThanOrEqual(Math.max(2, room));
      }),
    );
  });

  it('fills columns and lines exactly', () => {
    fc.assert(
      fc.property(text, text, width, (one, two, room) => {
        expect(cells(left(one, room))).toBe(room);
        expect(cells(right(one, room))).toBe(room);
        expect(lineCells(fitted([{ text: one }, { text: two }], room))).toBe(room);
        expect(lineCells(spread([{ text: one }], [{ text: two }], room))).toBe(room);
      }),
    );
  });

  it('keeps both ends of a name that is cut in its middle', () => {
    expect(truncateMiddle('idx_orders_date_status_amount', 13)).toBe('idx_or…amount');
  });

  it('leaves alone what fits', () => {
    expect(truncate('orders', 6)).toBe('orders');
    expect(plain(fitted([{ text: 'or' }, { text: 'ders' }], 6))).toBe('orders');
  });
});
