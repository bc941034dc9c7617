/** A hostile lens file: its code runs as a role without privileges, and not forever. */
import { existsSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { connectTrusted as connect, type Link } from '../../src/database/link.ts';
import { refuseDense } from '../../src/lens/make/files.ts';
import { sweepLenses } from '../../src/lens/make/leftovers.ts';
import { type Lens, makeLens } from '../../src/lens/make/make.ts';
import { LIMITS, watchRoles } from '../../src/lens/make/watch.ts';
import { parseLens } from '../../src/lens/parse/parse.ts';
import { SessionNames } from '../../src/session/names.ts';
import { testServer } from '../helpers/server.ts';
import { column, document, statistics, table } from './documents.ts';

let superuser: Link;
beforeAll(async () => {
  superuser = await connect((await testServer()).settings, 'test');
});
afterAll(() => superuser.end());

/** Planned away, since it calls itself immutable; what it calls may do anything that its role may. */
const planned = (name: string, body: string) => [
  {
    schema: 'public',
    name: `${name}_hidden`,
    definition: `CREATE FUNCTION public.${name}_hidden() RETURNS integer LANGUAGE plpgsql AS $$ BEGIN ${body}; RETURN 1; END $$`,
  },
  {
    schema: 'public',
    name,
    definition: `CREATE FUNCTION public.${name}() RETURNS integer LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN public.${name}_hidden(); END $$`,
  },
];

it('does nothing with privileges, and reports omissions', async () => {
  const ranges = (name: string, type: string) =>
    column(name, type, statistics(2, { mostCommon: { values: '{"{\\"[1,2)\\"}"}', frequencies: [1] } }));
  const text = JSON.stringify(
    document(
      [
        // Reading a value of such an array checks the domain.
        table('of_ranges', { columns: [ranges('a', 'public.r[]')] }),
        table('parts', {
          kind: 'partitioned table',
          columns: [column('a', 'integer')],
          partitionKey: 'LIST (a)',
        }),
        ...['templated', 'extended'].map(name =>
          table(`part_${name}`, {
            columns: [column('a', 'integer')],
            parents: [{ schema: 'public', name: 'parts' }],
            partitionBound: `FOR VALUES IN (public.${name}())`,
          }),
        ),
        table('related', {
          columns: [column('a', 'integer', statistics(9)), column('b', 'integer', statistics(9))],
        }),
        table('ranges', {
          columns: [
            column('a', 'int4range', statistics(9, { rangeBoundsHistogram: '{empty,"[1,2)"}' })),
            column('b', 'int4multirange', statistics(9, { rangeBoundsHistogram: '{"[1,2)","[3,9)"}' })),
            column('c', 'integer[]', statistics(9, { elementCountHistogram: [] })),
          ],
        }),
      ],
      {
        schemas: [],
        extensions: ['dblink', 'plperl', 'citext'].map(name => ({ name, schema: 'public', version: '1' })),
        types: [
          {
            kind: 'domain',
            schema: 'public',
            name: 'd',
            base: 'integer',
            notNull: false,
            checks: ['CHECK (public.checked(VALUE))'],
          },
          { kind: 'range', schema: 'public', name: 'r', subtype: 'public.d' },
        ],
        functions: [
          {
            schema: 'public',
            name: 'checked',
            definition: `CREATE FUNCTION public.checked(integer) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN RAISE 'run by %', current_user; END $$`,
          },
          ...planned('templated', `EXECUTE format('ALTER DATABASE %I IS_TEMPLATE true', current_database())`),
          ...planned('extended', 'CREATE EXTENSION hstore'),
          ...planned('large', `PERFORM lo_from_bytea(0, 'x')`),
        ],
        statistics: [
          {
            schema: 'public',
            name: 's',
            definition: 'CREATE STATISTICS public.s (dependencies) ON a, b FROM public.related',
            inherited: false,
            expressionStatistics: [],
            dependencies: '{"1 => -7": 1.000000}',
          },
        ],
        settings: { work_mem: '-5' },
      },
    ),
  );
  const lens: Lens = await makeLens(await testServer(), await parseLens(text, 'x'), {
    proposals: [],
    names: new SessionNames('test'),
  });
  try {
    expect(lens.hidden.map(({ what, why }) => `${what}: ${why}`)).toEqual([
      expect.stringMatching(/^extension dblink: left out/),
      expect.stringMatching(/^extension plperl: left out/),
      expect.stringMatching(/^table public.part_templated: .*must be owner of database/),
      expect.stringMatching(/^table public.part_extended: .*permission denied to create extension/),
      expect.stringMatching(/^public.of_ranges.a: its values are left out/),
      expect.stringMatching(/^public.ranges.a: its statistics are left out/),
      expect.stringMatching(/^public.ranges.c: its statistics are left out/),
      expect.stringMatching(/^statistics public.s: figures that do not fit/),
      expect.stringMatching(/^setting work_mem: it could not be set/),
    ]);
    const link = await connect(lens.settings, 'test');
    const answers = await link.batch([
      'EXPLAIN SELECT public.large()',
      'SET temp_file_limit = -1',
      'SHOW statement_timeout',
      // The planner takes the bounds of a multirange for ranges, whatever they are.
      `EXPLAIN SELECT * FROM public.ranges WHERE b && int4range(1, 5) AND a && int4range(1, 5) AND c <@ '{1}'`,
      'EXPLAIN SELECT * FROM public.related WHERE a = 1 AND b = 2',
    ]);
    expect(answers.map(one => ('error' in one ? one.error.message : one.rows.length))).toEqual([
      'permission denied for function lo_from_bytea',
      'permission denied to set parameter "temp_file_limit"',
      1,
      expect.any(Number),
      expect.any(Number),
    ]);
    await link.end();
  } finally {
    await lens.drop();
  }
});

it('ends what does not end by itself', async () => {
  const server = await testServer();
  const role = `lens_watched_${process.pid}`;
  await superuser.query(`CREATE ROLE ${role} LOGIN PASSWORD 'x'`);
  const endless = `DO $$ BEGIN LOOP BEGIN PERFORM pg_sleep(100); EXCEPTION WHEN query_canceled THEN NULL; END; END LOOP; END $$`;
  const full = `DO $$ DECLARE t text := repeat('x', 200000000); BEGIN PERFORM pg_sleep(length(t)); END $$`;
  const endOf = async (sql: string, more: Partial<typeof LIMITS>) => {
    const link = await connect({ ...server.settings, user: role, password: 'x' }, 'test');
    const watch = watchRoles(superuser, ['nobody', role], 0, { ...LIMITS, everyMs: 50, ...more });
    await link.query("SET statement_timeout = '5s'");
    const failed = await link.query(sql).catch((error: Error) => error.message);
    watch.stop();
    await link.end();
    return [watch.ended, failed];
  };
  const terminated = expect.stringContaining('terminating connection');
  expect(await endOf(endless, { statementMs: 600, diskBytes: 1e15 })).toEqual([
    'a statement ran for more than 1 s',
    terminated,
  ]);
  expect(await endOf(endless, { diskBytes: 0 })).toEqual([
    'its empty tables took too much disk space',
    terminated,
  ]);
  if (existsSync('/proc/self/status'))
    expect(await endOf(full, { memoryBytes: 1e8, diskBytes: 1e15 })).toEqual([
      'planning took too much memory',
      terminated,
    ]);
  await superuser.query(`DROP ROLE ${role}`);
});

it('leaves no database that cannot be dropped', async () => {
  const name = 'lens_0123456789ab_base';
  await superuser.query(`CREATE DATABASE ${name} IS_TEMPLATE true`);
  await sweepLenses(superuser);
  expect(await superuser.query('SELECT 1 FROM pg_database WHERE datname = $1', [name])).toEqual([]);
});

it('is not made where files have no holes', () => {
  expect(() => refuseDense({ size: 2 ** 30, blocks: 2 ** 21 })).toThrow('does not support sparse files');
  refuseDense({ size: 2 ** 30, blocks: 16 });
  refuseDense({ size: 8192, blocks: 16 });
});
