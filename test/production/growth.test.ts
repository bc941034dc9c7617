/** How distinct values and views grow: keys of several columns, chains of them, tables that refer to themselves, samples of parts. */
import { beforeAll, describe, expect, it } from 'vitest';
import type { LensConstraint, LensTable } from '../../src/lens/document.ts';
import { distinctAfterGrowth, drawnFrom, occupied } from '../../src/lens/occupancy.ts';
import { type GrowthOptions, growthOf } from '../../src/production/growth.ts';
import { loadGrammar } from '../../src/workload/grammar.ts';
import { column, document, statistics, table } from '../lens/documents.ts';

beforeAll(loadGrammar);

/** `columns`: name → stadistinct. `keys`: as PostgreSQL prints constraints. */
function made(
  name: string,
  rows: number,
  columns: Readonly<Record<string, number>>,
  keys: readonly string[] = [],
  more: Partial<LensTable> = {},
): LensTable {
  const constraints = keys.map((definition, at): LensConstraint => {
    const kind = definition.startsWith('FOREIGN')
      ? 'foreign key'
      : definition.startsWith('PRIMARY')
        ? 'primary key'
        : 'unique';
    return { name: `${name}_${at}`, kind, definition };
  });
  return table(name, {
    rows,
    pages: 100,
    columns: Object.entries(columns).map(([own, distinct]) => column(own, 'integer', statistics(distinct))),
    constraints,
    ...more,
  });
}

function grown(tables: readonly LensTable[], options: Partial<GrowthOptions>) {
  const { growths, factors } = growthOf(document(tables), { rows: {}, distinct: {}, ...options });
  const rowsOf = (name: string) => {
    const found = tables.find(one => one.name === name);
    return (found?.rows ?? 0) * (factors.get(`public.${name}`) ?? 1);
  };
  /** Distinct values there, of `table.column`; undefined where it stays as it is written. */
  return (path: string): number | undefined => {
    const distinct = growths.find(one => one.column === `public.${path}`)?.distinct;
    const [name = ''] = path.split('.');
    return distinct !== undefined && distinct < 0 ? -distinct * rowsOf(name) : distinct;
  };
}

describe('foreign keys', () => {
  it('of several columns lead to what each column refers to at last', () => {
    const values = grown(
      [
        made('part', 1000, { p: -1 }, ['PRIMARY KEY (p)']),
        made('stock', 4000, { p: -0.25, s: 4 }, [
          'PRIMARY KEY (p, s)',
          'FOREIGN KEY (p) REFERENCES public.part(p)',
        ]),
        made('item', 100_000, { id: -1, p: 1000, s: 4, q: 50 }, [
          'PRIMARY KEY (id)',
          'FOREIGN KEY (p, s) REFERENCES public.stock(p, s)',
        ]),
      ],
      { rows: { part: 100_000, stock: 400_000, item: 10_000_000 } },
    );
    expect(values('item.p')).toBeCloseTo(100_000, -3);
    expect(values('item.s')).toBeUndefined();
    expect(values('item.q')).toBeUndefined();
  });

  it('never have more values than the table has rows, whatever share of a small table they are', () => {
    const values = grown(
      [
        made('nation', 25, { n: -1 }, ['PRIMARY KEY (n)']),
        made('supplier', 200, { s: -1, n: -0.125 }, [
          'PRIMARY KEY (s)',
          'FOREIGN KEY (n) REFERENCES public.nation(n)',
        ]),
        made('few', 20, { n: -0.7 }, ['FOREIGN KEY (n) REFERENCES public.nation(n)']),
        made('fewer', 3, { n: -1 }, ['FOREIGN KEY (n) REFERENCES public.nation(n)']),
      ],
      { rows: { supplier: 20_000, few: 2000, fewer: 300 } },
    );
    expect(values('supplier.n')).toBeCloseTo(25);
    expect(values('few.n')).toBeCloseTo(25);
    expect(values('fewer.n')).toBeCloseTo(25, 0);
  });

  it('keep the part of the values that is taken at all, and show more of them with more rows', () => {
    const tables = (orders: number, distinct: number) => [
      made('customer', 1500, { id: -1 }, ['PRIMARY KEY (id)']),
      made('orders', orders, { c: distinct }, ['FOREIGN KEY (c) REFERENCES public.customer(id)']),
    ];
    // Two thirds of the customers order.
    expect(
      grown(tables(15_000, 1000), { rows: { customer: 150_000, orders: 1_500_000 } })('orders.c'),
    ).toBeCloseTo(100_000, -3);
    // All customers are there, and a hundredth of the orders.
    const part = occupied(1500, 150) / 150;
    expect(grown(tables(150, -part), { rows: { customer: 1500, orders: 15_000 } })('orders.c')).toBeCloseTo(
      1500,
      -1,
    );
  });

  it('chain: a(a1, a2) ← b(a1, a2, b3) ← c(a1, a2, b3, c4)', () => {
    const values = grown(
      [
        made('a', 5000, { a1: 50, a2: 100 }, ['PRIMARY KEY (a1, a2)']),
        made('b', 20_000, { a1: 50, a2: 100, b3: 4 }, [
          'PRIMARY KEY (a1, a2, b3)',
          'FOREIGN KEY (a1, a2) REFERENCES public.a(a1, a2)',
        ]),
        made('c', 100_000, { a1: 50, a2: 100, b3: 4, c4: 5 }, [
          'PRIMARY KEY (a1, a2, b3, c4)',
          'FOREIGN KEY (a1, a2, b3) REFERENCES public.b(a1, a2, b3)',
        ]),
      ],
      { rows: { a: 500_000, b: 2_000_000, c: 10_000_000 } },
    );
    // 500,000 pairs of (a1, a2) with 100 of a2 need 5,000 of a1.
    for (const name of ['a', 'b', 'c']) {
      expect(values(`${name}.a1`)).toBeCloseTo(5000, -2);
      expect(values(`${name}.a2`)).toBeUndefined();
    }
    expect(values('c.b3')).toBeUndefined();
    expect(values('c.c4')).toBeUndefined();
  });

  it('to the same table end, and quoted names are names', () => {
    const values = grown(
      [
        made('Staff "x"', 1000, { id: -1, boss: 100, team: 10, lead: 10 }, [
          'PRIMARY KEY (id)',
          'UNIQUE (team, id)',
          'FOREIGN KEY (boss) REFERENCES public."Staff ""x"""(id)',
          'FOREIGN KEY (team, lead) REFERENCES public."Staff ""x"""(team, id) NOT VALID',
        ]),
      ],
      { rows: { 'Staff "x"': 100_000 } },
    );
    expect(values('Staff "x".boss')).toBeCloseTo(10_000, -3);
    expect(values('Staff "x".lead')).toBeCloseTo(1000, -2);
    expect(values('Staff "x".team')).toBeUndefined();
  });

  it('of a partitioned table are those of its partitions', () => {
    const values = grown(
      [
        made('customer', 1000, { id: -1 }, ['PRIMARY KEY (id)']),
        made('log', -1, {}, ['FOREIGN KEY (c) REFERENCES public.customer(id)'], {
          kind: 'partitioned table',
        }),
        made('log_1', 20_000, { c: 1000 }, [], {
          parents: [{ schema: 'public', name: 'log' }],
          partitionBound: 'FOR VALUES IN (1)',
        }),
      ],
      { rows: { customer: 50_000, log: 1_000_000 } },
    );
    expect(values('log_1.c')).toBeCloseTo(50_000, -3);
  });
});

describe('other columns', () => {
  it('have no more values than their type and bounds allow', () => {
    const typed = (name: string, type: string, histogram: string) =>
      column(name, type, statistics(-0.16, { histogram }));
    const orders = table('orders', {
      rows: 15_000,
      columns: [
        typed('day', 'date', '{1992-01-01,1995-04-01,1998-08-02}'),
        typed('paid', 'boolean', '{f,t}'),
      ],
    });
    const values = grown([orders], { rows: { orders: 1_500_000 } });
    expect(values('orders.day')).toBe(2406);
    expect(values('orders.paid')).toBe(2400);
  });
});

describe('views', () => {
  const base = [
    made('supplier', 100, { id: -1 }, ['PRIMARY KEY (id)']),
    made('line', 60_000, { supplier: 100, qty: 50 }, [
      'FOREIGN KEY (supplier) REFERENCES public.supplier(id)',
    ]),
  ];
  const view = (rows: number, columns: Readonly<Record<string, number>>, definition: string) =>
    made('sums', rows, columns, [], { kind: 'materialized view', definition });
  const rowsThere = (sums: LensTable, rows: Readonly<Record<string, number>>, other?: LensTable[]) => {
    const options = { rows, distinct: {}, other: other && document(other) };
    return (growthOf(document([...base, sums]), options).factors.get('public.sums') ?? 0) * sums.rows;
  };
  const ROWS = { supplier: 10_000, line: 6_000_000 };

  it('have the groups that their keys allow', () => {
    const month = "date_trunc('month'::text, l.day)";
    const monthly = view(
      8400,
      { supplier: 100, month: 84, sum: -1 },
      ` SELECT l.supplier, ${month} AS month, sum(l.qty) AS sum\n   FROM line l\n  GROUP BY l.supplier, (${month})`,
    );
    expect(rowsThere(monthly, ROWS)).toBeCloseTo(840_000, -4);
    const byQuantity = view(
      50,
      { qty: -1, n: -1 },
      ' SELECT qty, count(*) AS n\n   FROM line\n  GROUP BY qty',
    );
    expect(rowsThere(byQuantity, ROWS)).toBeCloseTo(50);
    const kinds = view(50, { qty: -1 }, ' SELECT DISTINCT line.qty FROM line');
    expect(rowsThere(kinds, ROWS)).toBeCloseTo(50);
  });

  it('have no more combinations of a foreign key’s columns than it refers to rows', () => {
    const tables = [
      made('part', 1000, { p: -1 }, ['PRIMARY KEY (p)']),
      made('stock', 4000, { p: -0.25, s: 100 }, [
        'PRIMARY KEY (p, s)',
        'FOREIGN KEY (p) REFERENCES public.part(p)',
      ]),
      made('item', 60_000, { p: 1000, s: 100, q: 50 }, ['FOREIGN KEY (p, s) REFERENCES public.stock(p, s)']),
      made('sums', 4000, { p: 1000, s: 100, n: -1 }, [], {
        kind: 'materialized view',
        definition: 'SELECT item.p, item.s, sum(item.q) AS n FROM item GROUP BY item.p, item.s',
      }),
      made('by_part', 1000, { p: -1, s: 100 }, [], {
        kind: 'materialized view',
        definition:
          'SELECT part.p, item.q AS s FROM part JOIN item ON item.p = part.p GROUP BY part.p, item.q',
      }),
    ];
    const rows = { part: 100_000, stock: 400_000, item: 6_000_000 };
    const { factors } = growthOf(document(tables), { rows, distinct: {} });
    expect((factors.get('public.sums') ?? 0) * 4000).toBeCloseTo(400_000, -4);
    expect((factors.get('public.by_part') ?? 0) * 1000).toBeCloseTo(100_000, -4);
  });

  it('without groups grow like the table that they read', () => {
    const names = view(100, { id: -1 }, ' SELECT supplier.id FROM supplier');
    expect(rowsThere(names, { supplier: 500, line: 6_000_000 })).toBe(500);
  });

  it('go on as they grew between two sizes', () => {
    const of = (rows: number) =>
      view(rows, { n: 7 }, ' SELECT l.qty * 2 AS n FROM line l, generate_series(1, 2)');
    const smaller = base.map(one => ({ ...one, rows: one.rows / 10 }));
    // Ten times the lines, twice the rows: 100 times as many, four times.
    expect(rowsThere(of(2000), ROWS, [...smaller, of(1000)])).toBeCloseTo(8000, -1);
  });
});

describe('draws from a set of values', () => {
  it('show D (1 − e^(−n/D)) of them, and tell how many there are', () => {
    expect(occupied(1000, 1000)).toBeCloseTo(632, 0);
    for (const values of [10, 500, 20_000])
      expect(drawnFrom(occupied(values, 1000), 1000) / values).toBeCloseTo(1, 3);
    expect(drawnFrom(1000, 1000)).toBe(Number.POSITIVE_INFINITY);
  });

  it('are none where each row has a value of its own', () => {
    expect(
      distinctAfterGrowth({ rows: 1000, distinct: 1000 }, { sample: 1000, production: 50_000 }, 50_000),
    ).toBe(50_000);
  });
});
