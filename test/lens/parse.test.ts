/** A lens as a file from anywhere: read as what it is, or refused with its place. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatError, PgoptError } from '../../src/base/errors.ts';
import { parseLens } from '../../src/lens/parse/parse.ts';
import { SMALL } from './small.ts';

/** Of SMALL with something else under a path. */
function changed(path: string, value: unknown): string {
  const copy = structuredClone(SMALL) as unknown as Record<string, unknown>;
  const steps = path.split('.');
  const last = steps.pop() ?? '';
  let at = copy;
  for (const step of steps) at = at[step] as Record<string, unknown>;
  if (value === undefined) delete at[last];
  else at[last] = value;
  return JSON.stringify(copy, null, 1);
}

async function refusal(text: string): Promise<string> {
  const error = await parseLens(text, 'shop.json').then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error === undefined) return 'accepted';
  if (!(error instanceof PgoptError)) throw error;
  expect(error.code).toBe('lens-invalid');
  return formatError(error);
}

it('reads what was written', async () => {
  expect(await parseLens(JSON.stringify(SMALL), 'shop.json')).toEqual(SMALL);
  expect(await parseLens(changed('views.0.future', { a: 1 }), 'shop.json')).toEqual(SMALL);
});

it('shows where it is wrong', async () => {
  const text = changed('tables.0.pages', -1);
  const line = text.split('\n').findIndex(one => one.includes('"pages": -1')) + 1;
  expect(await refusal(text)).toBe(
    `shop.json:${line}:13: tables[0].pages should be a number from 0 to 4294967294: pass the complete output of \`pgopt-explore lens\`\n     "pages": -1,\n              ^`,
  );
  expect(await refusal('{"format": ')).toMatch(/^shop.json:1:12: this is not JSON: /);
});

it('knows other formats and newer versions', async () => {
  expect(await refusal('{}')).toContain('this is not a lens');
  expect(await refusal('[]')).toContain('this should be an object');
  expect(await refusal('null')).toContain('this should be an object');
  expect(await refusal(changed('format', 'pgopt-explore check'))).toContain('this is not a lens');
  expect(await refusal(changed('version', 2))).toMatch(
    /comes from a newer pgopt-explore.*: update pgopt-explore/,
  );
});

describe.each<[string, readonly [string, unknown][]]>([
  [
    'figures',
    [
      ['tables.0.rows', 1e16],
      ['tables.0.rows', '12'],
      ['tables.0.rows', null],
      ['tables.0.pages', 1.5],
      ['tables.0.pages', 2 ** 32],
      ['tables.0.columns.2.statistics.nullFraction', 1.5],
      ['tables.0.columns.2.statistics.distinct', -2],
      ['tables.0.columns.2.statistics.mostCommon.frequencies', [0.1]],
      ['tables.0.columns.2.statistics.mostCommonElements.frequencies', [0.1, 0.1]],
      ['tables.0.columns.2.statistics.mostCommon.frequencies', [2, 1]],
      ['source.major', 12],
      ['settings.cpu_tuple_cost', '1e308'],
      ['settings.random_page_cost', ' NaN'],
      ['source.blockBytes', 5000],
      ['tables.0.indexes.0.expressionStatistics.0.position', 0],
    ],
  ],
  [
    'names',
    [
      ['tables.0.name', ''],
      ['tables.0.name', 'a\0b'],
      ['tables.0.name', '\ud800'],
      ['tables.0.name', 'x'.repeat(300)],
      ['tables.0.schema', 'nowhere'],
      ['tables.0.schema', 'pg_catalog'],
      ['schemas.0', 'pg_catalog'],
      ['schemas.0', 'public'],
      ['schemas.0', 'pgopt_lens'],
      ['tables.2.name', 'orders_1'],
      ['tables.1.parents.0.name', 'later'],
      ['tables.1.parents', []],
      ['tables.1.indexes.0.parent.name', 'none'],
      ['tables.0.indexes.0.constraint', 'none'],
      ['tables.0.columns.2.name', 'id'],
      ['views.0.name', 'totals'],
      ['tables.0.kind', 'foreign table'],
    ],
  ],
  [
    'lists of values',
    [
      '{',
      '}',
      '',
      '1,2',
      '{1,2',
      '{1}{2}',
      '{1},{2}',
      '{a"b}',
      '{"a}',
      '{,"1"}',
      '{"1",,2}',
      '{{1}',
      '{{1},{2}}',
      '{NULL,"1"}',
      '{a}b',
      '{{1}2}',
    ].map(literal => ['tables.0.columns.0.inheritedStatistics.histogram', literal]),
  ],
  [
    'settings',
    [
      ['settings.shared_preload_libraries', 'evil'],
      ['settings.log_directory', '/'],
      ['settings.work_mem', "4MB'; DROP TABLE x"],
      ['settings.work_mem', 4],
      ['settings.__proto__x', '1'],
    ],
  ],
  [
    'SQL',
    [
      ['tables.0.columns.0.type', 'int; DROP TABLE x'],
      ['tables.0.columns.0.type', 'int, 1'],
      ['tables.0.columns.0.type', 'int FROM x'],
      ['tables.0.columns.0.type', 'int -- '],
      ['tables.0.columns.0.type', ''],
      ['tables.0.columns.2.collation', '"C" || 1'],
      ['tables.0.columns.3.generated.expression', '1), (2'],
      ['tables.0.columns.3.generated.expression', '1, 2'],
      ['tables.0.columns.3.generated.expression', '1) FROM (SELECT 1'],
      ['tables.0.columns.3.generated.expression', '(SELECT 1)'],
      ['tables.0.columns.3.generated.expression', '1 --'],
      ['tables.0.partitionKey', 'RANGE (id) TABLESPACE there'],
      ['tables.0.partitionKey', 'RANGE (id); SELECT 1'],
      ['tables.0.partitionKey', undefined],
      ['tables.1.partitionKey', 'RANGE (id)'],
      ['tables.1.partitionBound', 'DEFAULT PARTITION BY RANGE (id)'],
      ['tables.1.partitionBound', 'FOR VALUES IN ((SELECT 1))'],
      ['tables.0.constraints.0.definition', 'CHECK (true)'],
      ['tables.0.constraints.0.definition', 'PRIMARY KEY (id), DROP COLUMN note'],
      ['tables.0.constraints.0.definition', 'PRIMARY KEY USING INDEX other'],
      ['tables.0.indexes.0.definition', 'CREATE INDEX other ON public.orders USING btree (id)'],
      ['tables.0.indexes.0.definition', 'CREATE INDEX orders_pkey ON public.others USING btree (id)'],
      ['tables.0.indexes.0.definition', 'CREATE INDEX orders_pkey ON public.orders USING hash (id)'],
      [
        'tables.0.indexes.0.definition',
        'CREATE INDEX orders_pkey ON public.orders USING btree (id) TABLESPACE there',
      ],
      ['tables.2.definition', 'DELETE FROM x'],
      ['tables.2.definition', 'WITH gone AS (DELETE FROM x RETURNING 1) SELECT 1'],
      ['tables.2.definition', 'SELECT 1 INTO y'],
      ['tables.1.definition', 'SELECT 1'],
      ['views.0.definition', 'SELECT 1;'],
      ['views.0.definition', 'SELECT 1; COMMIT'],
      ['views.0.definition', 'SELECT'.repeat(1000)],
      ['views.0.options.0', 'security_barrier=true); DROP TABLE x; --'],
      ['types.1.checks.0', 'NOT NULL'],
      ['types.1.base', 'int[3] NOT NULL'],
      ['types.3.difference', 'a.b'],
      ['functions.0.definition', 'SELECT 1'],
      ['functions.0.definition', "CREATE FUNCTION shop.other() RETURNS int LANGUAGE sql AS 'SELECT 1'"],
      ['functions.0.definition', "CREATE FUNCTION shop.folded() RETURNS int LANGUAGE c AS 'evil'"],
      ['functions.0.definition', "CREATE FUNCTION shop.folded() RETURNS int LANGUAGE plpython3u AS ''"],
      ['functions.0.definition', "DO LANGUAGE plpgsql ''"],
      ['functions.0.definition', "CREATE PROCEDURE shop.folded() LANGUAGE sql AS 'SELECT 1'"],
      ['statistics.0.definition', 'CREATE STATISTICS shop.other ON id, note FROM public.orders'],
      ['statistics.0.distinct', '{}'],
      ['statistics.0.dependencies', "'); DROP TABLE x"],
    ],
  ],
])('of %s', (_kind, cases) => {
  it.each(cases)('refuses %s = %j', async (path, value) => {
    expect(await refusal(changed(path, value))).toMatch(/^shop.json:\d+:\d+: /);
  });
});

it('takes keys that every object has for what they are', async () => {
  const text = JSON.stringify(SMALL).replace(
    '"settings":{',
    '"__proto__":{"x":1},"constructor":[],"settings":{',
  );
  expect(await parseLens(text, 'shop.json')).toEqual(SMALL);
  expect(
    await refusal(JSON.stringify(SMALL).replace('"settings":{', '"settings":{"__proto__":"1",')),
  ).toContain('a lens has no such setting');
  const { searchPath: _, ...without } = SMALL;
  expect(await refusal(JSON.stringify(without))).toContain('searchPath is missing');
});

it('refuses more than all disks hold, at the relation that is too much', async () => {
  const [first] = SMALL.tables.slice(1);
  const tables = [1, 2, 3].map(number => ({
    ...first,
    name: `t${number}`,
    pages: 2 ** 32 - 2,
    parents: [],
    partitionBound: undefined,
    indexes: [],
    constraints: [],
  }));
  expect(await refusal(changed('tables', tables))).toContain('all tables and indexes up to here');
});

it('refuses what is nested without end, or long without end', async () => {
  expect(await refusal('['.repeat(100_000))).toContain('nested more than 40 levels deep');
  expect(await refusal(`{"format":${'{"a":'.repeat(100_000)}1${'}'.repeat(100_001)}`)).toContain(
    'nested more than',
  );
  expect(await refusal(changed('tables.0.columns.2.name', 'x'.repeat(20_000_000)))).toContain('at most 255');
  expect(await refusal(`{"format":\n${' '.repeat(200_000)}`)).toMatch(
    /^shop.json:2:100000: .*consecutive blanks/,
  );
  expect(await refusal(`[${'{},'.repeat(20_000_001)}`)).toContain('fewer objects');
  expect(await refusal(changed('views.0.definition', `SELECT ${'('.repeat(50_000)}1`))).toContain(
    'PostgreSQL says',
  );
});

it('refuses every change of a text or a figure, or reads it: nothing else is thrown', async () => {
  const paths = leaves(SMALL);
  const value = fc.oneof(
    fc.constantFrom(
      '',
      ';',
      ' --',
      '\0',
      '{}',
      '{a,b}',
      '(',
      "'",
      '$$',
      'int',
      'SELECT 1',
      '__proto__',
      'public',
    ),
    fc.string(),
    fc.double(),
    fc.jsonValue({ maxDepth: 3 }),
  );
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...paths), value, fc.boolean(), async (path, made, isAdded) => {
      const before = path
        .split('.')
        .reduce<unknown>((at, step) => (at as Record<string, unknown>)[step], SMALL);
      const text = changed(path, isAdded && typeof before === 'string' ? `${before}${String(made)}` : made);
      await refusal(text);
    }),
    { numRuns: 150 },
  );
});

function leaves(value: unknown, path = ''): string[] {
  if (typeof value !== 'object' || value === null) return [path];
  return [
    path,
    ...Object.entries(value).flatMap(([key, one]) => leaves(one, path === '' ? key : `${path}.${key}`)),
  ].filter(one => one !== '');
}
