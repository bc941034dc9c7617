import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { formatError } from '../../src/base/errors.ts';
import { loadWorkload } from '../../src/workload/load.ts';
import type { Workload } from '../../src/workload/workload.ts';
import { refusalOf } from '../helpers/refusal.ts';

async function load(files: Readonly<Record<string, string | Uint8Array>>): Promise<Workload> {
  const folder = await mkdtemp(join(tmpdir(), 'pgopt-explore-load-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  await mkdir(join(folder, 'schema', 'proposals'), { recursive: true });
  const all = { 'schema/workload.json': '{}', 'queries/q.sql': 'SELECT 1', ...files };
  for (const [path, text] of Object.entries(all)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
  return loadWorkload(folder, folder);
}

/** What is thrown, or what is told beside the sound rest. */
const refusal = async (files: Readonly<Record<string, string | Uint8Array>>) => {
  let problems: string[] = [];
  const thrown = await refusalOf(async () => {
    problems = (await load(files)).problems.map(problem => formatError(problem));
  });
  return thrown === 'accepted' && problems.length > 0 ? problems.join('\n') : thrown;
};

const INDEX = 'CREATE INDEX i ON t (a)';

describe('a workload folder', () => {
  it.each([
    'queries/my query.sql',
    'queries/a,b.sql',
    'queries/a|b.sql',
    'queries/.sql',
    'queries/a#b.sql',
    'schema/proposals/my index.sql',
    'schema/proposals/a\tb.sql',
  ])('refuses the file name %j as an id', async path => {
    expect(await refusal({ [path]: path.startsWith('queries') ? 'SELECT 1' : INDEX })).toBe(
      `pgopt-explore: ${path.replace('\t', '␉')}: the name cannot be an id: rename it: something before .sql, without blanks, commas, | and #`,
    );
  });

  it.each(['q@i@j', 'q@', '@i'])('refuses %s.sql as a rewrite', async id => {
    expect(await refusal({ [`queries/${id}.sql`]: 'SELECT 1', 'schema/proposals/i.sql': INDEX })).toBe(
      `pgopt-explore: queries/${id}.sql: not the name of a rewrite: name it query@proposal.sql, or query@one+another.sql`,
    );
  });

  it('reads a rewrite, and leaves out hidden files', async () => {
    const workload = await load({
      'queries/q@i.sql': 'SELECT 2',
      'queries/.q.sql': 'no SQL',
      'schema/proposals/i.sql': INDEX,
    });
    expect(workload.queries.map(({ id, rewrites }) => [id, rewrites.map(({ sql }) => sql)])).toEqual([
      ['q', ['SELECT 2']],
    ]);
  });

  it('does not stumble over a byte order mark', async () => {
    const bom = '\ufeff';
    const workload = await load({
      'schema/workload.json': `${bom}{"title": "T"}`,
      'queries/q.sql': `${bom}-- title: É\nSELECT 1`,
      'schema/proposals/i.sql': bom + INDEX,
    });
    expect(workload.title).toBe('T');
    expect(workload.queries[0]).toMatchObject({ title: 'É', sql: 'SELECT 1' });
    expect(workload.proposals[0]?.ddl).toBe(INDEX);
  });

  it('points at the statement of a rewrite that writes, below its comments', async () => {
    const files = { 'schema/proposals/i.sql': INDEX, 'queries/q@i.sql': '-- title: T\n\n  DELETE FROM t' };
    expect(await refusal(files)).toBe(
      'queries/q@i.sql:3:3: DELETE is not allowed: this text may only read: write one SELECT\n    DELETE FROM t\n    ^',
    );
  });

  it('needs queries only: without workload.json the defaults hold', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'pgopt-explore-bare-'));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    await mkdir(join(folder, 'queries'));
    await writeFile(join(folder, 'queries', 'q.sql'), 'SELECT 1');
    const { problems, budgets, proposals } = await loadWorkload(folder, folder);
    expect(problems).toEqual([]);
    expect(proposals).toEqual([]);
    expect(budgets).toEqual((await load({})).budgets);
  });

  it('waits for no pipe, and reads no folder and no dump', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'pgopt-explore-odd-'));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    await mkdir(join(folder, 'queries', 'folder.sql'), { recursive: true });
    execFileSync('mkfifo', [join(folder, 'queries', 'pipe.sql')]);
    await writeFile(join(folder, 'queries', 'dump.sql'), `SELECT '${'x'.repeat(5 * 1024 ** 2)}'`);
    await writeFile(join(folder, 'queries', 'sound.sql'), 'SELECT 1');
    const workload = await loadWorkload(folder, folder);
    expect(workload.queries.map(({ id }) => id)).toEqual(['sound']);
    expect(workload.problems.map(({ message }) => message).sort()).toEqual([
      'queries/dump.sql: larger than 4 MB',
      'queries/folder.sql: not a regular file',
      'queries/pipe.sql: not a regular file',
    ]);
  });

  it.each(['queries/q.sql', 'schema/proposals/i.sql', 'schema/workload.json'])(
    'refuses %s when it is not UTF-8',
    async path => {
      const latin1 = Buffer.from("-- 'gr\u00f6\u00dfe'\nSELECT 1", 'latin1');
      expect(await refusal({ [path]: latin1 })).toBe(`pgopt-explore: ${path}: not UTF-8: save it as UTF-8`);
    },
  );

  it('tells the errors of all files, by file, each with its location, and keeps what is sound', async () => {
    const workload = await load({
      'schema/workload.json': '{ "budgets": { "storage": 7 } }',
      'queries/a.sql': 'SELECT a\nFORM b WHERE',
      'queries/a@i.sql': 'SELECT 3',
      'queries/b.sql': '-- target: soon\nSELECT 1',
      'queries/c d.sql': 'SELECT 1',
      'queries/q@bad.sql': 'SELECT 2',
      'queries/q@i.sql': 'SELECT ALL FROM FROM',
      'schema/proposals/bad.sql': 'CREATE INDEX i ON t (a); COMMIT',
      'schema/proposals/i.sql': INDEX,
    });
    const locations = workload.problems.map(({ location, message }) =>
      location === undefined ? message : `${location.file}:${location.line}:${location.column}`,
    );
    expect(locations).toEqual([
      'queries/c d.sql: the name cannot be an id',
      'queries/a.sql:2:6',
      'queries/b.sql:1:12',
      'queries/q@i.sql:1:17',
      'schema/proposals/bad.sql:1:26',
      'schema/workload.json:1:27',
    ]);
    expect(workload.queries.map(({ id, number, rewrites }) => [id, number, rewrites])).toEqual([
      ['q', 1, []],
    ]);
    expect(workload.proposals.map(({ id }) => id)).toEqual(['i']);
    expect(workload.budgets.storageBytes).toBe(2 * 1024 ** 3);
  });

  describe('tells all errors of one file', () => {
    /** Where, and the beginning of what. */
    const told = async (path: string, text: string) =>
      (await load({ 'queries/q.sql': 'SELECT 1', [path]: text })).problems.map(
        ({ location, message }) => `${location?.line}:${location?.column} ${message}`,
      );

    it('of a proposal: its header, and every statement that is refused', async () => {
      const text = `-- target: soon
-- refresh: daily
CREATE MATERIALIZED VIEW v AS SELECT nextval('a'), pg_sleep(1), setval('a', 1) AS b;
CREATE INDEX CONCURRENTLY i ON v (b);
CREATE INDEX j ON v (b);
DROP TABLE t;
COMMIT;`;
      expect(await told('schema/proposals/p.sql', text)).toEqual([
        '1:12 not a duration: "soon"',
        '2:13 not a duration: "daily"',
        '3:38 a proposal may not call nextval(): ROLLBACK does not undo a change of a sequence',
        '3:65 a proposal may not call setval(): ROLLBACK does not undo a change of a sequence',
        '4:1 CREATE INDEX CONCURRENTLY cannot run inside a transaction',
        '6:1 a proposal may not hold DROP TABLE',
        '7:1 a proposal may not hold COMMIT',
      ]);
    });

    it('of a proposal with a syntax error: the header’s besides, and no guesses behind it', async () => {
      const text = '-- refresh: daily\nCREATE INDX i ON t (a);\nCOMMIT;';
      expect(await told('schema/proposals/p.sql', text)).toEqual([
        '1:13 not a duration: "daily"',
        '2:8 syntax error at or near "INDX"',
      ]);
    });

    it('of a query: its header, values and text', async () => {
      const text = `-- target: soon
-- values: :a = , :b = x y, :c = 1
SELECT :a, pg_advisory_lock(1), :zz FROM t FOR UPDATE`;
      expect(await told('queries/r.sql', text)).toEqual([
        '1:12 not a duration: "soon"',
        '2:16 expected a value for :a',
        '2:24 expected a literal for :b',
        '3:12 a query may not call pg_advisory_lock(): it takes or frees locks that other programs rely on',
      ]);
    });

    it('of values: each one that is missing, once, whatever the number of sets', async () => {
      const text = '-- values one: :a = 1\n-- values two: :a = 2\nSELECT :a, :b, :c, :b';
      expect(await told('queries/r.sql', text)).toEqual([
        '3:12 no value for the parameter :b',
        '3:16 no value for the parameter :c',
      ]);
      // A name that is written wrong is one error, not two.
      expect(await told('queries/r.sql', '-- values: :aa = 1\nSELECT :a')).toEqual([
        '1:12 the query has no parameter :aa',
      ]);
    });

    it('of a rewrite: its header, and its text', async () => {
      const files = {
        'schema/proposals/i.sql': INDEX,
        'queries/q@i.sql': '-- target: soon\n-- values: :a = 1\nSELECT 1; DELETE FROM t',
      };
      expect(
        (await load(files)).problems.map(({ location }) => `${location?.line}:${location?.column}`),
      ).toEqual(['1:12', '2:4', '3:11']);
    });

    it('of workload.json: every key and value', async () => {
      const text = `{ "titel": "x",
  "budgets": { "storage": 7, "memory": "1 GB", "timeout": "25 h" },
  "production_rows": { "a": "many", "b": -1, "c": 5 } }`;
      expect(await told('schema/workload.json', text)).toEqual([
        '1:3 unknown key "titel"',
        '2:27 not a valid storage',
        '2:30 unknown key "memory"',
        '2:59 timeout is out of range',
        '3:29 not a number of rows for a',
        '3:42 not a number of rows for b',
      ]);
    });
  });

  it('throws all of them together when no query is left', async () => {
    const told = await refusal({ 'queries/q.sql': 'SELEC 1', 'queries/r.sql': 'SELECT 1; SELECT 2' });
    expect(told.split('\n')).toEqual([
      expect.stringMatching(/^queries\/q\.sql:1:1: /),
      '  SELEC 1',
      '  ^',
      expect.stringMatching(/^queries\/r\.sql:1:11: /),
      '  SELECT 1; SELECT 2',
      `  ${' '.repeat(10)}^`,
    ]);
  });

  it('may have no proposals, but not no queries', async () => {
    expect((await load({})).proposals).toEqual([]);
    expect(await refusal({ 'queries/q.sql': '' })).toContain('the file has no statement');
  });
});
