import stringWidth from 'string-width';
import { describe, expect, it } from 'vitest';
import type { Survey } from '../../src/advisor/survey.ts';
import { adviceDocument } from '../../src/report/advice/document.ts';
import { adviceText } from '../../src/report/advice/text.ts';
import { storageRequirement, timeRequirements } from '../helpers/demands.ts';
import { columnNames, keysOf, namesIn, readDocument } from '../helpers/documents.ts';
import { planOf, productionPlanOf, proposalOf, queryOf, surveyOf } from '../helpers/surveys.ts';

const GB = 1024 ** 3;
const [A, B] = [1, 2];
const PROPOSALS = [
  proposalOf('idx_orders_date_status', { bytes: 2 * GB, buildMs: 0 }),
  proposalOf('idx_order_items_product_order', { bytes: 7 * GB, buildMs: 0 }),
  proposalOf('idx_inventory_restock', { bytes: 3_000_000, buildMs: 0 }),
];
const about = (number: number, title: string) => ({ number, title, targetMs: 2000 });

const QUERIES = [
  queryOf(
    'one',
    3,
    [productionPlanOf([20_000, 26_000, 90_000]), productionPlanOf([400, 700, 1900], A)],
    seen => seen & A,
    about(1, 'Daily revenue trend \u001b[31m'),
  ),
  queryOf(
    'two',
    3,
    [productionPlanOf([9000, 12_000, 30_000]), productionPlanOf([5000, 8000, 11_000], B)],
    seen => (seen & B ? 1 : 0),
    about(2, 'Top products by category'),
  ),
  queryOf('three', 3, [productionPlanOf('×0.002: it could not be led')], () => 0, about(3, 'Cohorts')),
];

const PRODUCTION = surveyOf(PROPOSALS, QUERIES, { atProduction: true });
const HERE = surveyOf(PROPOSALS, [queryOf('one', 3, [planOf(100), planOf(7, A)], seen => seen & A)]);
const ABOUT = {
  program: '1.0.0',
  at: '2026-03-01T12:00:00.000Z',
  title: 'Shop',
  target: { label: 'the demo, ×0.05', serverVersion: '15.4' },
};

const documentOf = (survey: Survey, sizes: readonly string[]) =>
  adviceDocument(HERE, timeRequirements(HERE), ABOUT, {
    production: {
      survey,
      requirements: [...timeRequirements(survey), storageRequirement(survey, 8 * GB)],
      sizes,
      sides: new Map(),
      remarks: ['public.orders.customer_id: has 20× as many distinct values there\u001b[31m'],
    },
  });

const SIZES = ['×0.01', '×0.05'];
/** From where production begins. */
const production = (survey: Survey, sizes: readonly string[], width: number) =>
  adviceText(documentOf(survey, sizes), width).replace(/^.*(?=AT PRODUCTION SIZE)/s, '');

describe('the text of an advice for production size', () => {
  it.each([80, 120])('fits %i columns, and reads as it did', async width => {
    const text = production(PRODUCTION, SIZES, width);
    for (const line of text.split('\n')) expect(stringWidth(line), line).toBeLessThanOrEqual(width);
    expect(text).not.toMatch(/[^\P{Cc}\n]/u);
    await expect(text).toMatchFileSnapshot(`texts/advice-at-production-${width}.txt`);
  });

  it('never looks like one that was measured', () => {
    const text = production(PRODUCTION, SIZES, 400);
    expect(text).not.toMatch(/, measured|p [=<] 0|permutation|95 %/);
    // Every time stands behind its sign, or inside the brackets of one.
    const table = text.slice(text.indexOf('#  query'), text.indexOf('Proposals'));
    expect(table.match(/(?<!≈ |\(|… |min |[\d.])\d[\d.]* (?:ms|s|min)\b(?!:)/g) ?? []).toEqual([]);
  });

  it('keeps what is clear, and names the query about which nothing is known', () => {
    const text = production(PRODUCTION, SIZES, 400);
    expect(text).toContain('Keep idx_orders_date_status.');
    expect(text).toContain('Cohorts was left out: ×0.002: it could not be led');
    expect(text).toContain(
      'It saves ≈ 25.3 s of ≈ 38.0 s in one call of each query (projected, 18.1 s to 1 min 30 s).',
    );
    expect(text).toContain(
      'idx_orders_date_status, idx_order_items_product_order (9.00 GB of 9.00 GB) give every query the plan that all proposals give it: there idx_inventory_restock would change no plan.',
    );
  });

  it('says where the time for rehearsing was spent', () => {
    const text = production({ ...PRODUCTION, budgetSpent: true }, SIZES, 400);
    expect(text).toContain('The time for rehearsing was spent before every plan had its turn');
  });

  it('is of plans and bytes alone where nothing was rehearsed', async () => {
    const queries = QUERIES.map(query => ({
      ...query,
      plans: query.plans.map(({ uses }, at) => productionPlanOf(`nothing was rehearsed ${at}`, uses)),
    }));
    const text = production({ ...PRODUCTION, queries }, [], 100);
    expect(text).not.toMatch(/≈|faster|slower|Keep|frontier|not measured/);
    await expect(text).toMatchFileSnapshot('texts/advice-at-production-planned.txt');
  });
});

describe('docs/advise-json.md', () => {
  it('names every field of production', () => {
    const page = readDocument('docs/advise-json.md');
    const named = namesIn(page);
    const document = documentOf(PRODUCTION, SIZES);
    const keys = new Set(keysOf(document.atProduction));
    expect([...keys].filter(key => !named.has(key))).toEqual([]);
    const all = new Set(keysOf(document));
    expect(columnNames(page).filter(name => !all.has(name))).toEqual([]);
  });
});
