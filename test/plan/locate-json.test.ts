import fc from 'fast-check';
import { expect, it } from 'vitest';
import { offsetOf } from '../../src/base/json.ts';

const text = '{ "a": [1, { "b": null, "": "x" }, []], "c": "a", "d": {} }';
const at = (...path: (string | number)[]) => text.slice(offsetOf(text, path));

it('finds a value by its path', () => {
  expect(at()).toBe(text);
  expect(at('a', 0)).toMatch(/^1,/);
  expect(at('a', 1, 'b')).toMatch(/^null/);
  expect(at('a', 1, '')).toMatch(/^"x"/);
  expect(at('a', 2)).toMatch(/^\[\]\]/);
  expect(at('c')).toMatch(/^"a", "d"/);
});

it('finds the nearest value around one that is missing', () => {
  expect(at('a', 1, 'z', 'y')).toMatch(/^\{ "b"/);
  expect(at('a', 7)).toMatch(/^\[1/);
  expect(at('c', 'x')).toMatch(/^"a", "d"/);
  expect(at('nowhere')).toBe(text);
});

it('finds every value of any document where it begins', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 3 }), value => {
      const document = JSON.stringify(value);
      const walk = (inner: unknown, path: readonly (string | number)[]): void => {
        expect(document.slice(offsetOf(document, path)).startsWith(JSON.stringify(inner))).toBe(true);
        if (typeof inner !== 'object' || inner === null) return;
        for (const [key, child] of Object.entries(inner))
          walk(child, [...path, Array.isArray(inner) ? Number(key) : key]);
      };
      walk(JSON.parse(document), []);
    }),
  );
});
