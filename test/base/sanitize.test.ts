import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sanitize } from '../../src/base/format.ts';
import { anyCharacter } from '../helpers/anyCharacter.ts';

describe('sanitize', () => {
  it.each([
    ['\x1b[31mred\x1b[0m', '␛[31mred␛[0m'],
    ['\x1b]0;title\x07', '␛]0;title␇'],
    ['\x9b2J', '\\x9b2J'],
    ['a\u0000b\x7f', 'a␀b␡'],
    ['a\r\nb\tc', 'a␍␊b␉c'],
    ['user\u202egpj', 'user\\u202egpj'],
    ['zero\u200bwidth\ufeff', 'zero\\u200bwidth\\ufeff'],
    ['tag\u{e0041}', 'tag\\u{e0041}'],
    ['\ud800', '\\ud800'],
    [
      'a\u034fb\u115fc\u1160d\u17b4e\u180bf\u2800g\u3164h\ufe0fi\uffa0j',
      'a\\u034fb\\u115fc\\u1160d\\u17b4e\\u180bf\\u2800g\\u3164h\\ufe0fi\\uffa0j',
    ],
    ['v\u{e0100}w\u{1d173}', 'v\\u{e0100}w\\u{1d173}'],
    ["orders – «größe» 注文 🛒 '$1' \\x", "orders – «größe» 注文 🛒 '$1' \\x"],
  ])('%j is %s', (text, shown) => expect(sanitize(text)).toBe(shown));

  it('leaves the lines of SQL alone when asked', () => {
    expect(sanitize('SELECT 1\n\t-- \x1b[2J\r', 'newlines')).toBe('SELECT 1\n\t-- ␛[2J␍');
  });

  it('lets nothing through, and leaves harmless text as it is', () => {
    fc.assert(
      fc.property(fc.string({ unit: anyCharacter, maxLength: 200 }), text => {
        const shown = sanitize(text);
        expect(shown).not.toMatch(/[\p{Cc}\p{Cs}\p{Default_Ignorable_Code_Point}\u2028\u2029\u2800]/u);
        expect(sanitize(shown)).toBe(shown);
      }),
    );
  });
});
