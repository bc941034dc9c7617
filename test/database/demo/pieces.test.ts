/** The loader's small parts that need no server. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { LoadEvent } from '../../../src/database/connectionSettings.ts';
import type { Table } from '../../../src/database/demo/demo.ts';
import { startProgress, work } from '../../../src/database/demo/load.ts';
import { freeName, parseMetadata, shopName, shopOfLoading } from '../../../src/database/demo/metadata.ts';
import { readScript, rowsAt, splitStatements } from '../../../src/database/demo/script.ts';
import { bytesNeeded, checkSpace, FRESH_DAYS, isFresh } from '../../../src/database/demo/shop.ts';
import { chunks, keyTasks } from '../../../src/database/demo/tasks.ts';
import { SCHEMA } from './fixture.ts';

describe('sizes', () => {
  test('production', () => {
    expect(rowsAt(1)).toEqual({
      customers: 2_000_000,
      categories: 50,
      products: 100_000,
      inventory: 100_000,
      orders: 50_000_000,
      order_items: 150_000_000,
    });
  });
  test('the default', () => {
    expect(rowsAt(0.01)).toMatchObject({
      customers: 20_000,
      products: 1000,
      orders: 500_000,
      order_items: 1_500_000,
    });
  });
  test('every scale gives whole rounds of orders and a shuffle that is one to one', () => {
    fc.assert(
      fc.property(fc.double({ min: 1e-9, max: 100, noNaN: true }), scale => {
        const rows = rowsAt(scale);
        expect(rows.orders % 5).toBe(0);
        expect(rows.order_items).toBe(rows.orders * 3);
        expect(rows.products % 7919).not.toBe(0);
        expect(rows.orders).toBeGreaterThan(rows.customers);
      }),
    );
    expect(rowsAt(0.07919).products).toBe(7920);
  });
});

test('chunks cover every id once, in order, whole rounds each', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 400_000 }), rounds => {
      const pieces = chunks(rounds * 5, 5);
      expect(pieces[0]?.[0]).toBe(1);
      expect(pieces.at(-1)?.[1]).toBe(rounds * 5);
      pieces.forEach(([first, last], n) => {
        expect((last - first + 1) % 5).toBe(0);
        if (n > 0) expect(first).toBe((pieces[n - 1]?.[1] ?? 0) + 1);
      });
    }),
    { numRuns: 30 },
  );
});

describe('scripts', () => {
  test('cuts statements, keeps function bodies whole, drops comments', () => {
    expect(
      splitStatements(
        '-- a; b\nSELECT 1;\n\nCREATE FUNCTION f() BEGIN ATOMIC\n  SELECT 1;\nEND;\nSELECT\n  2;\n',
      ),
    ).toEqual(['SELECT 1', 'CREATE FUNCTION f() BEGIN ATOMIC\n  SELECT 1;\nEND', 'SELECT\n  2']);
  });
  test('fills in psql variables and leaves casts alone', async () => {
    const script = await readScript(SCHEMA, 'data/inventory.sql');
    const [sql] = script({ products: 7, loaded_on: "2025-01-01' OR" });
    expect(sql).toContain('generate_series(1::bigint, 7)');
    expect(sql).toContain(`'2025-01-01'' OR'::date`);
    expect(() => script({})).toThrow(/no value for :/);
  });
  test('a missing file is one clear error', async () => {
    await expect(readScript(SCHEMA, 'nothing.sql')).rejects.toMatchObject({ code: 'demo-load-failed' });
  });
});

describe('names', () => {
  test.each([
    [0.01, 1, 'shop_0_01'],
    [1, 1, 'shop_1'],
    [10, 1, 'shop_10'],
    [1e-7, 1, 'shop_0_0000001'],
    [0.5, 7, 'shop_0_5_seed_7'],
  ])('scale %d, seed %d: %s', (scale, seed, name) => {
    expect(shopName(scale, seed)).toBe(name);
  });
  test('a name that is taken gets the day, then a number', () => {
    const taken = new Set<string>();
    const names = [1, 2, 3].map(() => {
      const name = freeName('shop_1', '2025-06-11', taken);
      taken.add(name);
      return name;
    });
    expect(names).toEqual(['shop_1', 'shop_1_20250611', 'shop_1_20250611_2']);
  });
  test('only our loading databases are swept', () => {
    expect(shopOfLoading('shop_0_01_loading')).toBe('shop_0_01');
    expect(shopOfLoading('workshop_loading')).toBeUndefined();
    expect(shopOfLoading('shop_0_01')).toBeUndefined();
  });
});

test.each([
  ['2025-06-11', true],
  ['2025-06-14', true],
  ['2025-06-15', false],
  ['2025-06-10', false],
])(`loaded on 2025-06-11, today %s: fresh ${FRESH_DAYS} days long (%s)`, (today, fresh) => {
  expect(isFresh('2025-06-11', today)).toBe(fresh);
});

test.each([
  ['no comment', null],
  ['a user’s own words', 'our shop'],
  ['other JSON', '{"is":"else"}'],
  [
    'a shop without rows',
    '{"is":"pgopt-explore demo shop","scale":1,"seed":1,"version":1,"loadedOn":"2025-01-01"}',
  ],
  ['null', 'null'],
])('is no shop: %s', (_, comment) => {
  expect(parseMetadata(comment)).toBeUndefined();
});

describe('space', () => {
  test('grows with the scale and counts the proposals', () => {
    const { shop, proposals } = bytesNeeded(rowsAt(1));
    expect(shop / 1e9).toBeGreaterThan(18);
    expect(proposals / 1e9).toBeGreaterThan(10);
  });
  test('just enough is enough', () => {
    const rows = rowsAt(0.01);
    const { shop, proposals, working } = bytesNeeded(rows);
    const all = shop + proposals + working;
    expect(checkSpace(0.01, rows, all, '/data')).toBeUndefined();
    expect(checkSpace(0.01, rows, all - 1, '/data')?.message).toMatch(
      /^scale 0\.01 needs about \d+ MB of disk/,
    );
  });
});

describe('a crew', () => {
  const task = (name: string, ...locks: Table[]) => ({ name, locks });
  const tick = () => new Promise(resolve => setImmediate(resolve));

  test('never has two tasks of a table at once, does all, keeps each table’s order', async () => {
    const tables: Table[] = ['orders', 'order_items', 'customers'];
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.constantFrom(...tables), fc.nat(3)), { maxLength: 30 }),
        fc.integer({ min: 1, max: 4 }),
        async (specs, workers) => {
          const tasks = specs.map(([table, ticks], n) => ({ ...task(String(n), table), ticks }));
          const running = new Set<Table>();
          const done: string[] = [];
          await work(Array.from({ length: workers }), tasks, async (_, { name, locks, ticks }) => {
            for (const table of locks) {
              expect(running.has(table)).toBe(false);
              running.add(table);
            }
            for (let n = 0; n < ticks; n++) await tick();
            for (const table of locks) running.delete(table);
            done.push(name);
          });
          for (const table of tables) {
            const own = tasks.filter(({ locks }) => locks.includes(table)).map(({ name }) => name);
            expect(done.filter(name => own.includes(name))).toEqual(own);
          }
        },
      ),
    );
  });

  test('starts nothing new after a failure, and waits for what is under way', async () => {
    const seen: string[] = [];
    const tasks = [task('long', 'orders'), task('bad', 'customers'), task('never', 'products')];
    const outcome = work([1, 2], tasks, async (_, { name }) => {
      if (name === 'bad') throw new Error('bad luck');
      for (let n = 0; n < 5; n++) await tick();
      seen.push(name);
    });
    await expect(outcome).rejects.toThrow('bad luck');
    expect(seen).toEqual(['long']);
  });
});

test('every key waits for the tables it reads', async () => {
  const tasks = await keyTasks(SCHEMA, rowsAt(0.01));
  const locks = Object.fromEntries(
    tasks.map(({ pieces, locks }) => [pieces[0]?.sql.replace(/\s+/g, ' '), [...locks].sort()]),
  );
  expect(locks['ALTER TABLE order_items ADD FOREIGN KEY (order_id) REFERENCES orders']).toEqual([
    'order_items',
    'orders',
  ]);
  expect(locks['ALTER TABLE orders ADD PRIMARY KEY (order_id)']).toEqual(['orders']);
  expect(Object.keys(locks).filter(sql => sql.startsWith('VACUUM (ANALYZE)'))).toHaveLength(6);
});

test('progress is throttled, and estimates from the work that is done', () => {
  let now = 0;
  const events: LoadEvent[] = [];
  const progress = startProgress(
    { rows: 100, units: 1000 },
    event => events.push(event),
    () => now,
  );
  for (let n = 0; n < 50; n++) {
    now += 20;
    progress.advance({ rows: 2, units: 10 });
  }
  const told = events.flatMap(event => (event.type === 'startup:progress' ? [event] : []));
  expect(told.length).toBeLessThanOrEqual(11);
  expect(told[1]?.remainingMs).toBeUndefined();
  expect(told.at(-1)).toEqual({
    type: 'startup:progress',
    message: 'adding keys to the demo shop',
    rowsDone: 100,
    rowsTotal: 100,
    remainingMs: 1000,
  });
});
