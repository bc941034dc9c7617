/** `check --baseline` on a database that loses an index, with the built program. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type TestDatabase, testDatabase } from '../helpers/database.ts';
import { cacheOfFile } from './caches.ts';
import { type Outcome, runPiped } from './programs.ts';
import { workloadFolder } from './workloadFolder.ts';

const cache = cacheOfFile();
let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase('baseline', [
    'CREATE TABLE orders AS SELECT g AS id, g % 5000 AS customer, repeat(md5(g::text), 4) AS note FROM generate_series(1, 50000) g',
    'CREATE INDEX by_customer ON orders (customer)',
    'VACUUM (FREEZE, ANALYZE) orders',
  ]);
});
afterAll(() => database.drop());

/** The second query reads a column that no index has: whether all pages are all-visible must not matter to it. */
const FILES = {
  'queries/01-of-a-customer.sql':
    '-- title: Orders of a customer\nSELECT id, note FROM orders WHERE customer = 7;\n',
  'queries/02-all.sql': '-- title: All, 100% of them\nSELECT count(note) FROM orders;\n',
};
/** Whoever runs these tests in GitHub Actions has these set. */
const PLAIN = { GITHUB_ACTIONS: '', GITHUB_STEP_SUMMARY: '', GITHUB_WORKSPACE: '' };

function check(cwd: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Outcome> {
  const { host, port, user, password, database: name } = database.settings;
  return runPiped({
    cache,
    cwd,
    args: ['check', '.', '--yes', ...args],
    env: {
      ...PLAIN,
      PGHOST: host,
      PGPORT: String(port),
      PGUSER: user,
      PGPASSWORD: password,
      PGDATABASE: name,
      ...env,
    },
  });
}

/** What `check --json` says of FILES while the index is there; made by the first test that wants it. */
let plans: string | undefined;
async function withBaseline(): Promise<string> {
  const cwd = await workloadFolder(FILES);
  if (plans === undefined) {
    const { code, stdout, stderr } = await check(cwd, ['--json']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    plans = stdout;
  }
  await writeFile(join(cwd, 'plans.json'), plans);
  return cwd;
}

/** @returns A workload with `plans.json`, made while the index is there. The index is gone during `action`. */
async function withoutIndex<T>(action: (cwd: string) => Promise<T>): Promise<T> {
  const cwd = await withBaseline();
  await database.link.query('DROP INDEX by_customer');
  try {
    return await action(cwd);
  } finally {
    await database.link.query('CREATE INDEX by_customer ON orders (customer)');
  }
}

it('passes while nothing got worse', async () => {
  const cwd = await withBaseline();
  const { code, stdout, stderr } = await check(cwd, ['--baseline', 'plans.json']);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toMatch(
    /^Compared with plans\.json \(\d.* UTC, pgopt-explore .*\): none of 2 queries got worse/m,
  );
});

it('fails when a query lost its index, and says which scan became which', async () => {
  const { code, stdout, stderr } = await withoutIndex(cwd => check(cwd, ['--baseline', 'plans.json']));
  expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
  expect(stdout).toMatch(/: 1 of 2 queries got WORSE/);
  expect(stdout).toMatch(/^1 +Orders of a customer .*WORSE: index scan became sequential scan$/m);
  expect(stdout).toMatch(
    /^ {2}orders was read through an index, and is read sequentially now: Index Scan using by_customer on orders → Seq Scan on orders$/m,
  );
  expect(stdout).toMatch(/^ {2}- Index Scan using by_customer on orders$/m);
  expect(stdout).toMatch(/^ {2}\+ Seq Scan on orders$/m);
  expect(stdout).not.toContain('::');
});

it('fails when a sort no longer fits in memory, and says that work_mem is another', async () => {
  const workMem = (size: string) => `{ "title": "Test", "settings": { "work_mem": "${size}" } }`;
  const cwd = await workloadFolder({
    'queries/01-sorted.sql': 'SELECT note FROM orders ORDER BY note;\n',
    'schema/workload.json': workMem('64MB'),
  });
  await writeFile(join(cwd, 'plans.json'), (await check(cwd, ['--json'])).stdout);
  await writeFile(join(cwd, 'schema', 'workload.json'), workMem('64kB'));
  const { code, stdout } = await check(cwd, ['--baseline', 'plans.json']);
  expect(code).toBe(1);
  expect(stdout).toMatch(
    /^ {2}plans may differ for another reason, too: planner settings: work_mem = 64kB \(work_mem = 64MB in the baseline\)$/m,
  );
  expect(stdout).toMatch(/^1 +01-sorted .*WORSE: temporary files appeared$/m);
  expect(stdout).toMatch(
    /^ {2}[\d.]+ MB of temporary files written, none in the baseline: the sort did not fit in memory: /m,
  );
});

it('does not fail for a requirement that failed in the baseline, too, and says that it still does', async () => {
  const cwd = await workloadFolder({
    ...FILES,
    'schema/workload.json': '{ "title": "Test", "budgets": { "large_table_rows": 1000 } }',
  });
  const alone = await check(cwd, ['--json']);
  expect(alone.code).toBe(1);
  await writeFile(join(cwd, 'plans.json'), alone.stdout);
  const { code, stdout } = await check(cwd, ['--baseline', 'plans.json']);
  expect(stdout).toMatch(
    /^Still failing, as in the baseline \(fails nothing here\):\n {2}REQ-\d+, No Seq Scan, tables > 1 k rows: /m,
  );
  expect(stdout).not.toContain('The check fails');
  expect(code).toBe(0);
});

it('speaks to GitHub Actions, and appends to the job summary', async () => {
  const { code, stdout, summary } = await withoutIndex(async cwd => {
    const file = join(cwd, 'summary.md');
    await writeFile(file, 'of an earlier command\n');
    const env = { GITHUB_ACTIONS: 'true', GITHUB_STEP_SUMMARY: file, GITHUB_WORKSPACE: join(cwd, '..') };
    const outcome = await check(cwd, ['--baseline', 'plans.json'], env);
    return { ...outcome, summary: await readFile(file, 'utf8') };
  });
  expect(code).toBe(1);
  const errors = stdout.split('\n').filter(line => line.startsWith('::error'));
  expect(errors).toHaveLength(1);
  expect(errors[0]).toMatch(
    /^::error file=pgopt-explore-workload-[^/]+\/queries\/01-of-a-customer\.sql,title=Worse than the baseline%3A Orders of a customer::Orders of a customer: WORSE: index scan became sequential scan%0Aorders was read/,
  );
  expect(stdout.match(/^::group::/gm)?.length).toBe(stdout.match(/^::endgroup::$/gm)?.length);
  expect(summary).toMatch(/^of an earlier command\n## Plans: 1 of 2 queries got WORSE/);
  expect(summary).toMatch(
    /^\| 1 \| Orders of a customer \| .* \| .* \| \*\*WORSE: index scan became sequential scan\*\* \|$/m,
  );
  expect(summary).toMatch(/^```diff\n- Index Scan using by_customer on orders\n/m);
});

it('adds the comparison to the JSON, alone on stdout', async () => {
  const { code, stdout, stderr } = await withoutIndex(cwd =>
    check(cwd, ['--json', '--baseline', 'plans.json']),
  );
  expect(code).toBe(1);
  expect(JSON.parse(stdout).comparison).toMatchObject({
    baseline: { file: 'plans.json' },
    worse: true,
    queries: [
      {
        id: '01-of-a-customer',
        status: 'worse',
        remarks: expect.arrayContaining([
          expect.objectContaining({ kind: 'index-to-sequential', sides: ['after'] }),
        ]),
      },
      { id: '02-all' },
    ],
  });
  expect(stderr).toMatch(/^Compared with plans\.json/);
});

it('says what is wrong with a summary that cannot be written, and keeps its verdict', async () => {
  const cwd = await withBaseline();
  const { code, stderr } = await check(cwd, ['--baseline', 'plans.json'], { GITHUB_STEP_SUMMARY: cwd });
  expect(code).toBe(0);
  expect(stderr).toBe(
    'pgopt-explore: cannot write the job summary to GITHUB_STEP_SUMMARY (EISDIR): the log has the result\n',
  );
});

it.each([
  ['is not there', undefined, /^pgopt-explore: cannot read plans\.json: there is no such file: name a file/],
  ['is empty', '', /^plans\.json:1:1: this is not JSON: .*: pass the complete output of `check --json`\n/],
  ['is another document', '{"format":"pgopt-explore/plan"}', /^plans\.json:1:11: this is not a result of/],
  ['is no text', 'x\0', /^pgopt-explore: plans\.json is not text: /],
  [
    'is of another workload',
    '{"format":"pgopt-explore/check","version":1,"queries":[{"id":"x","before":{},"after":{}}]}',
    /^pgopt-explore: plans\.json has no query of this workload: name the baseline of this workload/,
  ],
])('exits 2 before anything starts when the baseline %s', async (_, text, says) => {
  const cwd = await workloadFolder(FILES);
  if (text !== undefined) await writeFile(join(cwd, 'plans.json'), text);
  // Nothing listens there: a connection would be the error.
  const { code, stdout, stderr } = await check(cwd, ['--baseline', 'plans.json'], { PGPORT: '1' });
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toMatch(says);
});
