import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { sqlFiles } from '../../src/migration/files.ts';
import type { Kept } from '../../src/migration/plannedStep.ts';
import { loadWorkload } from '../../src/workload/load.ts';
import { factsOf, keptOf, ORIGIN } from './kept.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const SHOP = factsOf(['orders', 'order_items', 'inventory', 'customers'].map(name => ({ name })));

/** As if the proposals had been built: the figures are made up, and differ. */
async function demo(): Promise<Kept[]> {
  const { proposals } = await loadWorkload(ROOT, ROOT);
  return proposals.map((proposal, position) => {
    const bytes = 1024 ** 2 * (proposals.length - position);
    return {
      proposal,
      built: {
        objects: proposal.statements.map(({ kind, creates = '', on }) => ({
          kind: kind === 'create-index' ? ('index' as const) : ('materialized view' as const),
          name: creates,
          table: on ?? creates,
          bytes,
          rows: 1,
          usable: true,
        })),
        bytes: bytes * proposal.statements.length,
        freedBytes: 0,
        buildMs: 1000 + position,
        refreshMs: proposal.kind === 'view' ? 750 : 0,
        refreshHow: 'measured' as const,
      },
      projectedBytes: bytes * 100,
      lost: [],
      readBy:
        proposal.kind === 'view' ? ['queries/05-customer-lifetime-value@customer_lifetime_stats.sql'] : [],
    };
  });
}

const filesFor = async (texts: Readonly<Record<string, string>>, facts = SHOP) => {
  const files = await sqlFiles(await keptOf(texts), facts, ORIGIN, []);
  return { migration: files.get('migration.sql') ?? '', rollback: files.get('rollback.sql') ?? '' };
};

describe('the demo’s proposals', () => {
  it.each(['migration.sql', 'rollback.sql'])('make %s', async name => {
    const files = await sqlFiles(await demo(), SHOP, ORIGIN, []);
    await expect(files.get(name)).toMatchFileSnapshot(`golden/${name}`);
  });
});

/** Without comments and what every file begins with. */
const commands = (text: string) =>
  text
    .split('\n')
    .filter(line => /^(CREATE|DROP|ALTER|ANALYZE|SET lock|WARNING)/.test(line))
    .map(line => line.replaceAll('"public".', ''));

describe('the order', () => {
  it('is statistics, indexes, ANALYZE, views with theirs, and drops last; the rollback goes back', async () => {
    const { migration, rollback } = await filesFor({
      a_drop: 'DROP INDEX old_one, old_two',
      b_view: `CREATE MATERIALIZED VIEW v AS SELECT 1 AS a; CREATE INDEX v_a ON v (a); CREATE INDEX on_table ON orders (a)`,
      c_index: 'CREATE INDEX c_index ON orders (b); ANALYZE orders',
      d_related: 'CREATE STATISTICS related ON a, b FROM orders; ANALYZE orders',
    });
    expect(commands(migration)).toEqual([
      `SET lock_timeout = '5s';`,
      'CREATE STATISTICS related ON a, b FROM orders;',
      'SET lock_timeout = 0;',
      'CREATE INDEX CONCURRENTLY on_table ON orders (a);',
      'CREATE INDEX CONCURRENTLY c_index ON orders (b);',
      'ANALYZE orders;',
      `SET lock_timeout = '5s';`,
      'CREATE MATERIALIZED VIEW v AS SELECT 1 AS a;',
      'CREATE INDEX v_a ON v (a);',
      'ANALYZE "v";',
      'SET lock_timeout = 0;',
      'DROP INDEX CONCURRENTLY "old_one";',
      'DROP INDEX CONCURRENTLY "old_two";',
    ]);
    expect(commands(rollback)).toEqual([
      `SET lock_timeout = '5s';`,
      'DROP MATERIALIZED VIEW IF EXISTS "v";',
      'SET lock_timeout = 0;',
      'DROP INDEX CONCURRENTLY IF EXISTS "c_index";',
      'DROP INDEX CONCURRENTLY IF EXISTS "on_table";',
      `SET lock_timeout = '5s';`,
      'DROP STATISTICS IF EXISTS "related";',
    ]);
    expect(rollback).toContain('The definition of "old_two" is unknown');
  });
});

describe('a partitioned table', () => {
  const below = (kind: 'table' | 'foreign table') =>
    factsOf([
      {
        name: 'orders',
        kind: 'partitioned table',
        partitions: [{ schema: 'old', name: 'o1', kind, parent: { schema: 'public', name: 'orders' } }],
      },
    ]);
  const texts = { by_a: 'CREATE INDEX by_a ON orders * (a)' };

  it('gets one index after the other, and then they are attached', async () => {
    expect(commands((await filesFor(texts, below('table'))).migration)).toEqual([
      `SET lock_timeout = '5s';`,
      'CREATE INDEX "by_a" ON ONLY "orders" (a);',
      'SET lock_timeout = 0;',
      'CREATE INDEX CONCURRENTLY "o1_by_a" ON "old"."o1" (a);',
      `SET lock_timeout = '5s';`,
      'ALTER INDEX "by_a" ATTACH PARTITION "old"."o1_by_a";',
    ]);
  });

  it('with a foreign table in it gets a plain index, with a warning', async () => {
    const { migration, rollback } = await filesFor(texts, below('foreign table'));
    expect(commands(migration)).toEqual([`SET lock_timeout = '5s';`, 'CREATE INDEX by_a ON orders * (a);']);
    expect(migration).toContain('-- WARNING: some of its partitions are foreign tables');
    expect(rollback).toContain('\nDROP INDEX IF EXISTS "public"."by_a";');
  });

  it('that the catalog did not know of is left to the server to refuse', async () => {
    const { migration } = await filesFor(texts, factsOf([]));
    expect(commands(migration).at(-1)).toBe('CREATE INDEX CONCURRENTLY by_a ON orders * (a);');
    expect(migration).toContain('The catalog did not show what the table is');
  });

  it('gives long names of partitions names that differ', async () => {
    const long = 'x'.repeat(60);
    const facts = factsOf([
      {
        name: 'orders',
        kind: 'partitioned table',
        partitions: ['1', '2'].map(n => ({
          schema: 'public',
          name: long + n,
          kind: 'table' as const,
          parent: { schema: 'public', name: 'orders' },
        })),
      },
    ]);
    const { migration } = await filesFor({ by_a: 'CREATE INDEX by_a_and_more ON orders (a)' }, facts);
    const given = [...migration.matchAll(/^CREATE INDEX CONCURRENTLY "(\w+)"/gm)].map(match => match[1]);
    expect(new Set(given).size).toBe(2);
    expect(Math.max(...given.map(name => name?.length ?? 0))).toBeLessThanOrEqual(63);
  });
});

it('takes no index that is there already for the wanted one', async () => {
  const { migration } = await filesFor({ i: 'CREATE UNIQUE INDEX if not  exists i ON orders (a)' });
  expect(commands(migration).at(-1)).toBe('CREATE UNIQUE INDEX CONCURRENTLY i ON orders (a);');
});

it('refuses two of one name, which the session could build', async () => {
  const one = 'CREATE INDEX same ON orders (a)';
  await expect(filesFor({ one, other: 'CREATE INDEX "same" ON customers (b)' })).rejects.toMatchObject({
    code: 'workload-invalid',
    message: 'two kept proposals create "public"."same"',
  });
  // Statistics are no relations.
  expect((await filesFor({ one, two: 'CREATE STATISTICS same ON a, b FROM orders' })).migration).not.toBe('');
});

describe('names and titles', () => {
  it('cannot end the comment, the string or the block that they stand in', async () => {
    const [kept] = await keptOf({ 'i\n\\! touch x': `CREATE INDEX "$before$; DROP'" ON orders (a)` });
    if (kept === undefined) throw new Error('nothing');
    const proposal = { ...kept.proposal, title: 'one\nDROP TABLE orders;\r\\! touch y' };
    const files = await sqlFiles([{ ...kept, proposal }], SHOP, { ...ORIGIN, title: 'a\n\\! b' }, []);
    const text = files.get('migration.sql') ?? '';
    const backslashes = text.split('\n').filter(line => line.startsWith('\\'));
    expect(backslashes).toEqual(['\\set ON_ERROR_STOP on']);
    expect(text).toContain('-- a␊\\! b: 1 of 5 proposals\n');
    expect(text).toContain(': one␊DROP TABLE orders;␍\\! touch y\n');
    expect(text).toContain(`DO $before_$\n`);
    expect(text).toContain(`('index', 'public', '$before$; DROP''')`);
  });

  it('of more than 63 bytes are looked for as the server cuts them', async () => {
    const { migration } = await filesFor({ [`${'x'.repeat(61)}äö`]: 'CREATE INDEX ON orders (a)' });
    expect(migration).toContain(`('index', 'public', '${'x'.repeat(61)}ä')`);
  });

  it('that psql would take for variables of its own are kept from it', async () => {
    const { migration } = await filesFor({ i: `CREATE INDEX i ON orders ((tags[1:id]), (':id'))` });
    expect(migration).toContain(`ON orders ((tags[1: id]), (':id'));`);
  });
});

describe('a view', () => {
  it('is refreshed CONCURRENTLY where a unique index lets it, as often as its file says', async () => {
    const { migration } = await filesFor({
      v: `-- refresh: 15 min\nCREATE MATERIALIZED VIEW app.v AS SELECT 1 AS a; CREATE UNIQUE INDEX ON app.v (a)`,
    });
    expect(migration).toContain('which its file requests every 15 min 00 s:');
    expect(migration).toContain('--   REFRESH MATERIALIZED VIEW CONCURRENTLY "app"."v";');
    expect(migration).toContain('CREATE UNIQUE INDEX "v_2" ON app.v (a);');
    expect(migration).toContain(`('index', 'app', 'v_2')`);
  });
});
