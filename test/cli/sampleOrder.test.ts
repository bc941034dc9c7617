import { describe, expect, it } from 'vitest';
import { orderSamples } from '../../src/cli/samples.ts';
import type { Preflight } from '../../src/session/preflight/facts.ts';
import { refusalOf } from '../helpers/refusal.ts';
import { PREFLIGHT } from '../tui/safety.ts';

const ROWS = { orders: 50e6, order_items: 150e6 };

interface Copy {
  readonly orders?: number;
  readonly without?: string;
  readonly startedAt?: string;
  readonly version?: string;
  readonly broken?: Preflight['brokenQueries'];
}

/** A copy of the shop with so many orders, three times as many items, and all customers. */
function copy(database: string, { orders = 0, without, startedAt, version, broken }: Copy) {
  const { server, tables } = PREFLIGHT;
  const rows: Readonly<Record<string, number>> = { orders, order_items: orders * 3 };
  const found: Preflight = {
    ...PREFLIGHT,
    server: {
      ...server,
      database,
      startedAt: startedAt ?? server.startedAt,
      version: version ?? server.version,
    },
    tables: tables
      .map(table => ({ ...table, rows: rows[table.name] ?? table.rows }))
      .filter(({ name }) => name !== without),
    brokenQueries: broken ?? PREFLIGHT.brokenQueries,
  };
  return { found };
}

const shop = copy('shop', { orders: 100_000 }).found;
const order = (...samples: ReturnType<typeof copy>[]) => orderSamples(shop, samples, ROWS);

describe('smaller copies of a database', () => {
  it('are ordered by the rows of what grows, and called by them', () => {
    const { samples, label, remarks } = order(
      copy('half', { orders: 50_000 }),
      copy('tiny', { orders: 1000 }),
    );
    // For the 2 million customers no growth is stated.
    expect(samples.map(sample => sample.label)).toEqual(['tiny (4.00 k rows)', 'half (200 k rows)']);
    expect(label).toBe('shop (400 k rows)');
    expect(remarks).toEqual([]);
  });

  it('may be of one name on two servers, which is said: one of them may be faster', () => {
    const { samples, remarks } = order(copy('shop', { orders: 10_000, startedAt: 'later' }));
    expect(samples).toHaveLength(1);
    expect(remarks.join()).toMatch(/^2 servers: a difference in their speed looks like growth/);
  });

  it.each([
    [
      'the same twice',
      [copy('a', { orders: 10 }), copy('a', { orders: 10 })],
      'a is named twice, as --sample',
    ],
    [
      'the database itself',
      [copy('shop', { orders: 100_000 })],
      'shop is named twice, as --sample and as the',
    ],
    [
      'a larger one',
      [copy('a', { orders: 1e6 })],
      'the sample a has 4.00 M rows, shop only 400 k: name the l',
    ],
    ['as large a one', [copy('a', { orders: 90_000 })], 'a has 360 k rows, shop has 400 k rows: too near'],
    [
      'two of a size',
      [copy('a', { orders: 1000 }), copy('b', { orders: 1200 })],
      'a has 4.00 k rows, b has 4.80 k rows: too near to each other to see what grows: name copies that have',
    ],
    [
      'an empty one',
      [copy('a', {})],
      'ANALYZE has not counted the rows of a (order_items, orders): fill them, an',
    ],
    [
      'one without a table',
      [copy('a', { orders: 10, without: 'customers' })],
      'the sample a has no table cust',
    ],
    [
      'one without a column',
      [copy('a', { orders: 10, broken: [{ queryId: '02-x', reason: 'column "y" does not exist' }] })],
      'the sample a cannot plan 02-x (column "y" does not exist): name a copy that has what the workload reads',
    ],
    [
      'one of another PostgreSQL',
      [copy('a', { orders: 10, version: '16.4' })],
      'the sample a is on PostgreSQL 16, shop on 15: another planner, another executor: put it on PostgreSQL 15',
    ],
  ])('%s is refused in one line', async (_, samples, says) => {
    const refusal = await refusalOf(async () => order(...samples));
    expect(refusal).toContain(`pgopt-explore: ${says}`);
    expect(refusal).not.toContain('\n');
  });

  it('need to know what grows', async () => {
    const refusal = await refusalOf(async () => orderSamples(shop, [copy('a', { orders: 10 })], { x: 1 }));
    expect(refusal).toMatch(
      /^pgopt-explore: production_rows in schema\/workload.json has none of the tables/,
    );
    expect(refusal).toContain('add them: order_items, orders, customers');
  });
});
