import fc from 'fast-check';
import { expect, it } from 'vitest';
import { jsonText } from '../../src/base/format.ts';
import { anyCharacter } from '../helpers/anyCharacter.ts';

it('is the same value, with nothing in it that hides, steers, or is a command to a runner', () => {
  const text = fc.oneof(
    fc.string({ unit: anyCharacter, maxLength: 60 }),
    fc.constantFrom(
      '##[add-mask]x',
      '\u202e',
      '\u{e0041}',
      '\u009b2J',
      '\ufe0f',
      '\u2800',
      '\u007f',
      'é表🐘',
    ),
  );
  fc.assert(
    fc.property(fc.dictionary(text, fc.array(text)), value => {
      for (const indent of [undefined, 2]) {
        const json = jsonText(value, indent);
        expect(JSON.parse(json)).toEqual(JSON.parse(JSON.stringify(value)));
        expect(json.replaceAll('\n', '')).not.toMatch(
          /[\p{Cc}\p{Cs}\p{Default_Ignorable_Code_Point}\u2028\u2029\u2800]|##\[/u,
        );
      }
    }),
  );
  expect(jsonText(['é表🐘', 'a\u200bb'])).toBe('["é表🐘","a\\u200bb"]');
});
