/** A terminal may announce a paste and never end it: Ctrl-C still leaves. */
import { expect, it } from 'vitest';
import { decode, decodeRest, NOTHING_UNDECODED } from '../../src/tui/decodeKeys.ts';

it('a Ctrl-C within a paste without end is pressed, and the text is pasted', () => {
  const begun = decode(NOTHING_UNDECODED, '\u001b[200~SELECT 1', 0);
  const { inputs, undecoded } = decode(begun.undecoded, '\u0003', 10);
  expect([...begun.inputs, ...inputs]).toEqual([]);
  expect(decodeRest(undecoded)).toEqual([{ paste: 'SELECT 1' }, { key: 'ctrl+c' }]);
});

it('one within a paste that ends is no key', () => {
  const { inputs } = decode(NOTHING_UNDECODED, '\u001b[200~SELECT\u0003 1\u001b[201~', 0);
  expect(inputs).toEqual([{ paste: 'SELECT 1' }]);
});
