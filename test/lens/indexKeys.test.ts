/** How many keys an index has, and how many groups a view: from the statistics, and from the tables that foreign keys refer to. */
import { beforeAll, expect, it } from 'vitest';
import { groupsOf, type KeyCounter, keyCounter } from '../../src/lens/indexKeys.ts';
import { sourceOf, tiesOf } from '../../src/lens/ties.ts';
import { loadGrammar } from '../../src/workload/grammar.ts';
import { column, document, statistics, table } from './documents.ts';

const of = (name: string, distinct: number, correlation = 0.1, frequencies: readonly number[] = []) =>
  column(
    name,
    'integer',
    statistics(distinct, {
      correlation,
      ...(frequencies.length === 0 ? {} : { mostCommon: { values: undefined, frequencies } }),
    }),
  );

const shop = document([
  table('orders', {
    rows: 5_000_000,
    columns: [of('id', -1)],
    constraints: [{ name: 'a', kind: 'primary key', definition: 'PRIMARY KEY (id)' }],
  }),
  table('stock', {
    rows: 800_000,
    columns: [of('part', 200_000), of('supplier', 10_000)],
    constraints: [{ name: 'b', kind: 'primary key', definition: 'PRIMARY KEY (part, supplier)' }],
  }),
  table('items', {
    rows: 15_000_000,
    columns: [
      // Rows of an order lie together, a few parts are most of the rows, suppliers are evenly spread.
      of('order_id', 1_170_000, 1),
      of('part', 60_000, 0.1, [0.2, 0.1]),
      of('supplier', 6000),
      of('day', 2500),
    ],
    constraints: [
      { name: 'c', kind: 'foreign key', definition: 'FOREIGN KEY (order_id) REFERENCES public.orders(id)' },
      {
        name: 'd',
        kind: 'foreign key',
        definition: 'FOREIGN KEY (part, supplier) REFERENCES public.stock(part, supplier)',
      },
    ],
  }),
]);
let keys: KeyCounter;
beforeAll(async () => {
  await loadGrammar();
  keys = keyCounter(shop, tiesOf(shop));
});

const ITEMS = { order_id: 1, part: 2, supplier: 3, day: 4 };
const count = (...names: readonly (keyof typeof ITEMS)[]) =>
  keys(
    'public.items',
    names.map(name => ITEMS[name]),
    15_000_000,
  );

it('counts what a foreign key refers to where ANALYZE counts too few', () => {
  expect(count('order_id')).toBe(5_000_000);
  expect(count('part')).toBeCloseTo(200_000, -3);
  expect(count('supplier')).toBe(6000);
  expect(count('day')).toBe(2500);
});

it('counts no more combinations than the other table has rows, and no more than there are rows', () => {
  expect(count('part', 'supplier')).toBeCloseTo(800_000, -3);
  expect(count('supplier', 'day')).toBe(15_000_000);
  expect(keys('public.orders', [1], 5_000_000)).toBe(5_000_000);
});

it('counts the keys of a part of the rows', () => {
  // A thousandth of the rows: 6 of each supplier's 2,500 … all but e^-2.5 of the suppliers.
  expect(keys('public.items', [3], 15_000)).toBeCloseTo(6000 * (1 - Math.exp(-2.5)), -2);
  expect(keys('public.nothing', [1], 5)).toBeUndefined();
});

it('bounds the groups of a view by its keys', () => {
  const groups = (sql: string, names: readonly string[]) => groupsOf(shop, keys, sourceOf(shop, sql, names));
  const both = 'SELECT part, supplier, count(*) AS n FROM items GROUP BY part, supplier';
  expect(groups(both, ['part', 'supplier', 'n'])).toBeCloseTo(800_000, -3);
  const joined = 'SELECT i.day, o.id FROM items i JOIN orders o ON o.id = i.order_id GROUP BY o.id, i.day';
  expect(groups(joined, ['day', 'id'])).toBe(5_000_000 * 2500);
  expect(groups('SELECT day + 1 AS d FROM items GROUP BY (day + 1)', ['d'])).toBeUndefined();
  expect(groups('SELECT day FROM items', ['day'])).toBeUndefined();
});
