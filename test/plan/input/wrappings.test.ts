import { describe, expect, it } from 'vitest';
import { readPlans } from '../../../src/plan/input/read.ts';
import { read } from './reading.ts';

const TEXT = [
  'Sort  (cost=12.50..13.75 rows=5 width=8) (actual time=1.000..1.250 rows=5 loops=1)',
  '  Sort Key: o.c, (lower("t 2".x))',
  '  Sort Method: quicksort  Memory: 25kB',
  '  ->  Seq Scan on orders o  (cost=0.00..10.00 rows=5 width=8) (actual time=0.500..0.750 rows=5 loops=1)',
  `        Filter: ((o.c < 5) AND (o."T" <> 'it''s a -> b'::text))`,
  'Planning Time: 0.250 ms',
  'Execution Time: 1.500 ms',
];
const JSON_TEXT = JSON.stringify(
  [{ Plan: { 'Node Type': 'Sort', Plans: [{ 'Node Type': 'Seq Scan' }] } }],
  null,
  2,
);
const WIDTH = 120;

const lines = (text: string) => text.split('\n');
const indent = (by: string) => (line: string) => by + line;
const quoted = (line: string) => `"${line.replaceAll('"', '""')}"`;
/** As psql cuts a row for `\pset format wrapped`. */
const pieces = (line: string, width: number) => line.match(new RegExp(`.{1,${width}}`, 'g')) ?? [''];
const wrapped = (piece: string, before: boolean, after: boolean) =>
  (before ? '.' : ' ') + piece + (after ? '.' : '');
const padded = (line: string) => line.padEnd(WIDTH);

/** Ways to wrap lines of which none has a line end in it. */
const FRAMES: Readonly<Record<string, (text: readonly string[]) => readonly string[]>> = {
  none: text => text,
  'a byte order mark': ([first = '', ...rest]) => [`\uFEFF${first}`, ...rest],
  'Windows line ends': text => text.map(line => `${line}\r`),
  'no-break spaces': text => text.map(line => line.replace(/^ +/, blanks => '\u00a0'.repeat(blanks.length))),
  psql: text => [
    'shop=# EXPLAIN (ANALYZE)',
    "shop-# SELECT * FROM orders WHERE x = 'Limit';",
    `${' '.repeat(40)}QUERY PLAN${' '.repeat(40)}`,
    '-'.repeat(WIDTH),
    ...text.map(indent(' ')),
    '(7 rows)',
    '',
    'Time: 12.345 ms (00:00.012)',
    'shop=# SELECT 1;',
  ],
  'psql in German': text => [
    ' QUERY PLAN ',
    '-----',
    ...text.map(indent(' ')),
    '(7 Zeilen)',
    '',
    'Zeit: 12,345 ms',
  ],
  'psql, one row': text => [' QUERY PLAN ', '-----', ...text.map(indent(' ')), '(1 row)'],
  'psql, border 0': text => ['QUERY PLAN', '----------', ...text, '(7 rows)'],
  'psql, border 2': text => [
    `+${'-'.repeat(WIDTH + 2)}+`,
    `|${' '.repeat(50)}QUERY PLAN${' '.repeat(62)}|`,
    `+${'-'.repeat(WIDTH + 2)}+`,
    ...text.map(line => `| ${padded(line)} |`),
    `+${'-'.repeat(WIDTH + 2)}+`,
    '(7 rows)',
  ],
  'psql, unicode': text => [
    `┌${'─'.repeat(WIDTH + 2)}┐`,
    `│${' '.repeat(50)}QUERY PLAN${' '.repeat(62)}│`,
    `├${'─'.repeat(WIDTH + 2)}┤`,
    ...text.map(line => `│ ${padded(line)} │`),
    `└${'─'.repeat(WIDTH + 2)}┘`,
  ],
  'psql, expanded': text =>
    text.flatMap((line, i) => [`-[ RECORD ${i + 1} ]-----------`, `QUERY PLAN | ${line}`]),
  'psql, expanded, border 2': text => [
    ...text.flatMap((line, i) => [`+-[ RECORD ${i + 1} ]----------+`, `| QUERY PLAN | ${padded(line)} |`]),
    '+------------+----------+',
  ],
  'psql, unaligned': text => ['QUERY PLAN', ...text, '(7 rows)'],
  'a trailing bar': text => [
    `${padded('QUERY PLAN')}|`,
    `${'-'.repeat(WIDTH)}+`,
    ...text.map(line => `${padded(line)}|`),
  ],
  'quotes of pgAdmin': text => ['"QUERY PLAN"', ...text.map(quoted)],
  'quotes without a heading': text => text.map(quoted),
  'csv: quotes where they must be': text => [
    'QUERY PLAN',
    ...text.map(line => (/[",]/.test(line) ? quoted(line) : line)),
  ],
  'single quotes': text => text.map(line => `'${line.replaceAll("'", "''")}'`),
  'quotes and commas of a program': text => text.map(line => `"${line.replaceAll('"', '\\"')}",`),
  'psql, expanded, border 0': text =>
    text.flatMap((line, i) => [`* Record ${i + 1}    `, `QUERY PLAN ${line}`]),
  'psql, expanded, unaligned': text =>
    text.flatMap((line, i) => [...(i === 0 ? [] : ['']), `QUERY PLAN|${line}`]),
  'psql, expanded, csv': text => text.map(line => `QUERY PLAN,${/[",]/.test(line) ? quoted(line) : line}`),
  'psql, wrapped': text => [
    `${' '.repeat(30)}QUERY PLAN`,
    '-'.repeat(62),
    ...text.flatMap(line =>
      pieces(line, 60).map((piece, i, all) => wrapped(piece, i > 0, i < all.length - 1)),
    ),
    '(7 rows)',
  ],
  'psql, wrapped, border 0': text => [
    `${' '.repeat(25)}QUERY PLAN`,
    '-'.repeat(60),
    ...text.flatMap(line =>
      pieces(line, 60).map((piece, i, all) => (i < all.length - 1 ? `${piece}.` : piece)),
    ),
    '(7 rows)',
  ],
  asciidoc: text => [
    '[options="header",cols="<l",frame="none"]',
    '|====',
    '^l|QUERY PLAN',
    ...text.map(indent('|')),
    '|====',
  ],
  'lines of a program': text => text.map(line => `'${line.replaceAll("'", "\\'")}' +`),
  'tuples of Python': text => text.map(line => `('${line.replaceAll("'", "\\'")}',)`),
  'code in Markdown, line by line': text => text.map(line => `\`${line}\``),
  'exported rows': text =>
    text.map(line => `INSERT INTO "t"("QUERY PLAN") VALUES ('${line.replaceAll("'", "''")}');`),
  'comments of SQL': text => text.map(indent('-- ')),
  'a comment': text => ['/*', ...text, '*/'],
  'comments of a shell': text => text.map(indent('# ')),
  'a difference': text => text.map(indent('+')),
  'line ends written out': text => [text.join('\\n')],
  'line ends written out, in quotes': text => [`"${text.join('\\n').replaceAll('"', '\\"')}"`],
  'another arrow': text => text.map(line => line.replace(/^( *)->/, '$1→')),
  'a dash in the arrow': text => text.map(line => line.replace(/^( *)->/, '$1–>')),
  'a double arrow': text => text.map(line => line.replace(/^( *)->/, '$1⇒')),
  'tabs for blanks': text =>
    text.map(line => line.replace(/^ +/, ({ length }) => '\t'.repeat(length >> 3) + ' '.repeat(length & 7))),
  'rows as objects': text => [JSON.stringify(text.map(line => ({ 'QUERY PLAN': line })))],
  'rows as objects, pretty': text =>
    JSON.stringify(
      text.map(line => ({ 'QUERY PLAN': line })),
      null,
      2,
    ).split('\n'),
  'rows as objects, one a line': text => text.map(line => JSON.stringify({ 'QUERY PLAN': line })),
  'rows as arrays': text => [JSON.stringify(text.map(line => [line]))],
  'rows of a driver, with more': text => [
    JSON.stringify({ command: 'EXPLAIN', rows: text.map(line => ({ 'QUERY PLAN': line })) }),
  ],
  'a list of texts': text => [JSON.stringify(text)],
  'a text in JSON': text => [JSON.stringify(text.join('\n'))],
  'a text in a row': text => [JSON.stringify([{ 'QUERY PLAN': text.join('\n') }])],
  'a Markdown fence': text => [
    'Why is *this* slow?',
    '',
    '```sql',
    'SELECT 1;',
    '```',
    '```',
    ...text,
    '```',
    'Thanks!',
  ],
  'a quote in a mail': text => ['Bob wrote:', ...text.map(indent('> '))],
  'a quote in a quote': text => text.map(indent('> > ')),
  'an indented block': text => ['Look:', '', ...text.map(indent('    '))],
  'HTML entities': text =>
    text.map(line => line.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')),
};

describe('what a plan in TEXT comes wrapped in', () => {
  it.each(Object.entries(FRAMES))('%s', (_name, frame) => {
    expect(readPlans(frame(TEXT).join('\n'), 'plan.txt')).toEqual(readPlans(TEXT.join('\n'), 'plan.txt'));
  });

  it('reads the one without a frame right', () => {
    expect(read(TEXT.join('\n'))).toMatchObject({
      Plan: {
        'Sort Key': ['o.c', '(lower("t 2".x))'],
        Plans: [{ Filter: `((o.c < 5) AND (o."T" <> 'it''s a -> b'::text))`, 'Actual Rows': 5 }],
      },
      'Planning Time': 0.25,
      'Execution Time': 1.5,
    });
  });
});

it('reads expanded CSV with lines of one length', () => {
  const text = [
    'Unique (actual time=0.1..0.2 rows=3 loops=1)',
    '  ->  Sort (actual time=0.1..0.1 rows=3 loops=1)',
    '        Sort Key: "a""b", c',
    '        ->  Seq Scan on t (actual rows=1 loops=1)',
  ].map((line, i) => (i === 3 ? line.replace('(actual', '(actual time=0.0..0.1') : line));
  const csv = text.map(line => `QUERY PLAN,${line.includes('"') ? quoted(line) : line}`);
  expect(readPlans(csv.join('\n'), 'x')).toEqual(readPlans(text.join('\n'), 'x'));
});

it('reads one node after the other, with COSTS OFF', () => {
  const text = ['Values Scan on "*VALUES*"', 'Function Scan on f "g h"'];
  expect(readPlans(text.join('\n'), 'x')).toHaveLength(2);
  expect(readPlans(text.join('\n\n'), 'x')).toHaveLength(2);
  expect(readPlans(quoted(text[1] ?? ''), 'x')).toMatchObject([{ Plan: { Alias: 'g h' } }]);
});

it('reads one UPDATE after the other, with lines of one length', () => {
  const text = `Update on t
  ->  Index Scan using t_pkey on t
        Index Cond: ((id >= 10) AND (id <= 5000))`;
  expect(readPlans(`${text}\n${text}`, 'x')).toEqual([...readPlans(text, 'x'), ...readPlans(text, 'x')]);
});

it('reads arrows that alone became entities', () => {
  const text = ['Limit', '  ->  Seq Scan on t', '        Filter: (a < 1)'];
  expect(readPlans(text.join('\n').replace('->', '-&gt;'), 'x')).toEqual(readPlans(text.join('\n'), 'x'));
});

it('takes the bars of a Markdown table apart from those of a condition', () => {
  const text = ['Seq Scan on t  (cost=0.00..1.00 rows=1 width=4)', "  Filter: ((a || b) = '|x|'::text)"];
  const table = ['| QUERY PLAN |', '|---|', ...text.map(line => `| ${line.replaceAll('|', '\\|')} |`)];
  expect(readPlans(table.join('\n'), 'x')).toEqual(readPlans(text.join('\n'), 'x'));
});

it('reads a line end within a constant in cells', () => {
  const text = ['Seq Scan on t  (cost=0.00..1.00 rows=1 width=4)', "  Filter: (a = 'one", "two'::text)"];
  for (const cell of [quoted, (line: string) => `\`${line}\``])
    expect(readPlans(text.map(cell).join('\n'), 'x')).toEqual(readPlans(text.join('\n'), 'x'));
});

describe('what a plan in JSON comes wrapped in', () => {
  it.each(
    Object.entries(FRAMES).filter(
      ([name]) => !/pgAdmin|expanded|quotes|rows|text|written out|wrapped|lines|tuples|code/.test(name),
    ),
  )('%s', (_name, frame) => {
    expect(readPlans(frame(lines(JSON_TEXT)).join('\n'), 'plan.txt')).toEqual(JSON.parse(JSON_TEXT));
  });

  it.each<[string, string]>([
    [
      'a cell with the signs of psql',
      [' QUERY PLAN ', '-----', ...lines(JSON_TEXT).map(line => ` ${line.padEnd(40)}+`), '(1 row)'].join(
        '\n',
      ),
    ],
    [
      'the same without a frame',
      lines(JSON_TEXT)
        .map(line => ` ${line.padEnd(40)}+`)
        .join('\n'),
    ],
    [
      'the same in unicode',
      lines(JSON_TEXT)
        .map(line => `│ ${line.padEnd(40)}↵│`)
        .join('\n'),
    ],
    [
      'an expanded cell',
      [
        '-[ RECORD 1 ]---',
        ...lines(JSON_TEXT).map(
          (line, i) => `${i === 0 ? 'QUERY PLAN' : '          '} | ${line.padEnd(40)}+`,
        ),
      ].join('\n'),
    ],
    ['one quoted cell', `"QUERY PLAN"\n"${JSON_TEXT.replaceAll('"', '""')}"\n`],
    ['rows of a driver', JSON.stringify([{ 'QUERY PLAN': JSON.parse(JSON_TEXT) }])],
    ['an object, as auto_explain has it', JSON_TEXT.slice(1, -1)],
  ])('%s', (_name, text) => {
    expect(readPlans(text, 'plan.txt')).toEqual(JSON.parse(JSON_TEXT));
  });

  it('reads several documents in a row, and what stands between them is dropped', () => {
    const plans = readPlans(`first\n${JSON_TEXT}\nsecond\n${JSON_TEXT.slice(1, -1)}\n`, 'x');
    expect(plans).toHaveLength(2);
  });
});

describe('auto_explain in logs', () => {
  const query = ['Query Text: SELECT c', 'FROM orders -- Sort: none', '', "WHERE x = 'Limit'"];
  const expected = (ms: number) => ({
    Duration: ms,
    'Query Text': "SELECT c\nFROM orders -- Sort: none\n\nWHERE x = 'Limit'",
  });
  const first = '2026-11-25 10:00:00.123 UTC [4711] app@shop LOG:  duration: 12.345 ms  plan:';
  const other = '2026-11-25 10:00:01.000 UTC [4712] LOG:  checkpoint starting: time';
  const statement = '2026-11-25 10:00:01.000 UTC [4711] app@shop STATEMENT:  SELECT 1';

  it('stderr, with other lines between', () => {
    const tab = indent('\t');
    const text = [other, first, ...query.map(tab), ...TEXT.slice(0, 5).map(tab), statement, other];
    const plans = readPlans(
      [
        ...text,
        first.replace('duration', 'Dauer').replace('12.345', '7,5'),
        '\tQuery Text: SELECT 2',
        '\tResult  (cost=0.00..0.01 rows=1 width=4)',
        other,
      ].join('\n'),
      'x.log',
    );
    expect(plans).toMatchObject([expected(12.345), { Duration: 7.5, 'Query Text': 'SELECT 2' }]);
    expect(plans[0]?.Plan).toEqual(read(TEXT.slice(0, 5).join('\n')).Plan);
    expect(plans[0]).not.toHaveProperty('Execution Time');
  });

  it('in JSON', () => {
    const document = lines(
      JSON.stringify({ 'Query Text': 'SELECT 1', Plan: { 'Node Type': 'Result' } }, null, 2),
    );
    expect(readPlans([first, ...document.map(indent('\t')), other].join('\n'), 'x.log')).toEqual([
      { 'Query Text': 'SELECT 1', Plan: { 'Node Type': 'Result' }, Duration: 12.345 },
    ]);
  });

  it('syslog, with lines of another process between', () => {
    const head = (n: number) => `Nov 25 10:00:00 db1 postgres[4711]: [5-${n}] `;
    const mixed = [...query, ...TEXT.slice(0, 5)].flatMap((line, i) => [
      `${head(i + 2)}#011${line}`,
      `Nov 25 10:00:00 db1 postgres[99]: [7-${i + 1}] #011  ->  Seq Scan on elsewhere`,
    ]);
    const [plan, ...others] = readPlans([`${head(1)}${first}`, ...mixed].join('\n'), 'syslog');
    expect(others).toEqual([]);
    expect(plan).toMatchObject(expected(12.345));
    expect(plan?.Plan).toEqual(read(TEXT.slice(0, 5).join('\n')).Plan);
  });

  it('csvlog and jsonlog', () => {
    const message = `duration: 12.345 ms  plan:\n${[...query, ...TEXT.slice(0, 5)].join('\n')}`;
    const csv = `2026-11-25 10:00:00.123 UTC,"app","shop",4711,"[local]",x,1,LOG,00000,${quoted(message)},,,"SELECT c\nFROM x"\n`;
    const json = `${JSON.stringify({ error_severity: 'LOG', message: 'starting' })}\n${JSON.stringify({ error_severity: 'LOG', message })}\n`;
    for (const text of [csv, json]) {
      const plans = readPlans(text, 'x.log');
      expect(plans).toMatchObject([expected(12.345)]);
      expect(plans[0]?.Plan).toEqual(read(TEXT.slice(0, 5).join('\n')).Plan);
    }
  });

  const printed = [first, ...query.map(indent('\t')), ...TEXT.slice(0, 5).map(indent('\t'))];
  const services: Readonly<Record<string, (lines: readonly string[]) => readonly string[]>> = {
    CloudWatch: lines => lines.map(indent('2026-11-25T10:00:00.000Z ')),
    'CloudWatch, without tabs': lines =>
      lines.map(line => `2026-11-25T10:00:00.000Z ${line.replace('\t', '')}`),
    Heroku: lines =>
      lines.map((line, i) => `2026-11-25T10:00:00+00:00 app[postgres.21]: [DATABASE] [11-${i + 1}] ${line}`),
    Docker: lines => lines.map((line, i) => `2026-11-25T10:00:0${i % 9}.000000123Z ${line}`),
    'Docker Compose, with another service': lines =>
      lines.flatMap(line => [`db-1   | ${line}`, 'web-1  | GET / 200']),
    'Docker Compose, behind the longest line': lines =>
      lines.flatMap(line => [
        `db-1   | ${line}`,
        ...(line.length > 90 ? ['web-1  | GET / 200 (cost=1)'] : []),
      ]),
    Kubernetes: lines => lines.map(indent('2026-11-25T10:00:00.123456789Z stderr F ')),
    kubectl: lines => lines.map(indent('[pod/shop-0/postgres] ')),
    journald: lines => lines.map(indent('Nov 25 10:00:00 db1 postgres[4711]: ')),
    CloudNativePG: lines => [
      JSON.stringify({
        level: 'info',
        msg: 'record',
        record: { error_severity: 'LOG', message: 'starting' },
      }),
      JSON.stringify({ level: 'info', msg: 'record', record: { message: messageOf(lines) } }),
    ],
    'Docker, in JSON': lines => lines.map(line => JSON.stringify({ log: `${line}\n`, stream: 'stderr' })),
    'Google Cloud': lines => [
      JSON.stringify([{ insertId: 'a', textPayload: lines.join('\n'), resource: { type: 'x' } }], null, 1),
    ],
    'Google Cloud, line by line': lines => [JSON.stringify(lines.map(textPayload => ({ textPayload })))],
  };
  const messageOf = (lines: readonly string[]) =>
    lines.map((line, i) => (i === 0 ? line.slice(line.indexOf('duration:')) : line.slice(1))).join('\n');

  it.each(Object.entries(services))('behind the prefixes of %s', (_name, collect) => {
    const [plan, ...others] = readPlans(collect(printed).join('\n'), 'x.log');
    expect(others).toEqual([]);
    expect(plan).toMatchObject(expected(12.345));
    expect(plan?.Plan).toEqual(read(TEXT.slice(0, 5).join('\n')).Plan);
  });
});
