/** Entries as PostgreSQL 15 wrote them, each to all three formats. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { init } from '../../src/cli/init.ts';
import type { Io } from '../../src/cli/io.ts';
import { loggedStatements } from '../../src/init/log.ts';

const SEARCH = 'SELECT id\n  FROM orders\n WHERE customer = $1 LIMIT $2';
const STDERR = `2026-11-30 02:15:21.987 UTC [7] LOG:  database system is ready, as ever, to accept connections
2026-11-30 02:15:22.599 UTC [9] LOG:  duration: 6.057 ms  parse <unnamed>: ${SEARCH.replaceAll('\n', '\n\t')}
2026-11-30 02:15:22.600 UTC [9] LOG:  duration: 0.944 ms  bind <unnamed>: ${SEARCH.replaceAll('\n', '\n\t')}
2026-11-30 02:15:22.600 UTC [9] DETAIL:  parameters: $1 = 'ALFKI', $2 = '20'
2026-11-30 02:15:22.603 UTC [9] LOG:  duration: 2.806 ms  execute <unnamed>: ${SEARCH.replaceAll('\n', '\n\t')}
2026-11-30 02:15:22.603 UTC [9] DETAIL:  parameters: $1 = 'ALFKI', $2 = '20'
2026-11-30 02:15:22.605 UTC [9] LOG:  duration: 0.079 ms  execute <unnamed>: ${SEARCH.replaceAll('\n', '\n\t')}
2026-11-30 02:15:22.605 UTC [9] DETAIL:  parameters: $1 = 'O''X', $2 = NULL
2026-11-30 02:15:22.608 UTC [9] LOG:  duration: 2.075 ms  statement: SELECT count(*) FROM items WHERE quantity > 12
2026-11-30 02:15:22.609 UTC [9] LOG:  duration: 10.173 ms  statement: SELECT count(*) FROM items WHERE quantity > 99
2026-11-30 02:15:22.616 UTC [9] LOG:  duration: 7.415 ms  statement: UPDATE items SET quantity = 1 WHERE id = 3
2026-11-30 02:15:22.617 UTC [9] LOG:  duration: 1.000 ms  statement: SELEC 1
`;
const shape = async (log: string) =>
  (await loggedStatements(log)).statements.map(({ text, calls, totalMs, logged = [] }) => [
    text,
    calls,
    Number(totalMs.toFixed(3)),
    logged.map(({ label, values }) => `${label}: ${values.map(({ sql }) => sql).join(' ')}`),
  ]);

describe('a log of PostgreSQL', () => {
  it('gives each statement once, the most expensive first, with the text and the parameters of its slowest run', async () => {
    expect(await shape(STDERR)).toEqual([
      ['SELECT count(*) FROM items WHERE quantity > 99', 2, 12.248, []],
      ['UPDATE items SET quantity = 1 WHERE id = 3', 1, 7.415, []],
      [SEARCH, 2, 2.885, ["slowest: 'ALFKI' '20'", "median: 'O''X' NULL"]],
    ]);
    expect((await loggedStatements(STDERR)).unreadable).toBe(1);
  });

  it('reads csvlog, jsonlog and syslog as stderr', async () => {
    const entries = STDERR.split(/\n(?=\d{4}-)/).map(entry => {
      const [, kind = '', text = ''] = /^[\d: .-]+UTC \[\d\] (\w+): {2}([\s\S]*?)\n?$/.exec(entry) ?? [];
      return { kind, text: text.replaceAll('\n\t', '\n') };
    });
    const whole = entries.flatMap((entry, at) =>
      entry.kind === 'DETAIL'
        ? []
        : [
            {
              message: entry.text,
              detail: entries[at + 1]?.kind === 'DETAIL' ? entries[at + 1]?.text : undefined,
            },
          ],
    );
    const cell = (text = '') => (text === '' ? '' : `"${text.replaceAll('"', '""')}"`);
    const csv = whole.map(
      ({ message, detail }) =>
        `2026-11-30 02:15:22.599 UTC,"me","shop",9,"[local]",1.9,1,"SELECT",2026-11-30 02:15:22 UTC,3/1,0,LOG,00000,${cell(message)},${cell(detail)},,,,,,,,"app","client backend",,0`,
    );
    expect(await shape(csv.join('\n'))).toEqual(await shape(STDERR));
    const json = whole.map(one =>
      JSON.stringify({ timestamp: '2026-11-30 02:15:22.599 UTC', pid: 9, ...one }),
    );
    expect(await shape(`${json.join('\n')}\n{"timestamp":"cut`)).toEqual(await shape(STDERR));
    const syslog = STDERR.split('\n').map(
      (line, at) => `Nov 30 02:15:22 db postgres[9]: [${at}-1] ${line.replace(/^\t/, '#011')}`,
    );
    expect(await shape(syslog.join('\n'))).toEqual(await shape(STDERR));
  });

  it('takes the text from what auto_explain writes, as text and as JSON, and counts no execution twice', async () => {
    const plans = `2026-11-30 02:15:41.044 UTC [9] LOG:  duration: 4.139 ms  plan:
\tQuery Text: SELECT count(*)
\tFROM orders WHERE city = 'Köln'
\tQuery Parameters: $1 = 'x'
\tAggregate  (cost=24.40..24.41 rows=1 width=8)
2026-11-30 02:15:41.044 UTC [9] LOG:  duration: 3.139 ms  plan:
\t{
\t  "Query Text": "SELECT count(*)\\nFROM orders WHERE city = 'Bonn'",
\t  "Plan": { "Node Type": "Aggregate" }
\t}
`;
    expect(await shape(plans)).toEqual([
      ["SELECT count(*)\nFROM orders WHERE city = 'Köln'", 2, 7.278, ["slowest: 'x'"]],
    ]);
    const both = `${plans}2026-11-30 02:15:41.045 UTC [9] LOG:  duration: 4.2 ms  statement: x
2026-11-30 02:15:41.045 UTC [9] LOG:  duration: 4.200 ms  statement: SELECT count(*) FROM orders WHERE city = 'Köln'
`;
    expect(await shape(both)).toEqual([["SELECT count(*) FROM orders WHERE city = 'Köln'", 1, 4.2, []]]);
  });

  it('leaves out commands, which no index makes faster, and what PostgreSQL asks for its foreign keys', async () => {
    const statements = [
      'BEGIN',
      'END',
      'VACUUM ANALYZE orders',
      'ALTER TABLE orders ADD PRIMARY KEY (id)',
      'PREPARE p AS SELECT 1',
      'TRUNCATE orders',
      'SET LOCAL search_path TO DEFAULT',
      'EXPLAIN SELECT 1 FROM orders',
      'SELECT fk."bid" FROM ONLY "public"."a" fk LEFT OUTER JOIN ONLY "public"."b" pk ON ( pk."bid" OPERATOR(pg_catalog.=) fk."bid") WHERE pk."bid" IS NULL AND (fk."bid" IS NOT NULL)',
      'SELECT 1 FROM ONLY "public"."b" x WHERE "bid" OPERATOR(pg_catalog.=) $1 FOR KEY SHARE OF x',
      'SELECT 1 FROM orders',
    ];
    const log = statements.map(
      sql => `2026-11-30 02:15:41.045 UTC [9] LOG:  duration: 4.200 ms  statement: ${sql}\n`,
    );
    expect(await shape(log.join(''))).toEqual([['SELECT 1 FROM orders', 1, 4.2, []]]);
  });

  it('counts a statement that the log mangled, and goes on', async () => {
    const log = `2026-11-30 02:15:41.044 UTC [9] LOG:  duration: 3.139 ms  plan:
\t{
\t  "Query Text": "SELECT '\\u12'",
\t  "Plan": {}
\t}
2026-11-30 02:15:41.045 UTC [9] LOG:  duration: 4.200 ms  statement: SELECT 1 FROM orders
`;
    expect(await shape(log)).toEqual([['SELECT 1 FROM orders', 1, 4.2, []]]);
    expect((await loggedStatements(log)).unreadable).toBe(1);
  });

  it('becomes a workload without a database', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'pgopt-explore-log-'));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    await writeFile(join(folder, 'server.log'), STDERR);
    let printed = '';
    const stream = {
      write: (text: string, done?: () => void) => {
        printed += text;
        done?.();
      },
    };
    const heard = { on: () => undefined, off: () => undefined };
    const io = { env: {}, cwd: () => folder, stdout: stream, stderr: stream, ...heard } as unknown as Io;
    expect(await init('made', { log: 'server.log' }, io)).toBe(0);
    expect(printed).toContain('queries/01-items.sql');
    const search = await readFile(join(folder, 'made/queries/02-orders.sql'), 'utf8');
    expect(search).toContain("-- values slowest: $1 = 'ALFKI', $2 = '20'\n");
    expect(search).toContain('2 calls took 2.9 ms together, 1.4 ms each on average (the log).');
    expect(search).toContain(`${SEARCH};\n`);
    const readme = await readFile(join(folder, 'made/README.md'), 'utf8');
    expect(readme).toContain('UPDATE items');
    expect(readme).toContain('are from a log of PostgreSQL');
    expect(readme).not.toContain('pg_stat_statements');
    expect(printed).toContain('Next: review the values in queries/ (from the log)');
    await writeFile(
      join(folder, 'catalog.log'),
      '2026-11-30 02:15:41.045 UTC [9] LOG:  duration: 4.200 ms  statement: SELECT relname FROM pg_catalog.pg_class\n',
    );
    expect(await init('empty', { log: 'catalog.log' }, io)).toBe(0);
    expect(printed).toContain('No queries were written: the log has no query that reads a table.');
    await expect(init('other', { log: 'none.log' }, io)).rejects.toThrow(
      'cannot read the log none.log: there is no such file',
    );
  });
});
