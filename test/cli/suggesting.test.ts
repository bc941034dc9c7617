/** The search's own sessions: what becomes of them when their connection is lost, and what is written. */
import { readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import type { Io } from '../../src/cli/io.ts';
import { searchDatabase, suggesting } from '../../src/cli/suggesting.ts';
import { EMBEDDED_TIMEOUTS } from '../../src/session/options.ts';
import { proposalFromText } from '../../src/workload/write.ts';
import { cacheWithCluster } from '../database/embedded/caches.ts';
import { type TestDatabase, testDatabase } from '../helpers/database.ts';
import { makeWorkload } from '../helpers/workload.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase('suggesting', [
    'CREATE TABLE sale (id int PRIMARY KEY, kind text, amount int)',
    "INSERT INTO sale SELECT g, CASE g % 2 WHEN 0 THEN 'a' ELSE 'b' END, g FROM generate_series(1, 1000) g",
    'ANALYZE sale',
  ]);
});
afterAll(() => database.drop());

const texts = {
  queries: { sums: 'SELECT kind, sum(amount) AS total FROM sale GROUP BY kind ORDER BY kind' },
  proposals: {},
};
const OTHERS =
  "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND application_name LIKE 'pgopt-explore%'";

it('says that the connection was lost, and gives no answer without what it knew', async () => {
  const { settings, link } = database;
  const place = { settings, timeouts: EMBEDDED_TIMEOUTS, role: undefined, writeCost: false };
  const given = {
    workload: await makeWorkload(texts),
    budgetMs: 60_000,
    signal: new AbortController().signal,
    onStep: () => undefined,
  };
  let terminated: Promise<unknown> | undefined;
  // The search goes on to its lens until it hears of the loss.
  const io = { env: { ...process.env, PGOPT_EXPLORE_CACHE: await cacheWithCluster() } } as unknown as Io;
  const search = searchDatabase(place, given, io, event => {
    if (event.type === 'build:finished')
      terminated ??= link.query(`SELECT pg_terminate_backend(pid) ${OTHERS}`);
  });
  await expect(search).rejects.toMatchObject({ code: 'connection-lost' });
  await terminated;
  expect(await link.query(`SELECT 1 ${OTHERS}`)).toEqual([]);
});

it('writes a new workload, or into the person’s own, and never into the program’s', async () => {
  const folder = join(tmpdir(), `pgopt-explore-suggesting-${process.pid}`);
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const workload = await makeWorkload(texts);
  const proposal = await proposalFromText('CREATE INDEX i ON sale (kind)', undefined, new Set());
  const [query] = workload.queries;
  if (query === undefined) throw new Error('there is one');
  const rewrite = { id: 'i', needs: ['i'], sql: 'SELECT 1', text: 'SELECT 1;\n', file: 'x/sums@i.sql' };
  const suggestion = {
    proposal,
    rewrites: [{ ...rewrite, query: query.id }],
    queries: [query.id],
    bytes: undefined,
    productionBytes: 0,
    refreshMs: undefined,
    productionRefreshMs: undefined,
    concurrently: false,
    dated: false,
    tied: false,
    opened: [],
  };
  const io = { cwd: () => tmpdir() } as Io;
  const part = (own: string | undefined) =>
    suggesting({ lens: undefined, target: () => undefined, budgetMs: 1, folder: own }, io);
  const demo = part(undefined);
  await expect(demo.save(workload, [suggestion], undefined)).rejects.toMatchObject({
    code: 'workload-unwritable',
    next: 'S, then w writes a new folder',
  });
  await demo.save(workload, [suggestion], folder);
  expect((await readdir(join(folder, 'queries'))).sort()).toEqual(['sums.sql', 'sums@i.sql']);
  await expect(demo.save(workload, [suggestion], folder)).rejects.toMatchObject({ code: 'folder-taken' });
  await expect(part(folder).save(workload, [suggestion], undefined)).rejects.toMatchObject({
    message: expect.stringMatching(/schema\/proposals\/i\.sql, queries\/sums@i\.sql are in .* already/),
  });
});
