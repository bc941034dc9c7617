import fc from 'fast-check';
import { expect, it } from 'vitest';
import { allNeeds, inOrder, needsOf, withNeeding } from '../../src/lens/read/needs.ts';

const needs = (...pairs: readonly string[]) =>
  needsOf(pairs.map(pair => ({ from: pair.split(' ')[0], to: pair.split(' ')[1] })));
const itself = (key: string) => key;

it('puts what is needed before what needs it, through what is not in the list, too', () => {
  const found = inOrder(['r:a', 'r:b', 'r:c'], itself, needs('r:a f:x', 'f:x a:c.2', 'd:c r:b'));
  expect(found).toEqual(['r:b', 'r:c', 'r:a']);
});

it('keeps the order it was given otherwise, whatever the keys are', () => {
  expect(inOrder(['t:9', 't:10', 't:1'], itself, needs('t:1 t:10', 't:1 t:9'))).toEqual([
    't:9',
    't:10',
    't:1',
  ]);
});

it('leaves nothing out and comes to an end, also in circles and thousands deep', () => {
  const key = fc.nat(12).map(n => `r:${n}`);
  fc.assert(
    fc.property(fc.array(fc.tuple(key, key)), pairs => {
      const items = Array.from({ length: 13 }, (_, n) => `r:${n}`);
      const found = inOrder(items, itself, needs(...pairs.map(pair => pair.join(' '))));
      expect([...found].sort()).toEqual([...items].sort());
    }),
  );
  const deep = Array.from({ length: 5000 }, (_, n) => `r:${n}`);
  const chain = needs(...deep.slice(1).map((to, n) => `r:${n} ${to}`));
  expect(inOrder(deep, itself, chain)[0]).toBe('r:4999');
  expect(allNeeds('r:0', chain).size).toBe(4999);
});

it('finds what needs something missing, or something unknown', () => {
  const found = withNeeding(
    needs('r:view a:table.1', 'r:other r:view', 'c:1 a:gone.2', 's:1 f:unknown', 'r:fine r:table'),
    new Set(['r:view', 'r:table', 'r:other']),
    new Map([
      ['a:table.1', 'it needs a type'],
      ['r:gone', 'it needs a foreign table'],
    ]),
  );
  expect(Object.fromEntries(found)).toEqual({
    'a:table.1': 'it needs a type',
    'r:gone': 'it needs a foreign table',
    'r:view': 'it needs a type',
    'r:other': 'it needs a type',
    'a:gone.2': 'it needs a foreign table',
    'c:1': 'it needs a foreign table',
    'f:unknown': 'it needs something that a lens does not have',
    's:1': 'it needs something that a lens does not have',
  });
});
