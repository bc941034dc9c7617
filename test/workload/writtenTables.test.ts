/** Which tables a statement writes to, which columns an UPDATE sets, and which a row takes the default of. */
import { expect, it } from 'vitest';
import { parseStatements } from '../../src/workload/grammar.ts';
import { writtenTables } from '../../src/workload/writtenTables.ts';

/** Columns of every table here, in their order. */
const COLUMNS = ['a', 'b', 'c'];

async function writtenBy(sql: string) {
  const [statement] = await parseStatements('', sql);
  return writtenTables(statement?.type ?? '', statement?.tree).map(
    ({ schema, name, inserts, deletes, sets, takesDefault }) => ({
      name: schema === undefined ? name : `${schema}.${name}`,
      inserts,
      deletes,
      sets,
      defaults: COLUMNS.filter((column, at) => takesDefault(column, at + 1)).join(''),
    }),
  );
}

const NOTHING = { inserts: false, deletes: false, sets: undefined, defaults: '' };

it.each([
  ['SELECT * FROM t FOR UPDATE', []],
  ['DELETE FROM s.t', [{ ...NOTHING, name: 's.t', deletes: true }]],
  ['UPDATE t SET a = 1, (b, c) = (2, 3)', [{ ...NOTHING, name: 't', sets: ['a', 'b', 'c'] }]],
  ['UPDATE t SET a = DEFAULT', [{ ...NOTHING, name: 't', sets: ['a'], defaults: 'abc' }]],
  ['INSERT INTO t (b) VALUES (1)', [{ ...NOTHING, inserts: true, name: 't', defaults: 'ac' }]],
  ['INSERT INTO t VALUES (1, 2), (3, 4)', [{ ...NOTHING, inserts: true, name: 't', defaults: 'c' }]],
  ['INSERT INTO t SELECT 1, 2', [{ ...NOTHING, inserts: true, name: 't', defaults: 'c' }]],
  ['INSERT INTO t SELECT * FROM u', [{ ...NOTHING, inserts: true, name: 't', defaults: 'abc' }]],
  [
    'INSERT INTO t SELECT 1, 2 UNION SELECT 3, 4',
    [{ ...NOTHING, inserts: true, name: 't', defaults: 'abc' }],
  ],
  ['INSERT INTO t DEFAULT VALUES', [{ ...NOTHING, inserts: true, name: 't', defaults: 'abc' }]],
  ['INSERT INTO t VALUES (1, DEFAULT, 3)', [{ ...NOTHING, inserts: true, name: 't', defaults: 'abc' }]],
  [
    'INSERT INTO t (a, b, c) OVERRIDING USER VALUE VALUES (1, 2, 3)',
    [{ ...NOTHING, inserts: true, name: 't', defaults: 'abc' }],
  ],
  [
    'INSERT INTO t (a, b, c) VALUES (1, 2, 3) ON CONFLICT (a) DO UPDATE SET b = 2',
    [{ ...NOTHING, inserts: true, name: 't', sets: ['b'] }],
  ],
  [
    'MERGE INTO t USING u ON t.a = u.a WHEN MATCHED AND u.b = 1 THEN DELETE WHEN MATCHED THEN UPDATE SET c = 1 WHEN NOT MATCHED THEN INSERT (a, c) VALUES (1, 2)',
    [{ name: 't', inserts: true, deletes: true, sets: ['c'], defaults: 'b' }],
  ],
  [
    'WITH gone AS (DELETE FROM t RETURNING a) INSERT INTO u (a, b, c) SELECT a, 1, 2 FROM gone',
    [
      { ...NOTHING, inserts: true, name: 'u' },
      { ...NOTHING, name: 't', deletes: true },
    ],
  ],
])('%s', async (sql, expected) => {
  expect(await writtenBy(sql)).toEqual(expected);
});
