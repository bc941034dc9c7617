import fc from 'fast-check';
import stringWidth from 'string-width';
import { describe, expect, it } from 'vitest';
import {
  cells,
  fitted,
  left,
  lineCells,
  pieces,
  plain,
  repeated,
  right,
  spread,
  truncate,
  truncateMiddle,
  wrap,
} from '../../src/tui/cell.ts';
import { sqlToLines } from '../../src/tui/overlays/highlight.ts';

/** Text as databases have it: wide, combining and emoji characters among the letters. */
const text = fc
  .array(fc.constantFrom('a', 'Z', ' ', '_', 'é', 'e\u0301', '表', '👩‍👩‍👧', '─', '⚠'), { maxLength: 40 })
  .map(parts => parts.join(''));
const width = fc.integer({ min: 1, max: 50 });
/** Of a terminal that is too small for what is around. */
const anyWidth = fc.integer({ min: -9, max: 12 });

/** Those that take room: a mark that joins the character before it may begin a line. */
const graphemes = (value: string): number =>
  [...new Intl.Segmenter().segment(value)].filter(({ segment }) => cells(segment) > 0).length;

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

  it('ends at any width, also below a character’s, and loses no text', () => {
    const squeezed = (lines: readonly string[]): string => lines.join('').replaceAll(' ', '');
    fc.assert(
      fc.property(text, anyWidth, (joined, room) => {
        // SQL shows the joiner of an emoji as an escape.
        const value = joined.replaceAll('\u200d', '');
        const width = Math.max(0, room);
        for (const cut of [truncate(value, room), truncateMiddle(value, room)])
          expect(cells(cut)).toBeLessThanOrEqual(width);
        for (const filled of [left(value, room), right(value, room), repeated('─', room)])
          expect(cells(filled)).toBe(width);
        for (const line of [
          fitted([{ text: value }], room),
          spread([{ text: value }], [{ text: value }], room),
        ])
          expect(lineCells(line)).toBe(width);
        for (const lines of [wrap(value, room), pieces(value, room), sqlToLines(value, room).map(plain)]) {
          expect(squeezed(lines)).toBe(squeezed([value]));
          // A character that is wider than the room stands alone.
          for (const line of lines)
            expect(cells(line) <= Math.max(1, room) || graphemes(line) === 1, JSON.stringify(line)).toBe(
              true,
            );
        }
      }),
    );
  });

  it('breaks long words as fast as short ones', () => {
    const word = '表'.repeat(10_000);
    expect(wrap(word, 10)).toHaveLength(2_000);
    expect(sqlToLines(`SELECT '${word}'`, 10).length).toBeGreaterThan(2_000);
  });

  it('keeps both ends of a name that is cut in its middle', () => {
    expect(truncateMiddle('idx_orders_date_status_amount', 13)).toBe('idx_or…amount');
  });

  it('leaves alone what fits', () => {
    expect(truncate('orders', 6)).toBe('orders');
    expect(plain(fitted([{ text: 'or' }, { text: 'ders' }], 6))).toBe('orders');
  });
});

it('takes the signs that the screen is made of for a cell each, as a terminal does', () => {
  const signs = [
    [0xa1, 0xac],
    [0xae, 0x2ff],
    [0x391, 0x3c9],
    [0x2010, 0x2015],
    [0x2018, 0x201f],
    [0x2190, 0x21ff],
    [0x2500, 0x259f],
    [0x2800, 0x28ff],
  ] as const;
  for (const [first, last] of signs)
    for (let code = first; code <= last; code++) {
      const sign = String.fromCodePoint(code);
      expect(stringWidth(sign), sign).toBe(1);
      expect(cells(sign)).toBe(1);
    }
  expect([...'•…−∥≈≠≤≥⋯▸●◀✓✗'].map(sign => stringWidth(sign)).every(width => width === 1)).toBe(true);
});
