/** Configurations as values: equality, members, and the way through their keys. */
import { expect, it } from 'vitest';
import { Configuration } from '../../src/session/configuration.ts';

const JIT = { name: 'jit', value: 'off' };

it('is the same in any order, and without what is named twice', () => {
  const one = Configuration.of(['b', 'a', 'a'], [JIT]);
  expect(one.equals(Configuration.of(['a', 'b'], [JIT]))).toBe(true);
  expect(one.equals(Configuration.of(['a', 'b']))).toBe(false);
  expect(one.proposals).toEqual(['a', 'b']);
  expect(one.settings).toEqual([JIT]);
  expect(`${one}`).toBe('a b jit=off');
});

it('comes back from its key', () => {
  for (const one of [Configuration.BASELINE, Configuration.of(['a']), Configuration.of(['x', 'a'], [JIT])])
    expect(Configuration.fromKey(one.key).equals(one)).toBe(true);
  expect(Configuration.fromKey('').isBaseline).toBe(true);
});

it('changes by a proposal, and keeps its settings', () => {
  const one = Configuration.of(['a'], [JIT]);
  expect(one.with('b').proposals).toEqual(['a', 'b']);
  expect(one.with('a').equals(one)).toBe(true);
  const none = one.without('a');
  expect([none.proposals, none.settings, none.has('a')]).toEqual([[], [JIT], false]);
  expect(one.only(() => false).equals(none)).toBe(true);
  expect(Configuration.of(['a']).without('a').isBaseline).toBe(true);
});
