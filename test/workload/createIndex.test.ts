import { describe, expect, it } from 'vitest';
import { readCreateIndex } from '../../src/workload/createIndex.ts';
import { forPsql } from '../../src/workload/parameters.ts';

const cut = (sql: string, [start, end]: readonly [number, number]) => sql.slice(start, end);

describe('readCreateIndex', () => {
  it.each([
    ['CREATE INDEX ON t (a)', '', 't'],
    ['CREATE INDEX a ON t USING gin (b)', 'a', 't'],
    [
      'create unique index /* INDEX x ON y */ if not exists "we""ird;-- ON" on /* ( */ only (app.t) (a)',
      '"we""ird;-- ON"',
      'only (app.t)',
    ],
    ['CREATE INDEX if ON "Sch"."T" * (a)', 'if', '"Sch"."T" *'],
    [
      `CREATE INDEX U&"d!0061t" UESCAPE '!' ON U&"!0074" UESCAPE '!' (a)`,
      `U&"d!0061t" UESCAPE '!'`,
      `U&"!0074" UESCAPE '!'`,
    ],
    ['CREATE INDEX CONCURRENTLY a ON ONLY t (a)', 'a', 'ONLY t'],
    ['CREATE INDEX "ünï → 🦆" ON "täble" (a)', '"ünï → 🦆"', '"täble"'],
  ])('finds the name and the table of %s', async (sql, name, target) => {
    const read = await readCreateIndex(sql);
    expect(cut(sql, read.name)).toBe(name);
    expect(cut(sql, read.target)).toBe(target);
    expect(sql.slice(0, read.keywordEnd)).toMatch(/INDEX$/i);
  });

  it('puts an empty range where a name may go', async () => {
    const sql = 'CREATE INDEX /* none */ ON t (a)';
    const { name } = await readCreateIndex(sql);
    expect(sql.slice(name[0])).toBe('ON t (a)');
    expect(name[1]).toBe(name[0]);
  });

  it.each([
    ['CREATE UNIQUE INDEX a ON t (a, b)', true, false],
    ['CREATE UNIQUE INDEX a ON t (a) WHERE b', false, false],
    ['CREATE UNIQUE INDEX a ON t (lower(a))', false, true],
    ['CREATE INDEX a ON t (a)', false, false],
  ])('says of %s whether it identifies rows, and has an expression', async (sql, apart, expression) => {
    expect(await readCreateIndex(sql)).toMatchObject({ identifiesRows: apart, expression });
  });
});

describe('forPsql', () => {
  it.each([
    ['SELECT a[1:n] FROM t', 'SELECT a[1: n] FROM t'],
    [`SELECT a[n:"x"], ':n', b::text /* :n */`, `SELECT a[n: "x"], ':n', b::text /* :n */`],
    ['SELECT a[1: n]', 'SELECT a[1: n]'],
    ['SELECT 1', 'SELECT 1'],
  ])('%s', async (sql, sent) => {
    expect(await forPsql(sql)).toBe(sent);
  });
});
