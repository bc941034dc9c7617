import { describe, expect, it } from 'vitest';
import type { ColumnStatistics } from '../../src/init/columns.ts';
import { dropFile, foreignKeyFile } from '../../src/init/proposalFile.ts';
import type { Draft } from '../../src/init/query.ts';
import { distinctNames, queryFile, safeName } from '../../src/init/queryFile.ts';
import type { Use } from '../../src/init/uses.ts';
import { type Frequency, plausibleValue } from '../../src/init/values.ts';
import { parseProposal } from '../../src/workload/proposals.ts';
import { parseSelect } from '../../src/workload/selects.ts';

const draft = (over: object = {}): Extract<Draft, { kind: 'query' }> => ({
  kind: 'query',
  statement: { text: 'SELECT sum($3) FROM orders WHERE status = $1 LIMIT $2;', calls: 2, totalMs: 3000 },
  tables: [{ oid: 1, name: 'orders', isCatalog: false, rows: 1, columns: new Map() }],
  conditions: ['status ='],
  sets: [
    {
      label: 'review',
      values: [
        { number: 1, sql: "'paid'", from: 'orders.status' },
        { number: 2, sql: '100', from: undefined },
        { number: 3, sql: "'x'", from: undefined },
      ],
    },
  ],
  ...over,
});

describe('a query file', () => {
  it('has the values in the text', async () => {
    const text = await queryFile(draft(), 'text');
    expect(text).toBe(`-- title: orders: status =
-- review: values are guesses from pg_stats
--
-- 2 calls took 3.00 s together, 1.50 s each on average (pg_stat_statements).
-- $1 is 'paid', a value of orders.status
-- $2 is 100
-- $3 is 'x'

SELECT sum('x') FROM orders WHERE status = 'paid' LIMIT 100;
`);
    expect(await parseSelect('q', text)).toBe("SELECT sum('x') FROM orders WHERE status = 'paid' LIMIT 100");
  });

  it('has the values in the header, a bare number with its type where no column tells it', async () => {
    const text = await queryFile(draft(), 'header');
    expect(text).toContain("\n-- values review: $1 = 'paid', $2 = 100::int, $3 = 'x'\n");
    expect(text).toContain('\nSELECT sum($3) FROM orders WHERE status = $1 LIMIT $2;\n');
    const lines = ["'it''s\n\\ tab\t'", " E'a\n\\\\b'"].map((sql, at) => ({
      number: at + 1,
      sql,
      from: 't.c',
    }));
    const several = draft({
      statement: { text: 'SELECT 1 FROM t WHERE c IN ($1, $2)', calls: 1, totalMs: 1 },
      sets: [{ label: 'slowest', values: lines }],
    });
    expect(await queryFile(several, 'header')).toContain(
      "\n-- values slowest: $1 = E'it''s\\n\\\\ tab\\t', $2 = E'a\\n\\\\b'\n",
    );
  });

  it('writes constants into the text where no client sends a parameter', async () => {
    const text = await queryFile(
      draft({
        statement: {
          text: 'SELECT date_trunc($1, at), count(*) FROM orders WHERE status = $2 GROUP BY date_trunc($3, at) LIMIT $4',
          calls: 1,
          totalMs: 1,
        },
        sets: [
          {
            label: 'review',
            values: [
              { number: 1, sql: "'month'", from: undefined, fixed: true },
              { number: 2, sql: "'paid'", from: 'orders.status' },
              { number: 3, sql: "'month'", from: undefined, fixed: true },
              { number: 4, sql: '100', from: undefined },
            ],
          },
        ],
      }),
      'header',
    );
    expect(text).toContain("\n-- values review: $2 = 'paid', $4 = 100::int\n");
    expect(text).toContain("\n-- $1 is 'month', a guess in the text\n");
    expect(text).toContain(
      "\nSELECT date_trunc('month', at), count(*) FROM orders WHERE status = $2 GROUP BY date_trunc('month', at) LIMIT $4;\n",
    );
  });

  it.each(['text', 'header'] as const)('lets no name and no value out of a comment: %s', async valuesIn => {
    const statement = `SELECT 1 FROM t${valuesIn === 'header' ? ' WHERE a = $1' : ''}`;
    const evil = '\r\nDROP TABLE orders; --\u001b[2J\u2028';
    const text = await queryFile(
      draft({
        tables: [{ oid: 1, name: evil, isCatalog: false, rows: 1, columns: new Map() }],
        sets: [{ label: 'review', values: [{ number: 1, sql: `'${evil}'`, from: evil }] }],
        conditions: [evil],
        statement: { text: statement, calls: 1, totalMs: 1 },
      }),
      valuesIn,
    );
    expect(text).not.toContain('\u001b');
    expect(text).not.toContain('\u2028');
    expect(text.split(/[\r\n]/).filter(line => line !== '' && !line.startsWith('--'))).toEqual([
      `${statement};`,
    ]);
  });
});

describe('a proposal file', () => {
  const key = {
    constraint: 'fk\n;',
    schema: 'public',
    table: 'o"rders',
    visible: false,
    columns: ['a', 'B c'],
    references: 'customers',
    rows: 5000,
    isCounted: true,
    bytes: 8192 * 1024,
  };
  it('quotes names, and tells the size', async () => {
    const text = foreignKeyFile(key, 'orders_a_idx');
    const { statements } = await parseProposal('p', text, 'p');
    expect(statements.map(({ sql }) => sql)).toEqual([
      'CREATE INDEX orders_a_idx ON public."o""rders" (a, "B c")',
    ]);
    expect(text).toMatch(/^-- reads all of o"rders: .*5.* rows, 8.* MB\.$/m);
  });

  it('says why an index may go', () => {
    const index = {
      schema: 's',
      name: 'i',
      table: 't',
      visible: true,
      bytes: 8192,
      sameAs: 'j',
      servesKeysTo: [],
    };
    expect(dropFile({ ...index, why: 'duplicate' })).toContain('the same as j\n\nDROP INDEX i;');
    expect(dropFile({ ...index, why: 'invalid', visible: false })).toContain('DROP INDEX s.i;');
  });
});

it('makes file names of any name', () => {
  expect([
    safeName('../../etc/passwd'),
    safeName('Ünï', 'b'),
    safeName('…'),
    safeName('x'.repeat(99)),
  ]).toEqual(['etc_passwd', 'n__b', 'unnamed', 'x'.repeat(48)]);
  const distinct = distinctNames();
  expect([distinct('a'), distinct('a'), distinct('b'), distinct('a')]).toEqual(['a', 'a_2', 'b', 'a_3']);
});

describe('a plausible value', () => {
  const column = { schema: undefined, table: 't', column: 'c' };
  const value = (
    use: Partial<Extract<Use, { kind: 'column' }>>,
    common: string[],
    histogram: string[],
    isNumber = false,
    more: Partial<ColumnStatistics> = {},
    frequency: Frequency = 'common',
  ) =>
    plausibleValue(
      { kind: 'column', column, as: 'equal', rank: 0, folded: undefined, ...use },
      { common, histogram, isNumber, type: 'text', frequencies: [], elements: [], ...more },
      frequency,
    );
  const rare = (
    use: Partial<Extract<Use, { kind: 'column' }>>,
    common: string[],
    frequencies: number[],
    histogram: string[] = [],
  ) => value(use, common, histogram, false, { frequencies }, 'rare');
  const BOUNDS = Array.from({ length: 41 }, (_, at) => `b${String(at).padStart(2, '0')}`);
  const ALIKE = Array.from({ length: 100 }, (_, at) => `Order ${String(at).padStart(2, '0')}`);
  const DOCUMENTS = [
    '{"src": "web", "at": {"city": "Bern"}}',
    '{"src": "app", "at": {"city": "Bern"}}',
    '{"src": "web", "at": {"city": "Rome"}}',
  ];
  it.each([
    ['the most common first', value({}, ['a', 'b'], ['x', 'y', 'z']), "'a'"],
    ['another for the second of a list', value({ rank: 1 }, ['a', 'b'], []), "'b'"],
    ['the middle of the histogram without one', value({}, [], ['1', '5', '9'], true), '5'],
    ['none without statistics', value({}, [], []), undefined],
    ['numbers bare, and negative ones quoted', value({}, ['-5'], [], true), "'-5'"],
    ['the lower bound below the upper', value({ as: 'low' }, [], ['1', '2', '3', '4', '5', '6'], true), '3'],
    ['the upper bound above the lower', value({ as: 'high' }, [], ['1', '2', '3', '4', '5', '6'], true), '4'],
    ['bounds of numbers in their order', value({ as: 'low' }, ['10', '9', '100'], [], true), '9'],
    [
      'the beginning of a text, its wildcards escaped',
      value({ as: 'pattern' }, ['5%_off'], []),
      " E'5\\\\%\\\\_%'",
    ],
    ['an array', value({ as: 'array' }, ['a', 'b"c'], []), ` E'{"a","b\\\\"c"}'`],
    ['the case it is compared in', value({ folded: 'upper' }, ['abc'], []), "'ABC'"],
    ['quotes doubled', value({}, ["O'Brien"], []), "'O''Brien'"],
    ['the rarest of an enum for a rare one', rare({}, ['new', 'done', 'lost'], [0.9, 0.09, 0.01]), "'lost'"],
    ['the common one where none is rare', rare({}, ['a', 'b'], [0.5, 0.4]), "'a'"],
    ['a value beside the common ones', rare({}, ['a'], [0.99], ['x', 'y', 'z']), "'y'"],
    ['a narrow range', rare({ as: 'low', paired: true }, [], [], BOUNDS), "'b20'"],
    ['the end of one, too', rare({ as: 'high', paired: true }, [], [], BOUNDS), "'b21'"],
    ['few rows above a bound', rare({ as: 'low' }, [], [], BOUNDS), "'b39'"],
    ['as much of a beginning as selects', value({ as: 'pattern' }, [], ALIKE), "'Order 4%'"],
    ['a key of the documents', value({ json: { role: 'key', at: 1, of: 1 } }, DOCUMENTS, []), "'src'"],
    ['what is at that key', value({ json: { role: 'value', at: 1, of: 1 } }, DOCUMENTS, []), "'web'"],
    ['a key of a key', value({ json: { role: 'key', at: 2, of: 2 } }, DOCUMENTS, []), "'city'"],
    ['what is at both', value({ json: { role: 'value', at: 2, of: 2 } }, DOCUMENTS, []), "'Bern'"],
    [
      'a document with one key',
      value({ as: 'contains' }, DOCUMENTS, [], false, { type: 'jsonb' }),
      `'{"src": "web"}'`,
    ],
    ['no key without a document', value({ json: { role: 'key', at: 1, of: 1 } }, ['no JSON'], []), undefined],
    ['an element', value({ as: 'element' }, ['{x,y}'], [], false, { elements: ['x', 'y'] }), "'x'"],
    ['a lexeme', value({ as: 'word' }, ["'a b'"], [], false, { elements: ['a.b', 'dino'] }), "'dino'"],
    ['the longest word of a text', value({ as: 'word' }, ['A note, of sorts'], []), "'sorts'"],
    ['the network of an address', value({ as: 'network' }, ['10.0.7.3'], []), "'10.0.7.0/24'"],
    ['the month that extract() is filled with', value({ folded: 'month' }, ['2026-09-30 10:00'], []), '9'],
    ['nothing that a terminal would obey', value({}, ['\u001b[2J', 'a\nb', 'plain'], []), "'plain'"],
  ])('%s', (_, actual, expected) => {
    expect(actual).toBe(expected);
  });
});
