/** Any character, as the unit of fc.string. fast-check's own, `binary`, lists all million of them first. */
import fc from 'fast-check';

const SURROGATES = 0xd800;
const HOW_MANY = 0x800;

export const anyCharacter: fc.Arbitrary<string> = fc.integer({ min: 0, max: 0x10_ffff - HOW_MANY }).map(
  at => String.fromCodePoint(at < SURROGATES ? at : at + HOW_MANY),
  // So that fast-check can mix in names that are risky in JavaScript, such as __proto__.
  text => {
    const at = typeof text === 'string' ? (text.codePointAt(0) ?? -1) : -1;
    const isSurrogate = at >= SURROGATES && at < SURROGATES + HOW_MANY;
    if (isSurrogate || at < 0 || String.fromCodePoint(at) !== text) throw new Error('not one character');
    return at < SURROGATES ? at : at - HOW_MANY;
  },
);
