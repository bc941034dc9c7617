import { describe, expect, it } from 'vitest';
import { parseQuery, parseSelect } from '../../src/workload/selects.ts';
import { refusalOf } from '../helpers/refusal.ts';

const ONE = [{ name: ':a', sql: '1', text: '1', offset: 0 }];

const refusal = (sql: string) => refusalOf(() => parseQuery('q.sql', sql));

describe('a query file', () => {
  it('is cut to its one SELECT, without comments around it and without the semicolon', async () => {
    const file = '-- title: Élan\n/* é */ SELECT 1 -- inside\n + 2\n; -- the end';
    expect(await parseSelect('q.sql', file)).toBe('SELECT 1 -- inside\n + 2');
  });

  it('may start with WITH and may be VALUES', async () => {
    expect(await parseSelect('q.sql', 'WITH d AS (SELECT 1) SELECT * FROM d;')).toContain('WITH d');
    expect(await parseSelect('q.sql', 'VALUES (1), (2)')).toBe('VALUES (1), (2)');
  });

  it('keeps offsets right behind characters of several bytes', async () => {
    expect(await parseSelect('q.sql', '-- 日本語 🐘\nSELECT \'ü\' AS "naïve"; ')).toBe(
      'SELECT \'ü\' AS "naïve"',
    );
  });

  it('points at a syntax error with file, line and caret', async () => {
    expect(await refusal('-- é\nSELECT a\nFORM b WHERE')).toBe(
      'q.sql:3:6: syntax error at or near "b": correct the file and start again\n  FORM b WHERE\n       ^',
    );
  });

  it.each([
    ['SELECT 1; SELECT 2', 'q.sql:1:11: a second statement in a query file'],
    ['COMMIT', 'q.sql:1:1: a query must be one SELECT, INSERT, UPDATE, DELETE or MERGE, not COMMIT'],
    [
      'SELECT 1;\nCOMMIT; SELECT 2',
      'q.sql:2:1: a query must be one SELECT, INSERT, UPDATE, DELETE or MERGE, not COMMIT',
    ],
    ['PREPARE p AS SELECT 1', 'not PREPARE:'],
    ['CREATE TABLE z AS SELECT 1', 'not CREATE TABLE:'],
    ['TRUNCATE t', 'not TRUNCATE:'],
    ['EXPLAIN SELECT 1', 'not EXPLAIN:'],
    ['SELECT 1 INTO x', 'a query may not create a table with SELECT INTO'],
    ['DELETE FROM t; DELETE FROM u', 'a second statement in a query file'],
    ['SELECT $1', 'no value for the parameter $1'],
    ['-- nothing', 'the file has no statement'],
    ['', 'the file has no statement'],
    ["SELECT 'open", 'unterminated quoted string'],
    ['SELECT 1\0', 'NUL byte'],
  ])('refuses %j', async (sql, expected) => {
    expect(await refusal(sql)).toContain(expected);
  });

  it.each([
    ['SELECT 1', undefined],
    ['INSERT INTO t VALUES (1)', 'INSERT'],
    ['UPDATE t SET a = 1', 'UPDATE'],
    ['DELETE FROM t', 'DELETE'],
    ['MERGE INTO t USING u ON t.a = u.a WHEN MATCHED THEN DELETE', 'MERGE'],
    ['WITH d AS (DELETE FROM t RETURNING *) SELECT * FROM d', 'DELETE'],
    ['SELECT (SELECT 1 FROM (WITH i AS (INSERT INTO t VALUES (1) RETURNING a) TABLE i) x)', 'INSERT'],
    ['SELECT * FROM t FOR UPDATE', 'FOR UPDATE'],
    ['SELECT * FROM (SELECT * FROM t FOR SHARE) s', 'FOR UPDATE'],
    ['SELECT * FROM t WHERE a = :a FOR NO KEY UPDATE SKIP LOCKED', 'FOR UPDATE'],
  ])('%j writes with %s', async (sql, writes) => {
    expect((await parseQuery('q.sql', sql, sql.includes(':a') ? ONE : [])).writes).toBe(writes);
    const rewrite = refusalOf(() => parseSelect('q.sql', sql, sql.includes(':a') ? ONE : []));
    expect(await rewrite).toBe(
      writes === undefined
        ? 'accepted'
        : `q.sql:1:1: ${writes} is not allowed: this text may only read: write one SELECT\n  ${sql}\n  ^`,
    );
  });

  it.each([
    "pg_notify('c', '')",
    'pg_terminate_backend(1)',
    'pg_cancel_backend(1)',
    'pg_reload_conf()',
    'pg_stat_reset_shared(NULL)',
    'pg_try_advisory_lock(1)',
    "set_config('transaction_read_only', 'off', true)",
    "lo_export(1, 'x')",
    "(SELECT * FROM dblink('', '') AS t(a int))",
  ])('points at %s, which read-only mode lets pass', async call => {
    const name = /[a-z_]+(?=\()/.exec(call)?.[0] ?? '';
    const said = await refusal(`SELECT 1,\n  ${call}`);
    expect(said).toContain(`a query may not call ${name}()`);
    const [, line = '', caret = ''] = said.split('\n');
    expect(line.slice(caret.indexOf('^'))).toMatch(new RegExp(`^${name}`));
  });

  it.each(["nextval('s')", 'lo_unlink(1)', 'pg_notify(a, b)'])(
    'refuses %s unless it is trusted',
    async call => {
      const name = call.replace(/\(.*/, '');
      expect(await refusal(`SELECT ${call}`)).toContain(`--trust-functions ${name}`);
      const trusted = new Set([name]);
      expect(await parseSelect('q.sql', `SELECT ${call}`, [], trusted)).toBe(`SELECT ${call}`);
    },
  );

  it('leaves pg_sleep() to the statement timeout', async () => {
    expect(await refusal('SELECT pg_sleep(1)')).toBe('accepted');
  });

  it.each(['SELECT 1 /* \f \x1b */ + 2', 'SELECT \'\x01\' AS "a\x02b"', 'SELECT 1\f+ 2'])(
    'may hold control characters: %j',
    async sql => {
      expect(await parseSelect('q.sql', `-- \f\n${sql};`)).toBe(sql);
    },
  );

  it('is not fooled by a COMMIT inside a string, a comment or dollar quotes', async () => {
    const sql = "SELECT '; COMMIT; --', $$; COMMIT;$$ /* ; COMMIT; */";
    expect(await parseSelect('q.sql', sql)).toContain("'; COMMIT; --'");
  });
});
