import { describe, expect, it } from 'vitest';
import { elementsOf } from '../../src/lens/arrayText.ts';
import { dependenciesBytes, distinctBytes } from '../../src/lens/make/extendedStatistics.ts';

describe('lists of values', () => {
  it.each([
    ['{}', []],
    ['{1,2,3}', ['1', '2', '3']],
    ['{"a b","c,d",e f}', ['a b', 'c,d', 'e f']],
    ['{"say \\"x\\"","back\\\\slash"}', ['say "x"', 'back\\slash']],
    ['{"{1,2}","{3}"}', ['{1,2}', '{3}']],
    ['{"",x}', ['', 'x']],
  ])('%s', (text, elements) => {
    expect(elementsOf(text)).toEqual(elements);
  });

  it.each([
    '',
    '{',
    '1,2',
    '{1,2',
    '{{1},{2}}',
    '{1,,2}',
    '{1,NULL}',
    '{"a}',
    '{a"b}',
    '[0:1]={1,2}',
    '{1},{2}',
  ])('%s is none', text => {
    expect(elementsOf(text)).toBeUndefined();
  });
});

describe('extended statistics', () => {
  it('are the bytes that PostgreSQL keeps', () => {
    // magic, type, items; of each its number of values as a double, how many columns, and which.
    expect(distinctBytes('{"1, 2": 17}')?.toString('hex')).toBe(
      `a4bf52a30100000001000000${'0000000000003140'}${'02000000'}${'01000200'}`.replace(
        'a4bf52a3',
        'a4bf52a3',
      ),
    );
    expect(dependenciesBytes('{"1 => 2": 0.5, "2 => 1": 1}')?.length).toBe(12 + 2 * (8 + 2 + 4));
  });

  it.each([
    '',
    'null',
    '[]',
    '{}',
    '{"1": 2}',
    '{"1, x": 2}',
    '{"1, 2": "a"}',
    '{"1, 99999": 2}',
    '{"1, 2": -1}',
  ])('%s is none', text => {
    expect(distinctBytes(text)).toBeUndefined();
  });
  it('a degree is at most 1', () => {
    expect(dependenciesBytes('{"1 => 2": 1.5}')).toBeUndefined();
  });
});
