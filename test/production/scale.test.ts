import { beforeAll, describe, expect, it } from 'vitest';
import type { LensColumn, LensTable } from '../../src/lens/document.ts';
import { type Scaled, scaleDocument } from '../../src/production/scale.ts';
import { loadGrammar } from '../../src/workload/grammar.ts';
import { column, document, index, statistics, table } from '../lens/documents.ts';

beforeAll(loadGrammar);

const NOTHING = { rows: {}, distinct: {} };

/** A sample of 1 %: 500,000 orders of 20,000 customers. */
const orders = table('orders', {
  rows: 500_000,
  pages: 7000,
  countedPages: 7000,
  allVisiblePages: 6999,
  columns: [
    column('id', 'bigint', statistics(-1)),
    column(
      'customer',
      'integer',
      statistics(20_000, { mostCommon: { values: '{5}', frequencies: [0.01] }, histogram: '{1,20000}' }),
    ),
    column('state', 'text', statistics(3)),
    column('address', 'integer', statistics(15_000)),
    column('paid', 'numeric', statistics(-0.4)),
  ],
  constraints: [
    { name: 'a', kind: 'primary key', definition: 'PRIMARY KEY (id)' },
    {
      name: 'b',
      kind: 'foreign key',
      definition: 'FOREIGN KEY (customer) REFERENCES public."the customers"(id)',
    },
  ],
  indexes: [index('orders', 'orders_pkey', 'id', 1371, { rows: 500_000 })],
});
const customers = table('the customers', { rows: 20_000, pages: 200, countedPages: 200, columns: [] });
const ROWS = { orders: 50_000_000, 'the customers': 2_000_000 };

const column0 = (tables: readonly LensTable[], name: string) =>
  tables[0]?.columns.find(
    (candidate): candidate is Exclude<LensColumn, { dropped: true }> =>
      candidate.dropped !== true && candidate.name === name,
  )?.statistics;

describe('a sample at production size', () => {
  let scaled: Scaled;
  let tables: readonly LensTable[];
  beforeAll(() => {
    scaled = scaleDocument(document([orders, customers]), { ...NOTHING, rows: ROWS });
    tables = scaled.document.tables;
  });

  it('has the rows and pages of production, as dense as they are here', () => {
    expect(tables[0]).toMatchObject({
      rows: 50_000_000,
      pages: 700_000,
      countedPages: 700_000,
      allVisiblePages: 699_900,
    });
    // The meta page is one, at any size.
    expect(tables[0]?.indexes[0]).toMatchObject({ rows: 50_000_000, pages: 137_001 });
    expect(scaled.factors.get('public.orders')).toBe(100);
    expect(scaled.hidden).toEqual([]);
  });

  it('has as many more values in a foreign key as the other table has rows, each with a smaller share', () => {
    expect(column0(tables, 'customer')).toMatchObject({
      distinct: 2_000_000,
      histogram: '{1,20000}',
      mostCommon: { values: '{5}', frequencies: [0.0001] },
    });
    expect(scaled.growths).toEqual([
      {
        column: 'public.orders.customer',
        distinct: 2_000_000,
        factor: 100,
        why: 'a foreign key to public.the customers',
        stated: false,
      },
      // A share of the rows is the same share.
      {
        column: 'public.orders.paid',
        distinct: -0.4,
        factor: 100,
        why: 'a share of the rows',
        stated: false,
      },
    ]);
  });

  it('leaves shares of the rows, and columns without a statement', () => {
    expect(column0(tables, 'id')?.distinct).toBe(-1);
    expect(column0(tables, 'paid')?.distinct).toBe(-0.4);
    expect(column0(tables, 'state')?.distinct).toBe(3);
    expect(column0(tables, 'address')?.distinct).toBe(15_000);
  });

  it('goes by what the workload says', () => {
    const said = scaleDocument(document([orders, customers]), {
      rows: ROWS,
      distinct: { 'orders.address': 3_000_000, 'orders.customer': -0.01 },
    });
    expect(column0(said.document.tables, 'address')?.distinct).toBe(3_000_000);
    expect(column0(said.document.tables, 'customer')?.distinct).toBe(-0.01);
  });

  it('learns from another size how values grow', () => {
    const smaller = document([
      {
        ...orders,
        rows: 50_000,
        columns: [
          column('state', 'text', statistics(3)),
          // In step with the rows; and half as fast in the exponent: 40 % of 50,000 against 40 % of 500,000 would be 1.
          column('address', 'integer', statistics(1500)),
          column('paid', 'numeric', statistics(-1)),
        ],
      },
    ]);
    const { document: grown } = scaleDocument(document([orders, customers]), {
      ...NOTHING,
      rows: ROWS,
      other: smaller,
    });
    expect(column0(grown.tables, 'state')?.distinct).toBe(3);
    expect(column0(grown.tables, 'address')?.distinct).toBeCloseTo(1_500_000, -2);
    // 50,000 values became 200,000 with ten times the rows: a slope of log10(4); 100 times the rows give 16 times the values.
    expect(column0(grown.tables, 'paid')?.distinct).toBeCloseTo(200_000 * 16, -2);
  });

  it('says which tables have no count; a view grows like what grows most', () => {
    const view = table('sums', { kind: 'materialized view', rows: 100, pages: 2, countedPages: 2 });
    const other = table('other', { rows: 7, pages: 1, countedPages: 1 });
    const { factors, hidden } = scaleDocument(document([orders, view, other]), {
      ...NOTHING,
      rows: { orders: 1_000_000 },
    });
    expect(Object.fromEntries(factors)).toEqual({ 'public.orders': 2, 'public.sums': 2, 'public.other': 1 });
    expect(hidden.map(({ what }) => what)).toEqual(['public.other', 'public.sums']);
  });

  it('grows partitions with their table', () => {
    const parent = table('days', { kind: 'partitioned table', rows: -1, pages: 0, countedPages: 0 });
    const part = (name: string) =>
      table(name, {
        rows: 1000,
        pages: 10,
        countedPages: 10,
        parents: [{ schema: 'public', name: 'days' }],
        partitionBound: 'FOR VALUES IN (1)',
      });
    const { document: grown } = scaleDocument(document([parent, part('a'), part('b')]), {
      ...NOTHING,
      rows: { days: 40_000 },
    });
    expect(grown.tables.map(({ rows }) => rows)).toEqual([-1, 20_000, 20_000]);
  });

  it('counts partitions once, and grows a table with those of its partitions that production has more of', () => {
    const whole = (name: string, rows: number, more: Partial<LensTable> = {}) =>
      table(name, { kind: 'partitioned table', rows, pages: 0, countedPages: 0, ...more });
    const within = (name: string) => ({
      parents: [{ schema: 'public', name }],
      partitionBound: 'FOR VALUES IN (1)',
    });
    const part = (name: string, parent: string, rows: number) =>
      table(name, { rows, pages: 10, countedPages: 10, ...within(parent) });
    // As of an ANALYZE long ago.
    const tables = [
      whole('log', 100),
      whole('old', -1, within('log')),
      part('older', 'old', 600),
      part('oldest', 'old', 200),
      part('new', 'log', 200),
    ];
    const factors = (rows: Readonly<Record<string, number>>) =>
      Object.fromEntries(scaleDocument(document(tables), { ...NOTHING, rows }).factors);
    expect(factors({ log: 10_000 })).toEqual({
      'public.log': 10,
      'public.old': 10,
      'public.older': 10,
      'public.oldest': 10,
      'public.new': 10,
    });
    expect(factors({ older: 1400 })).toMatchObject({
      'public.log': 1.8,
      'public.old': 2,
      'public.older': 7 / 3,
      'public.oldest': 1,
      'public.new': 1,
    });
  });
});
