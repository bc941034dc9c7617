/** A document of a lens by hand: one table of 50 million rows, as production might have it. */
import type {
  LensColumn,
  LensColumnStatistics,
  LensDocument,
  LensIndex,
  LensTable,
} from '../../src/lens/document.ts';

export const statistics = (
  distinct: number,
  more: Partial<LensColumnStatistics> = {},
): LensColumnStatistics => ({
  nullFraction: 0,
  averageWidth: 8,
  distinct,
  correlation: 0.1,
  ...more,
});

export const column = (name: string, type: string, known?: LensColumnStatistics): LensColumn => ({
  name,
  type,
  notNull: false,
  ...(known === undefined ? {} : { statistics: known }),
});

export const index = (
  table: string,
  name: string,
  columns: string,
  pages: number,
  more: Partial<LensIndex> = {},
): LensIndex => ({
  schema: 'public',
  name,
  definition: `CREATE INDEX ${name} ON public.${table} USING btree (${columns})`,
  method: 'btree',
  valid: true,
  rows: 50_000_000,
  pages,
  expressionStatistics: [],
  ...more,
});

export const table = (name: string, more: Partial<LensTable>): LensTable => ({
  kind: 'table',
  schema: 'public',
  name,
  columns: [],
  rows: 50_000_000,
  pages: 700_000,
  countedPages: 700_000,
  allVisiblePages: 700_000,
  toastBytes: 0,
  options: [],
  parents: [],
  constraints: [],
  indexes: [],
  ...more,
});

export const document = (tables: readonly LensTable[], more: Partial<LensDocument> = {}): LensDocument => ({
  format: 'pgopt-explore lens',
  version: 1,
  source: {
    serverVersion: '15.4',
    major: 15,
    database: 'shop',
    takenAt: '2026-01-02T03:04:05Z',
    blockBytes: 8192,
    encoding: 'UTF8',
    collation: 'C',
    redacted: false,
  },
  settings: { random_page_cost: '1.1', max_parallel_workers_per_gather: '2' },
  hidden: [],
  schemas: ['public'],
  searchPath: ['public'],
  extensions: [],
  types: [],
  functions: [],
  views: [],
  statistics: [],
  tables,
  ...more,
});

/** `id` is the key, `customer` a column of 2 million values with an index, `state` one of three. */
export const ORDERS = table('orders', {
  columns: [
    column('id', 'bigint', statistics(-1, { histogram: '{1,25000000,50000000}', correlation: 1 })),
    column(
      'customer',
      'integer',
      statistics(2_000_000, {
        averageWidth: 4,
        mostCommon: { values: '{5,6}', frequencies: [0.01, 0.001] },
        histogram: '{1,1000000,2000000}',
      }),
    ),
    column(
      'state',
      'text',
      statistics(3, {
        averageWidth: 6,
        mostCommon: { values: '{done,open,"not paid"}', frequencies: [0.9, 0.09, 0.01] },
      }),
    ),
  ],
  constraints: [{ name: 'orders_pkey', kind: 'primary key', definition: 'PRIMARY KEY (id)' }],
  indexes: [
    index('orders', 'orders_pkey', 'id', 137_000, { constraint: 'orders_pkey' }),
    index('orders', 'orders_customer', 'customer', 60_000),
  ],
});
