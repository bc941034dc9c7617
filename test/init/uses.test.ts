import { describe, expect, it } from 'vitest';
import { fillParameters, markParameters } from '../../src/init/parameters.ts';
import { tablesOf } from '../../src/init/scope.ts';
import { parameterUses } from '../../src/init/uses.ts';
import { parseStatements } from '../../src/workload/grammar.ts';

const COLUMNS: Readonly<Record<string, readonly string[]>> = {
  orders: ['id', 'customer_id', 'status', 'created_at', 'amount'],
  customers: ['id', 'email', 'country'],
};

/** `$1: orders.status equal`, as the parameters' uses are told. */
async function usesOf(sql: string): Promise<string[]> {
  const [statement] = await parseStatements('q', await markParameters(sql));
  const hasColumn = ({ table }: { table: string }, column: string) =>
    COLUMNS[table]?.includes(column) === true;
  return [...parameterUses(statement?.tree ?? {}, hasColumn)]
    .sort(([a], [b]) => a - b)
    .map(([number, use]) => {
      if (use.kind === 'usual') return `$${number}: ${use.literals.join(' or ')}`;
      const { column, as, rank, folded, json, sign } = use;
      const key = json === undefined ? '' : `${json.role} ${json.at}/${json.of}`;
      return [
        `$${number}: ${column.table}.${column.column} ${as}`,
        rank > 0 ? rank : '',
        folded ?? '',
        key,
        sign ?? '',
      ]
        .filter(part => part !== '')
        .join(' ');
    });
}

const cases: readonly { sql: string; uses: readonly string[] }[] = [
  { sql: 'SELECT * FROM orders WHERE status = $1', uses: ['$1: orders.status equal'] },
  { sql: 'SELECT * FROM orders o WHERE $1 < o.amount', uses: ['$1: orders.amount low'] },
  { sql: 'SELECT * FROM orders WHERE $1 >= amount', uses: ['$1: orders.amount high'] },
  { sql: 'SELECT * FROM orders WHERE @ amount > $1', uses: ['$1: orders.amount low'] },
  {
    sql: 'SELECT * FROM orders WHERE status IN ($1, $2) LIMIT $3 OFFSET $4',
    uses: ['$1: orders.status equal', '$2: orders.status equal 1', '$3: 100', '$4: 0'],
  },
  {
    sql: 'SELECT * FROM orders WHERE amount BETWEEN $1 AND $2',
    uses: ['$1: orders.amount low', '$2: orders.amount high'],
  },
  { sql: 'SELECT * FROM orders WHERE id = ANY($1::int[])', uses: ['$1: orders.id array'] },
  {
    sql: 'SELECT * FROM orders WHERE id = ANY(ARRAY[$1, $2])',
    uses: ['$1: orders.id equal', '$2: orders.id equal 1'],
  },
  {
    sql: 'SELECT * FROM customers WHERE lower(email) = lower($1) OR email ILIKE $2',
    uses: ['$1: customers.email equal lower', '$2: customers.email pattern ILIKE'],
  },
  {
    sql: 'SELECT * FROM customers WHERE email LIKE $1 AND email NOT LIKE $2 AND country <> $3 AND email !~* $4',
    uses: [
      '$1: customers.email pattern',
      '$2: customers.email pattern NOT LIKE',
      '$3: customers.country equal <>',
      '$4: customers.email regex !~*',
    ],
  },
  {
    sql: 'SELECT * FROM orders WHERE (customer_id, status) = ($1, $2)',
    uses: ['$1: orders.customer_id equal', '$2: orders.status equal'],
  },
  {
    sql: 'SELECT status ->> $1 FROM orders WHERE status -> $2 ->> $3 = $4 AND status ? $5',
    uses: [
      '$1: orders.status equal key 1/1',
      '$2: orders.status equal key 1/2',
      '$3: orders.status equal key 2/2',
      '$4: orders.status equal value 2/2',
      '$5: orders.status equal key 1/1',
    ],
  },
  {
    sql: 'SELECT * FROM orders WHERE status && ARRAY[$1, $2] AND $3 = ANY(status) AND status << $4 AND extract($5 FROM created_at) = $6',
    uses: [
      '$1: orders.status element',
      '$2: orders.status element 1',
      '$3: orders.status element',
      '$4: orders.status network',
      "$5: 'month'",
      '$6: orders.created_at equal month',
    ],
  },
  {
    sql: 'SELECT * FROM orders WHERE to_tsvector($1, status) @@ plainto_tsquery($2, $3) AND status @@ to_tsquery($4)',
    uses: ["$1: 'english'", "$2: 'english'", '$3: orders.status word', '$4: orders.status word'],
  },
  {
    sql: 'SELECT * FROM orders o, websearch_to_tsquery($1, $2) q WHERE o.status @@ q',
    uses: ["$1: 'english'", '$2: orders.status word'],
  },
  // Where no parameter may stand, but a constant did.
  {
    sql: 'SELECT extract($1 FROM created_at) FROM orders WHERE created_at >= now() - interval $2 AND created_at < date $3',
    uses: ["$1: 'month'", "$2: '30 days'", '$3: orders.created_at high'],
  },
  {
    sql: 'SELECT * FROM orders WHERE created_at > $1::timestamp - $2::interval',
    uses: ['$1: orders.created_at low', "$2: '30 days'"],
  },
  // Whose column it is: aliases, joins, sub-selects, CTEs, outer queries.
  {
    sql: 'SELECT * FROM orders o JOIN customers c ON c.id = o.customer_id AND c.country = $1 WHERE email = $2',
    uses: ['$1: customers.country equal', '$2: customers.email equal'],
  },
  {
    sql: 'WITH recent AS (SELECT o.*, o.amount AS total FROM orders o) SELECT * FROM recent r WHERE r.total > $1 AND r.status = $2',
    uses: ['$1: orders.amount low', '$2: orders.status equal'],
  },
  {
    sql: 'SELECT * FROM customers c WHERE EXISTS (SELECT FROM orders WHERE customer_id = c.id AND country = $1)',
    uses: ['$1: customers.country equal'],
  },
  {
    sql: 'SELECT 1 FROM orders WHERE status = $1 UNION ALL SELECT 1 FROM customers WHERE country = $2',
    uses: ['$1: orders.status equal', '$2: customers.country equal'],
  },
  // Constants that decide nothing.
  {
    sql: 'SELECT CASE status WHEN $1 THEN $2 ELSE $3 END, coalesce(sum(amount), $4), round(sum(amount), $5) FROM orders GROUP BY 1 HAVING count(*) > $6',
    uses: ['$1: orders.status equal', "$2: 1 or 'x'", "$3: 1 or 'x'", "$4: 0 or ''", '$5: 2', '$6: 1'],
  },
  // Nothing to go by.
  { sql: 'SELECT * FROM unknown_table WHERE a = $1', uses: [] },
  { sql: 'SELECT * FROM orders WHERE some_function($1)', uses: [] },
  {
    sql: 'SELECT * FROM orders WHERE status = (SELECT max(country) FROM customers) AND my($1) > now()',
    uses: [],
  },
];

describe('what a parameter is for', () => {
  it.each(cases)('$sql', async ({ sql, uses }) => {
    expect(await usesOf(sql)).toEqual(uses);
  });

  it('counts the first use of a parameter that has several', async () => {
    expect(await usesOf('SELECT $1 FROM orders WHERE my($1) AND status = $1')).toEqual([
      '$1: orders.status equal',
    ]);
  });
});

it('fills parameters, not what looks like them', async () => {
  expect(
    await fillParameters(`SELECT '$1', "$1" /* $1 */ FROM t WHERE a=$1 LIMIT $2`, number => `${number}0`),
  ).toBe(`SELECT '$1', "$1" /* $1 */ FROM t WHERE a=10 LIMIT 20`);
});

it('tells the tables of a statement without its CTEs', async () => {
  const [statement] = await parseStatements(
    'q',
    'WITH a AS (SELECT FROM orders) SELECT FROM a, s.customers, (SELECT FROM b) x',
  );
  expect(tablesOf(statement?.tree).map(({ schema, table }) => [schema, table].join('.'))).toEqual(
    expect.arrayContaining(['.orders', 's.customers', '.b']),
  );
  expect(tablesOf(statement?.tree)).toHaveLength(3);
});
