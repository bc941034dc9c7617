/** Lines that are too long for a terminal: none is, and nothing is lost. */
import fc from 'fast-check';
import stringWidth from 'string-width';
import { describe, expect, it } from 'vitest';
import { parsePlan } from '../../src/plan/parse.ts';
import { wrapped } from '../../src/report/columns.ts';
import { differenceLines } from '../../src/report/differenceText.ts';
import { planLines } from '../../src/report/planText.ts';
import { allFixtures, fixtureText, node, planOf } from '../plan/plans.ts';
import { chain } from './plans.ts';

const letters = (text: string) => text.replaceAll(/\s/g, '');

describe('a long text', () => {
  it('goes on under its beginning', () => {
    expect(wrapped('  Filter: ', 'aaa bbb ccc', 20)).toEqual(['  Filter: aaa bbb', '    ccc']);
    expect(wrapped('  ', 'aaa bbb cccc ddd eee fff ggg', 30, '    ')).toEqual([
      '  aaa bbb cccc ddd eee fff ggg',
    ]);
    expect(wrapped('  ', 'aaa bbb cccc ddd eee fff ggg hh', 30, '    ')).toEqual([
      '  aaa bbb cccc ddd eee fff ggg',
      '    hh',
    ]);
  });

  it('never exceeds the width, and loses nothing', () => {
    const word = fc.oneof(
      fc.string({ maxLength: 40 }),
      fc.constantFrom('数据库数据库', '👩‍👩‍👧', '', 'a'.repeat(200)),
    );
    fc.assert(
      fc.property(
        fc.array(word),
        fc.integer({ min: 30, max: 130 }),
        fc.integer({ min: 0, max: 60 }),
        (words, width, indent) => {
          // What is printed is sanitized: control characters have no width.
          const text = words.join(' ').replaceAll(/[\p{Cc}\p{Cf}\p{M}\s]/gu, ' ');
          const lines = wrapped(' '.repeat(Math.min(indent, width - 3)), text, width);
          for (const line of lines) expect(stringWidth(line)).toBeLessThanOrEqual(width);
          expect(letters(lines.join(''))).toBe(letters(text));
          const bare = lines.map(line => line.trim()).join(' ');
          if (words.every(one => one.length < width - 30))
            expect(bare.trim().split(/ +/)).toEqual(text.trim().split(/ +/));
        },
      ),
      { numRuns: 500 },
    );
  });
});

describe('printed plans', () => {
  const plans = allFixtures()
    .filter(name => name.startsWith('18/'))
    .map(name => parsePlan(fixtureText(name)));

  it.each([60, 80, 120])('are at most %i columns wide', width => {
    for (const [i, plan] of plans.entries()) {
      const lines = [...planLines(plan, width), ...differenceLines(plan, plans[i + 1] ?? plan, width)];
      expect(lines.filter(line => stringWidth(line) > width)).toEqual([]);
    }
  });

  it('keep the end of a condition of 5,000 characters', () => {
    const filter = `(${Array.from({ length: 400 }, (_, i) => `(c${i} = ${i})`).join(' OR ')})`;
    const lines = planLines(
      planOf(node('Seq Scan', { 'Relation Name': 't', Filter: filter, 'Total Cost': 1 })),
    );
    expect(lines.every(line => stringWidth(line) <= 120)).toBe(true);
    expect(letters(lines.join('').replaceAll('│', ''))).toContain(letters(filter));
  });

  it('have a node at any depth, and its depth', () => {
    const lines = planLines(planOf(chain(2000)), 120);
    expect(lines.every(line => stringWidth(line) <= 120)).toBe(true);
    expect(lines.some(line => /\[1999\] .*└─ /.test(line))).toBe(true);
  });
});
