import { expect, it } from 'vitest';
import type { AtProduction } from '../../src/advisor/projected.ts';
import { checkDocument } from '../../src/report/document.ts';
import { productionSections } from '../../src/report/production.ts';
import { collect, NO_RESULTS } from '../../src/report/results.ts';
import { knownOf } from '../advisor/requirements/situation.ts';
import { about, productionOf, projectedAs, sideAt } from '../helpers/production.ts';
import { node, planOf } from '../plan/plans.ts';

const plan = planOf(node('Seq Scan', { 'Relation Name': 'orders' }));
const { workload } = knownOf({ queries: [{}] });

const textOf = (production: AtProduction): string =>
  productionSections(
    checkDocument(
      workload,
      [].reduce(collect, NO_RESULTS),
      [],
      { label: '', embedded: true, scale: 0.05, loadedOn: undefined },
      { program: '0', at: '' },
      production,
    ).production,
  ).join('\n\n');

it('says what ran where, what is projected with its interval, and by which method', () => {
  const text = textOf(productionOf({ q1: sideAt(plan, projectedAs(about(4000))) }));
  expect(text).toContain('projected, nothing was run there');
  expect(text).toMatch(/^1 +before +[\d.]+ ms +[\d.]+ ms +≈ 4\.00 s \(2\.00 s … 8\.00 s\)/m);
  expect(text).toContain('Method: production’s plan, run at ×0.01, ×0.05.');
  expect(text).toContain('2 of 2 inside their intervals');
});

it('says loudly where the largest size lies outside', () => {
  const side = sideAt(plan, projectedAs(about(4000)));
  const outside = { ...side, check: side.check && { ...side.check, inside: false } };
  const text = textOf(productionOf({ q1: side }, { q1: outside }));
  expect(text).toMatch(/^1 +after .* OUTSIDE$/m);
  expect(text).toContain('1 of 2 inside their intervals');
});

it('says why something is unknown, and that two sizes cannot be checked', () => {
  const text = textOf(
    productionOf({ q1: sideAt(plan, { kind: 'unknown', why: 'it was\u001b[2J stopped' }) }),
  );
  expect(text).toMatch(/^1 +before .* unknown/m);
  expect(text).toContain('query 1 before: unknown: it was');
  expect(text).not.toContain('\u001b');
  expect(text).toContain('needs three sizes');
});

it('is nothing without --scales', () => {
  expect(productionSections(null)).toEqual([]);
});
