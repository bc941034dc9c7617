import { describe, expect, it } from 'vitest';
import { shapeOf, sortedBy } from '../../src/workload/shape.ts';

const open = (name: string, values: 'kept' | 'other') => ({
  column: 1,
  function: name,
  over: [0],
  values,
});

describe('the shape of an answer', () => {
  it.each([
    ['SELECT a, b FROM t', 'a b', 0, []],
    ['SELECT a, b FROM t ORDER BY b DESC, a', 'a b', 2, [1, 0]],
    ['SELECT a AS x, b FROM t ORDER BY x', 'x b', 1, [0]],
    ['SELECT a, sum(b) FROM t GROUP BY 1 ORDER BY 2, sum(b)', 'a sum', 2, [1, 1]],
    ['SELECT t.a, b FROM t ORDER BY t.a, a, c, b', 'a b', 4, [0, 0]],
    ['SELECT lower(a) FROM t ORDER BY lower( a )', 'lower', 1, [0]],
    ['SELECT a FROM t ORDER BY c', 'a', 1, []],
    ['SELECT a AS x FROM t UNION ALL SELECT b FROM u ORDER BY x', 'x', 1, [0]],
    ['SELECT a FROM (SELECT a FROM t ORDER BY a) s', 'a', 0, []],
    // After a star the answer itself tells where a column is.
    ['SELECT b, t.* FROM t ORDER BY b, 3', 'b a b c', 2, [0, 2]],
    ['SELECT *, a + 1 AS d FROM t ORDER BY c DESC, d', 'a b c d', 2, [2, 3]],
    ['SELECT x.*, y.b FROM x JOIN y USING (a) ORDER BY x.c, y.b', 'a c b', 2, [1, 2]],
    ['SELECT * FROM t s ORDER BY s.b', 'a b', 1, [1]],
    // Not certain: two columns of that name, another table's column, an expression of two tables' columns.
    ['SELECT * FROM x, y ORDER BY a', 'a b a', 1, []],
    ['SELECT y.* FROM x JOIN y USING (id) ORDER BY x.a', 'id a', 1, []],
    ['SELECT * FROM x RIGHT JOIN y USING (a) ORDER BY x.a', 'a b', 1, []],
    ['SELECT t.* FROM t ORDER BY lower(a)', 'a b', 1, []],
  ])('%s', async (sql, names, count, positions) => {
    const { sortKeys } = await shapeOf(sql);
    expect(sortKeys).toHaveLength(count);
    expect(sortedBy(sortKeys, names.split(' '))).toEqual(positions);
  });

  it.each([
    ['SELECT a FROM t ORDER BY a LIMIT 5', 'SELECT a FROM t ORDER BY a'],
    ['SELECT a FROM t ORDER BY a OFFSET 2 ROWS FETCH FIRST 5 ROWS ONLY', 'SELECT a FROM t ORDER BY a'],
    [
      'SELECT a AS limit FROM (SELECT 1 AS a LIMIT 3) s ORDER BY 1 LIMIT (SELECT 2)',
      'SELECT a AS limit FROM (SELECT 1 AS a LIMIT 3) s ORDER BY 1',
    ],
    ['SELECT a FROM (SELECT a FROM t ORDER BY a LIMIT 5) s', undefined],
  ])('without its limit: %s', async (sql, unlimited) => {
    expect((await shapeOf(sql)).unlimited).toBe(unlimited);
  });

  it.each([
    [
      'SELECT a, ntile(4) OVER (ORDER BY b DESC) AS q, b FROM t',
      [{ column: 1, function: 'ntile', over: [2], values: 'kept' }],
    ],
    [
      'SELECT a, row_number() OVER (PARTITION BY c ORDER BY sum(b)) FROM t GROUP BY a, c',
      [{ column: 1, function: 'row_number', over: undefined, values: 'kept' }],
    ],
    [
      'SELECT a, sum(b) AS s, ntile(4) OVER (ORDER BY sum(b)) FROM t GROUP BY a',
      [{ column: 2, function: 'ntile', over: [1], values: 'kept' }],
    ],
    ['SELECT rank() OVER (ORDER BY a) FROM t', []],
    ['SELECT a, ntile(4) OVER w FROM t WINDOW w AS (ORDER BY a)', [open('ntile', 'kept')]],
    [
      'SELECT a, ntile(4) OVER (w ORDER BY b) FROM t WINDOW w AS (PARTITION BY a)',
      [{ ...open('ntile', 'kept'), over: undefined }],
    ],
    // Each takes a value from a row beside it.
    ['SELECT a, lag(b) OVER (ORDER BY a) FROM t', [open('lag', 'other')]],
    ['SELECT a, lead(b, 2) OVER (ORDER BY a) FROM t', [open('lead', 'other')]],
    ['SELECT a, first_value(b) OVER (ORDER BY a) FROM t', [open('first_value', 'other')]],
    ['SELECT a, last_value(b) OVER (ORDER BY a) FROM t', [open('last_value', 'other')]],
    ['SELECT a, nth_value(b, 2) OVER (ORDER BY a) FROM t', [open('nth_value', 'other')]],
    // What it takes is the same in all rows that tie.
    ['SELECT a, lag(a) OVER (ORDER BY a) FROM t', [open('lag', 'kept')]],
    [
      'SELECT a, dense_rank() OVER (ORDER BY a), cume_dist() OVER (ORDER BY a), percent_rank() OVER (ORDER BY a) FROM t',
      [],
    ],
    // RANGE and GROUPS take rows that tie together.
    ['SELECT a, sum(b) OVER (ORDER BY a) FROM t', []],
    ['SELECT a, sum(b) OVER (ORDER BY a GROUPS BETWEEN 1 PRECEDING AND CURRENT ROW) FROM t', []],
    [
      'SELECT a, sum(b) OVER (PARTITION BY a ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) FROM t',
      [],
    ],
    ['SELECT a, sum(b) OVER (ORDER BY a ROWS UNBOUNDED PRECEDING) FROM t', [open('sum', 'other')]],
    [
      'SELECT a, max(b) OVER (ORDER BY a ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING) FROM t',
      [open('max', 'other')],
    ],
    ['SELECT a, count(*) OVER (ORDER BY a ROWS UNBOUNDED PRECEDING) FROM t', [open('count', 'kept')]],
    ['SELECT a, sum(a) OVER (ORDER BY a ROWS UNBOUNDED PRECEDING) FROM t', [open('sum', 'kept')]],
    [
      'SELECT a, count(*) FILTER (WHERE b > 1) OVER (ORDER BY a ROWS UNBOUNDED PRECEDING) FROM t',
      [open('count', 'other')],
    ],
    // The elements come in the window's order.
    ['SELECT a, array_agg(b) OVER (ORDER BY a) FROM t', [open('array_agg', 'other')]],
    ['SELECT *, ntile(4) OVER (ORDER BY b) FROM t', []],
  ])('which columns ties decide: %s', async (sql, ties) => {
    expect((await shapeOf(sql)).ties).toEqual(ties);
  });
});
