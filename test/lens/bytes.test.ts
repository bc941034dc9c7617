import { describe, expect, it } from 'vitest';
import { arrayLength } from '../../src/lens/arrayText.ts';
import { dependenciesBytes, distinctBytes } from '../../src/lens/make/extendedStatistics.ts';

describe('lists of values', () => {
  it.each([
    ['{}', 0],
    ['{1,2,3}', 3],
    ['{"a b","c,d",e f}', 3],
    ['{"say \\"x\\"","back\\\\slash"}', 2],
    ['{"{1,2}","{3}"}', 2],
    ['{"",x,"null"}', 3],
  ])('%s has %i', (text, count) => {
    expect(arrayLength(text)).toBe(count);
  });

  it('may be separated otherwise', () => {
    expect(arrayLength('{0101:"0:2":3}', ':')).toBe(3);
    expect(arrayLength('{(1,1),(0,0);(2,2),(0,0)}', ';')).toBe(2);
  });

  it.each([
    '',
    '{',
    '1,2',
    '{1,2',
    '{{1},{2}}',
    '{1,,2}',
    '{1,NULL}',
    '{ null }',
    '{1, }',
    '{1,2}}',
    '{"a\\\\',
    '{"a"b}',
    '{"a}',
    '{a"b}',
    '[0:1]={1,2}',
    '{1},{2}',
  ])('%s is none', text => {
    expect(arrayLength(text)).toBeUndefined();
  });
});

describe('extended statistics', () => {
  it('are the bytes that PostgreSQL keeps', () => {
    // magic, type, items; of each its number of values as a double, how many columns, and which.
    expect(distinctBytes('{"1, 2": 17}', [1, 2])?.toString('hex')).toBe(
      `a4bf52a30100000001000000${'0000000000003140'}${'02000000'}${'01000200'}`.replace(
        'a4bf52a3',
        'a4bf52a3',
      ),
    );
    expect(dependenciesBytes('{"1 => 2": 0.5, "2 => 1": 1}', [1, 2])?.length).toBe(12 + 2 * (8 + 2 + 4));
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
    // The planner would look for the third expression of an object without any.
    '{"1, -3": 2}',
    '{"1, 1": 2}',
    '{"1, 2": 2, "2, 1": 2}',
  ])('%s is none', text => {
    expect(distinctBytes(text, [1, 2])).toBeUndefined();
    expect(dependenciesBytes(text.replace(',', ' =>'), [1, 2, 4].slice(0, 2))).toBeUndefined();
  });
  it('have every combination, for which planning fails otherwise', () => {
    expect(distinctBytes('{"1, 2": 2}', [1, 2, 3])).toBeUndefined();
    expect(
      distinctBytes('{"1, 2": 2, "1, -1": 2, "2, -1": 2, "1, 2, -1": 3}', [1, 2, -1])?.length,
    ).toBeGreaterThan(12);
  });
  it('a degree is at most 1', () => {
    expect(dependenciesBytes('{"1 => 2": 1.5}', [1, 2])).toBeUndefined();
  });
});
