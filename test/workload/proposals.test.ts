import { describe, expect, it } from 'vitest';
import { parseProposal } from '../../src/workload/proposals.ts';
import { refusalOf } from '../helpers/refusal.ts';

const refusal = (sql: string) => refusalOf(() => parseProposal('p.sql', sql, 'p'));

const created = (sql: string, createsAt: readonly [number, number] | undefined) =>
  createsAt === undefined ? undefined : sql.slice(...createsAt);

describe('a proposal file', () => {
  it('reads an index: its name, where the name stands, and its table', async () => {
    const { kind, statements } = await parseProposal(
      'p.sql',
      '-- title: x\nCREATE UNIQUE INDEX IF NOT EXISTS "Odd name" ON shop.orders (a) INCLUDE (b) WHERE c <> \'é\';',
      'p',
    );
    const [index] = statements;
    expect(kind).toBe('index');
    expect(index).toMatchObject({ kind: 'create-index', creates: 'Odd name', on: 'orders', line: 2 });
    expect(created(index?.sql ?? '', index?.createsAt)).toBe('"Odd name"');
    expect(index?.sql.endsWith("'é'")).toBe(true);
  });

  it('gives an index without a name the name of its file, at the place where one may stand', async () => {
    const { statements } = await parseProposal('p.sql', 'CREATE INDEX ON t (a); CREATE INDEX ON t (b)', 'p');
    expect(statements.map(({ creates, createsAt }) => [creates, createsAt])).toEqual([
      ['p', [13, 13]],
      ['p_2', [13, 13]],
    ]);
  });

  it('reads a materialized view with its index as one proposal', async () => {
    const { kind, statements } = await parseProposal(
      'p.sql',
      'CREATE MATERIALIZED VIEW v AS SELECT 1 AS a;\n\nCREATE INDEX i ON v (a);\nANALYZE v;',
      'p',
    );
    expect(kind).toBe('view');
    expect(statements.map(({ kind, creates, on, line }) => [kind, creates, on, line])).toEqual([
      ['create-materialized-view', 'v', undefined, 1],
      ['create-index', 'i', 'v', 3],
      ['analyze', undefined, 'v', 4],
    ]);
  });

  it('finds the name of extended statistics behind a schema', async () => {
    const { kind, statements } = await parseProposal(
      'p.sql',
      'CREATE STATISTICS s.st (ndistinct) ON a, b FROM t',
      'p',
    );
    const [statistics] = statements;
    expect(kind).toBe('statistics');
    expect(statistics).toMatchObject({ creates: 'st', createsSchema: 's', on: 't' });
    expect(created(statistics?.sql ?? '', statistics?.createsAt)).toBe('st');
  });

  it('reads which existing indexes might go', async () => {
    const { kind, statements } = await parseProposal('p.sql', 'DROP INDEX a, "S x"."B"; DROP INDEX c', 'p');
    expect(kind).toBe('drop');
    expect(statements.map(({ drops }) => drops)).toEqual([
      [
        { schema: undefined, name: 'a' },
        { schema: 'S x', name: 'B' },
      ],
      [{ schema: undefined, name: 'c' }],
    ]);
  });

  it.each([
    ['CREATE INDEX if ON t (a)', 'if', 'if'],
    ['CREATE INDEX IF NOT EXISTS "if" ON t (a)', 'if', '"if"'],
    ['CREATE STATISTICS if ON a, b FROM t', 'if', 'if'],
    [`CREATE INDEX U&"d!0061t" UESCAPE '!' ON t (a)`, 'dat', `U&"d!0061t" UESCAPE '!'`],
    [
      `CREATE STATISTICS U&"!0073" UESCAPE '!' . U&"s!0074" UESCAPE '!' ON a, b FROM t`,
      'st',
      `U&"s!0074" UESCAPE '!'`,
    ],
    ['CREATE INDEX uescape ON t (a)', 'uescape', 'uescape'],
  ])('finds the whole name in %s', async (sql, creates, written) => {
    const { statements } = await parseProposal('p.sql', sql, 'p');
    expect(statements[0]?.creates).toBe(creates);
    expect(created(sql, statements[0]?.createsAt)).toBe(written);
  });

  it('points at a call of a function that may not be called', async () => {
    expect(await refusal("CREATE MATERIALIZED VIEW v AS\nSELECT 'é', nextval('s') AS n;")).toBe(
      "p.sql:2:13: a proposal may not call nextval(): ROLLBACK does not undo a change of a sequence: remove it, or give --trust-functions nextval\n  SELECT 'é', nextval('s') AS n;\n              ^",
    );
  });

  it.each([
    "setval('s', 1)",
    "pg_catalog.set_config('work_mem', '1', false)",
    'lo_unlink(1)',
    "public.dblink_exec('', '')",
    'pg_advisory_lock(1)',
    "pg_read_file('x')",
    "query_to_xml('SELECT 1', true, true, '')",
    "table_to_xml('t', true, true, '')",
    "(SELECT count(*) FROM ts_stat('SELECT 1'))",
    "ts_rewrite('a', 'SELECT 1')",
    "brin_summarize_range('i', 0)",
    'pg_reload_conf()',
    "pg_create_physical_replication_slot('s', true)",
    'pg_stat_reset()',
    'binary_upgrade_set_next_pg_enum_oid(1)',
  ])('refuses a view that calls %s', async call => {
    expect(await refusal(`CREATE MATERIALIZED VIEW v AS SELECT ${call} AS x`)).toContain('may not call');
  });

  it.each([
    'pg_sleep(0)',
    'random()',
    'my.nextval(1)',
    '"NEXTVAL"(1)',
    'count(*)',
    "ts_rewrite('a', 'a', 'b')",
  ])('lets a view call %s', async call => {
    expect(await refusal(`CREATE MATERIALIZED VIEW v AS SELECT ${call} AS x`)).toBe('accepted');
  });

  it.each([
    ['CREATE MATERIALIZED VIEW IF NOT EXISTS v AS SELECT 1 AS a', 'leave out IF NOT EXISTS'],
    ['COMMIT;', 'p.sql:1:1: a proposal may not hold COMMIT'],
    ['CREATE INDEX i ON t(a);\n  COMMIT;', 'p.sql:2:3: a proposal may not hold COMMIT'],
    ['CREATE INDEX i ON t(a);\nDROP TABLE t;', 'p.sql:2:1: a proposal may not hold DROP TABLE'],
    [
      'DROP INDEX j;\nANALYZE t;',
      'p.sql:2:1: a file with DROP INDEX may hold CREATE INDEX beside it, and nothing else',
    ],
    [
      'CREATE INDEX i ON t(a);\nDROP INDEX j;\nCREATE MATERIALIZED VIEW v AS SELECT 1',
      'p.sql:3:1: a file with DROP INDEX may hold CREATE INDEX beside it, and nothing else',
    ],
    ['DROP INDEX CONCURRENTLY i', 'leave out CONCURRENTLY here'],
    ['DROP INDEX IF EXISTS i', 'leave out IF EXISTS'],
    ['DROP INDEX i CASCADE', 'leave out CASCADE'],
    ['CREATE TABLE x AS SELECT 1', 'may not hold CREATE TABLE'],
    ['CREATE VIEW x AS SELECT 1', 'may not hold CREATE VIEW'],
    ['CREATE EXTENSION hypopg', 'may not hold CREATE EXTENSION'],
    ['DO $$ BEGIN COMMIT; END $$', 'may not hold DO'],
    ['VACUUM t', 'may not hold VACUUM'],
    ['REFRESH MATERIALIZED VIEW v', 'may not hold REFRESH:'],
    ['CREATE INDEX CONCURRENTLY i ON t(a)', 'leave out CONCURRENTLY here'],
    ['CREATE MATERIALIZED VIEW v AS SELECT 1 WITH NO DATA', 'leave out WITH NO DATA'],
    ['ANALYZE', 'ANALYZE must name one table or view'],
    ['ANALYZE t', 'ANALYZE alone proposes nothing'],
    ['', 'the file has no statement'],
    ['CREATE INDX i ON t(a)', 'p.sql:1:8: syntax error at or near "INDX"'],
  ])('refuses %j', async (sql, expected) => {
    expect(await refusal(sql)).toContain(expected);
  });
});
