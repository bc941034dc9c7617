/** A lens of a real database that has everything: its contents, its reported omissions, and the cost of reading it. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectTrusted as connect } from '../../src/database/link.ts';
import { type LensColumn, type LensDocument, printLens } from '../../src/lens/document.ts';
import { parseLens } from '../../src/lens/parse/parse.ts';
import { readLens } from '../../src/lens/read/read.ts';
import { redact, redactedColumns } from '../../src/lens/redact.ts';
import { type TestDatabase, testDatabase } from '../helpers/database.ts';
import { everything } from './everything.ts';

let database: TestDatabase;
let lens: LensDocument;
const scans = () =>
  database.link.query(
    `SELECT relname, coalesce(seq_scan, 0) + coalesce(idx_scan, 0) AS scans, pg_stat_get_blocks_fetched(relid) AS blocks
     FROM pg_stat_user_tables ORDER BY relid`,
  );
let scansBefore: unknown;
beforeAll(async () => {
  database = await testDatabase('lens', everything(15));
  // Counters of this session are seen at once only when they are asked to be.
  await database.link.query('SELECT pg_stat_force_next_flush()');
  scansBefore = await scans();
  lens = await readLens(database.link);
});
afterAll(async () => database?.drop());

const tableOf = (document: LensDocument, name: string) =>
  document.tables.find(table => table.name === name) ?? expect.fail(`there is no ${name}`);
const columnOf = (document: LensDocument, table: string, name: string) =>
  tableOf(document, table).columns.find(
    (one): one is Exclude<LensColumn, { dropped: true }> => one.dropped !== true && one.name === name,
  ) ?? expect.fail(`there is no ${table}.${name}`);
const hiddenOf = (document: LensDocument) => document.hidden.map(({ what, why }) => `${what}: ${why}`);

describe('of a superuser', () => {
  it('reads no row of a table', async () => {
    await database.link.query('SELECT pg_stat_force_next_flush()');
    expect(await scans()).toEqual(scansBefore);
    expect(database.link.transactionStatus()).toBe('I');
  });

  it('comes back from its file as it was', async () => {
    expect(await parseLens(printLens(lens), 'lens.json')).toEqual(lens);
    expect(await parseLens(JSON.stringify(lens), 'lens.json')).toEqual(lens);
  });

  it('has everything in an order in which it can be made', () => {
    const names = (things: readonly { readonly name: string }[]) => things.map(({ name }) => name);
    expect(names(lens.types)).toEqual(['mood', 'positive', 'address', 'labels', 'span', 'very']);
    expect(names(lens.tables)).toEqual([
      't; DROP--',
      'guarded',
      'never',
      'odd',
      'orders',
      'Orders 2',
      'a_part',
      'orders_1',
      'things',
      'a_thing',
      'per_customer',
    ]);
    expect(names(lens.views)).toEqual(['z_base', 'a_top']);
    expect(lens.views[1]?.options).toEqual(['security_barrier=true']);
    expect(names(lens.collations ?? [])).toEqual(['folding']);
    // Of two that cost the same the planner goes by their age.
    expect(names(tableOf(lens, 'odd').indexes).slice(0, 3)).toEqual(['odd_pkey', 'z_older', 'a_newer']);
    expect(lens.functions.map(({ name, after }) => [name, after])).toEqual([
      ['lowered', undefined],
      ['atomic', 'views'],
      ['folded', undefined],
      ['of_orders', 'tables'],
      ['of_view', 'views'],
      ['through', undefined],
    ]);
    expect(lens.schemas).toEqual(['We ird"s', 'shop']);
    expect(lens.searchPath).toEqual(['public']);
  });

  it('has a table’s columns in their places, and what a partition has from its parent once', () => {
    const orders = tableOf(lens, 'orders');
    expect(orders).toMatchObject({
      kind: 'partitioned table',
      partitionKey: 'RANGE (day)',
      rows: 1000,
      pages: 0,
    });
    expect(orders.columns[1]).toEqual({ dropped: true });
    expect(columnOf(lens, 'orders', 'small')).toMatchObject({ type: 'shop.very' });
    expect(columnOf(lens, 'orders', 'note')).toMatchObject({ collation: 'pg_catalog."C"', notNull: false });
    expect(columnOf(lens, 'orders', 'twice').generated).toMatchObject({ kind: 'stored' });
    expect(orders.constraints.map(({ kind }) => kind)).toEqual(['primary key', 'check']);
    const part = tableOf(lens, 'a_part');
    expect(part.constraints).toEqual([]);
    expect(part).toMatchObject({
      parents: [{ schema: 'shop', name: 'Orders 2' }],
      partitionBound: 'FOR VALUES WITH (modulus 1, remainder 0)',
      options: ['fillfactor=80'],
    });
    expect(part.indexes.map(index => index.parent?.name)).toEqual([
      'Orders 2_pkey',
      'Orders 2_customer_amount_idx',
    ]);
    expect(part.indexes.map(index => index.constraint)).toEqual([undefined, undefined]);
    expect(tableOf(lens, 't; DROP--').constraints.map(({ kind }) => kind)).toEqual([
      'unique',
      'exclusion',
      'foreign key',
    ]);
    expect(
      tableOf(lens, 't; DROP--')
        .indexes.map(({ method }) => method)
        .sort(),
    ).toEqual(['brin', 'btree', 'btree', 'gin', 'gist', 'gist', 'hash', 'spgist']);
  });

  it('has sizes as they are, and says what was never counted', () => {
    expect(tableOf(lens, 'never')).toMatchObject({ rows: -1, pages: 5, countedPages: 0 });
    expect(columnOf(lens, 'never', 'id').statistics).toBeUndefined();
  });

  it('has the statistics of columns, of children, of expressions, of ranges, arrays and several columns', () => {
    expect(columnOf(lens, 'things', 'kind')).toMatchObject({
      statistics: {
        distinct: 4,
        mostCommon: { values: '{k0,k1,k2,k3}', frequencies: [0.25, 0.25, 0.25, 0.25] },
      },
      inheritedStatistics: { distinct: 5 },
    });
    expect(columnOf(lens, 'orders', 'mood').inheritedStatistics?.mostCommon?.values).toBe(
      '{"it\'s ok",sad,"hap\\\\py"}',
    );
    expect(columnOf(lens, 'a_part', 'tags').statistics).toMatchObject({
      mostCommonElements: { values: '{t0,t1,t2,t3,t4,u0,u1,u2}' },
      elementCountHistogram: expect.arrayContaining([2]),
    });
    expect(columnOf(lens, 't; DROP--', 'span').statistics).toMatchObject({
      rangeEmptyFraction: 0,
      rangeLengthHistogram: expect.stringMatching(/^\{1.5,/),
      rangeBoundsHistogram: expect.stringMatching(/^\{"\[1,2.5\)"/),
    });
    const [expressions] = tableOf(lens, 't; DROP--').indexes.filter(({ name }) => name === 'i"1');
    expect(expressions?.expressionStatistics.map(({ position }) => position)).toEqual([1, 2]);
    expect(lens.statistics.map(({ name, inherited, distinct }) => [name, inherited, distinct])).toEqual([
      ['combined', false, undefined],
      ['combined', true, undefined],
      ['computed', false, '{"2, -1": 28}'],
      ['computed', true, '{"2, -1": 35}'],
      ['related', false, '{"1, 6": 300}'],
    ]);
    expect(lens.statistics[2]?.expressionStatistics).toMatchObject([{ position: 1, distinct: 7 }]);
  });

  it('lists what is left out', () => {
    expect(hiddenOf(lens)).toEqual([
      'aggregate shop.total(): user-defined aggregates are left out',
      'foreign table shop.far: foreign tables are left out: their wrappers plan them',
      'function shop.in_c(): a lens has only functions in SQL and PL/pgSQL',
      'row security public.guarded: policies are left out: plans of the roles that they apply to have further conditions',
      'rule public.never: rules other than a view’s are left out: they do not affect SELECT',
      'index shop.needs_c: left out: it needs function shop.in_c()',
      'view shop.reads_far: left out: it needs foreign table shop.far',
      'view shop.reads_reads_far: left out: it needs foreign table shop.far',
      'view shop.uses_total: left out: it needs aggregate shop.total()',
      'most common combinations of extended statistics shop.combined: lists of combinations of values (mcv) are left out',
      'most common combinations of extended statistics shop.computed: lists of combinations of values (mcv) are left out',
    ]);
  });

  it('keeps numbers and drops texts when it is redacted', async () => {
    const { document, without } = redact(lens);
    expect(await parseLens(printLens(document), 'lens.json')).toEqual(document);
    expect(document.source.redacted).toBe(true);
    const text = printLens({
      ...document,
      tables: document.tables.map(table => ({ ...table, definition: '', indexes: [] })),
    });
    expect(text).not.toMatch(/note \d|\bk0\b|\bt0\b|x''?\\"|"s1"/);
    expect(columnOf(document, 'things', 'kind').statistics).toEqual({
      ...columnOf(lens, 'things', 'kind').statistics,
      mostCommon: { values: undefined, frequencies: [0.25, 0.25, 0.25, 0.25] },
    });
    for (const kept of ['id', 'day', 'mood', 'amount', 'during', 'small', 'twice'])
      expect(columnOf(document, 'orders', kept)).toEqual(columnOf(lens, 'orders', kept));
    expect(columnOf(document, 't; DROP--', 'span')).toEqual(columnOf(lens, 't; DROP--', 'span'));
    // Under P in the explorer: the columns, each with what the planner does without its values.
    const listed = redactedColumns(document).map(({ what }) => what);
    expect(listed).toEqual(expect.arrayContaining(without.filter(name => !name.startsWith('expression '))));
    expect(listed).not.toContain('shop.orders.amount');
    expect(redactedColumns(lens)).toEqual([]);
    expect(without).toEqual([
      'We ird"s.t; DROP--.a"b',
      'We ird"s.t; DROP--.doc',
      'expression 1 of index We ird"s.i"1',
      'expression 2 of index We ird"s.i"1',
      'public.guarded.secret',
      'public.odd.name',
      'public.odd.plain',
      'public.odd.labels',
      'expression 1 of index public.by_expression',
      'expression 1 of index public.by_path',
      'shop.orders.note',
      'shop.orders.tags',
      'shop.Orders 2.note',
      'shop.Orders 2.tags',
      'shop.a_part.note',
      'shop.a_part.tags',
      'shop.orders_1.note',
      'shop.orders_1.tags',
      'expression 1 of index shop.local_only',
      'shop.things.kind',
      'shop.a_thing.kind',
      'expression 1 of statistics shop.computed',
    ]);
  });
});

it('leaves out what it would have to wait for, and waits for nothing', async () => {
  const other = await connect(database.settings, 'test');
  try {
    await other.query('BEGIN');
    await other.query('LOCK TABLE shop.things IN ACCESS EXCLUSIVE MODE');
    const started = Date.now();
    const found = await readLens(database.link, { pauseMs: 1 });
    expect(Date.now() - started).toBeLessThan(5000);
    const things = tableOf(found, 'things');
    expect(things).toMatchObject({ rows: 200, pages: 1, indexes: [], constraints: [] });
    expect(columnOf(found, 'things', 'kind')).toEqual(columnOf(lens, 'things', 'kind'));
    expect(tableOf(found, 't; DROP--').constraints.map(({ kind }) => kind)).toEqual(['unique', 'exclusion']);
    expect(tableOf(found, 'orders')).toEqual(tableOf(lens, 'orders'));
    expect(await parseLens(JSON.stringify(found), 'lens.json')).toEqual(found);
    const told = hiddenOf(found);
    expect(told).toContainEqual(
      expect.stringMatching(/^shop.things: another session has locked it in ACCESS EXCLUSIVE mode/),
    );
    expect(told).toContain(
      'constraint of We ird"s.t; DROP--: t; DROP--_thing_fkey: left out: it needs a table that another session has locked',
    );
    await other.query('ROLLBACK');
    await other.query('BEGIN');
    await other.query('LOCK TABLE shop.orders IN ACCESS EXCLUSIVE MODE');
    const without = await readLens(database.link, { pauseMs: 1 });
    expect(without.tables.map(({ name }) => name)).not.toContain('a_part');
    expect(without.views).toEqual([]);
    expect(tableOf(without, 'per_customer')).toMatchObject({
      rows: 50,
      indexes: [{ name: 'per_customer_key' }],
    });
    expect(await parseLens(JSON.stringify(without), 'lens.json')).toEqual(without);
  } finally {
    await other.end();
  }
});

it('is complete but for the statistics where the role may read nothing', async () => {
  await database.link.query('CREATE ROLE lens_nobody');
  try {
    await database.link.query('SET SESSION AUTHORIZATION lens_nobody');
    const found = await readLens(database.link);
    expect(await parseLens(JSON.stringify(found), 'lens.json')).toEqual(found);
    const bare = JSON.parse(JSON.stringify(lens), (key, value) =>
      /^(s|inheritedS)tatistics$/.test(key) && !Array.isArray(value) ? undefined : value,
    ) as LensDocument;
    const withoutExpressions = (document: LensDocument) =>
      document.tables.map(table => ({
        ...table,
        indexes: table.indexes.map(index => ({ ...index, expressionStatistics: [] })),
      }));
    expect(withoutExpressions(found)).toEqual(withoutExpressions(bare));
    expect(found.statistics.map(({ name }) => name)).toEqual(['combined', 'computed', 'related']);
    const told = hiddenOf(found);
    expect(told).toContain(
      'statistics of shop.orders: the role may not read these columns, so their statistics are hidden from it',
    );
    expect(told.filter(one => one.startsWith('figures of extended statistics'))).toHaveLength(3);
    expect(told.filter(one => one.startsWith('statistics of the expressions of index'))).toHaveLength(4);
    await database.link.query('RESET SESSION AUTHORIZATION');
    await database.link.query('GRANT USAGE ON SCHEMA shop TO lens_nobody');
    await database.link.query('ALTER TABLE shop.things OWNER TO lens_nobody');
    await database.link.query('GRANT SELECT (id) ON public.never TO lens_nobody');
    await database.link.query('SET SESSION AUTHORIZATION lens_nobody');
    const more = await readLens(database.link);
    expect(columnOf(more, 'things', 'kind')).toEqual(columnOf(lens, 'things', 'kind'));
    expect(more.statistics.filter(({ name }) => name === 'computed')).toEqual(
      lens.statistics.filter(({ name }) => name === 'computed'),
    );
    await database.link.query('RESET SESSION AUTHORIZATION');
    await database.link.query('GRANT pg_read_all_data TO lens_nobody');
    await database.link.query('SET SESSION AUTHORIZATION lens_nobody');
    const all = await readLens(database.link);
    const unguarded = (document: LensDocument) => document.tables.filter(({ name }) => name !== 'guarded');
    expect(unguarded(all)).toEqual(unguarded(lens));
    expect(all.statistics).toEqual(lens.statistics);
    expect(hiddenOf(all).filter(one => one.startsWith('statistics of '))).toEqual([
      expect.stringContaining('public.guarded'),
    ]);
    expect(hiddenOf(more).join()).not.toMatch(/public.never: the role|statistics of shop.things/);
  } finally {
    await database.link.query('RESET SESSION AUTHORIZATION');
    await database.link.query('ALTER TABLE shop.things OWNER TO CURRENT_USER');
    await database.link.query('DROP OWNED BY lens_nobody');
    await database.link.query('DROP ROLE lens_nobody');
  }
});
