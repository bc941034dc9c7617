/** Indexes that change answers. No server here has one: what a session makes of them is shown with a stand-in for the method. */
import { expect, it } from 'vitest';
import { approximateOf, approximates, isApproximate, recallOf } from '../../src/session/approximate.ts';
import type { Built } from '../../src/session/builders/builder.ts';

const rows = (...of: number[]) => of.map(row => ({ 'pgopt~row': `(${row})` }));

it('takes a plan through an approximate index for a rewrite of its query', () => {
  const built = new Map([
    ['near', { approximate: true } as unknown as Built],
    ['plain', {} as Built],
  ]);
  expect(['hnsw', 'ivfflat', 'btree', 'gist'].map(isApproximate)).toEqual([true, true, false, false]);
  expect(approximateOf(['plain'], built)).toBeUndefined();
  const rewrite = approximateOf(['plain', 'near'], built);
  expect(rewrite).toBe('near (approximate)');
  expect(approximates(rewrite ?? '')).toEqual(['near']);
  expect(approximates('near')).toBeUndefined();
});

it('tells how many rows of the exact answer came back, each as often as it should', () => {
  expect(recallOf(rows(1, 2, 3, 4, 5, 6, 7, 8, 9, 10), rows(1, 2, 3, 4, 5, 6, 7, 8, 11, 12))).toMatchObject({
    verdict: 'different',
    recall: { found: 8, exact: 10 },
    differing: { original: 2, rewrite: 2 },
    explanation: 'recall 8 of 10: the index is approximate',
  });
  expect(recallOf(rows(1, 1), rows(1))).toMatchObject({
    verdict: 'different',
    recall: { found: 1, exact: 2 },
  });
  expect(recallOf(rows(2, 1), rows(1, 2)).verdict).toBe('same');
  expect(recallOf(rows(), rows(1)).verdict).toBe('different');
});
