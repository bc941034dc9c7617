/** The built `suggest`: what it finds for the demo, what it writes, and what it leaves behind (nothing). */
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import type { SuggestionDocument } from '../../src/report/suggestion/document.ts';
import { catalogOf } from '../helpers/database.ts';
import { cacheOfFile, SCALE, shopOfFile, untilNobodyWorks } from './caches.ts';
import { runPiped } from './programs.ts';

const cache = cacheOfFile();
const shop = shopOfFile(cache);

it('finds a set for the demo, writes it as a workload that check accepts, and changes nothing', async () => {
  const before = await catalogOf(shop.link);
  const folder = join(tmpdir(), `pgopt-explore-suggested-${process.pid}`);
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const { code, stdout, stderr } = await runPiped({
    cache,
    args: ['suggest', '--scale', SCALE, '--json', '--write', folder],
  });
  expect(stderr).toBe(`wrote ${folder}: ${(await filesIn(folder)).length} files\n`);
  const document = JSON.parse(stdout) as SuggestionDocument;
  expect(document).toMatchObject({ format: 'pgopt-explore/suggestion', complete: true, planned: false });
  const { suggestions, recommended, queries, productionBytes, budgetBytes, effort } = document;
  expect(recommended.length).toBeGreaterThan(0);
  expect(productionBytes).toBeLessThan(budgetBytes);
  const met = queries.every(({ production }) => production.meets && !production.scansLargeTable);
  expect(code).toBe(met ? 0 : 1);
  expect(queries.filter(({ by }) => by.length > 0).length).toBeGreaterThan(3);
  for (const { verdict } of queries) expect(verdict.kind).not.toBe('slower');
  expect(effort.explains).toBeLessThan(500);
  const written = await filesIn(folder);
  for (const { id, rewrites } of suggestions.filter(one => recommended.includes(one.id))) {
    expect(written).toContain(join('schema', 'proposals', `${id}.sql`));
    for (const { query } of rewrites) expect(written).toContain(join('queries', `${query}@${id}.sql`));
  }
  const limits = resolve(import.meta.dirname, '../../schema/workload.json');
  expect(await readFile(join(folder, 'schema', 'workload.json'), 'utf8')).toBe(
    await readFile(limits, 'utf8'),
  );

  const checked = await runPiped({ cache, args: ['check', folder, '--scale', SCALE, '--json'] });
  const check = JSON.parse(checked.stdout);
  expect(check.proposals.map(({ state }: { readonly state: string }) => state)).toEqual(
    recommended.map(() => 'built'),
  );
  for (const { answers } of check.queries)
    for (const { verdict } of answers) expect(verdict).toMatch(/^same/);
  await untilNobodyWorks(shop.link);
  expect(await catalogOf(shop.link)).toBe(before);

  const again = await runPiped({ cache, args: ['suggest', '--scale', SCALE, '--write', folder] });
  expect(again).toMatchObject({ code: 2, stdout: '' });
  expect(again.stderr).toContain('is not empty');
}, 180_000);

const filesIn = async (folder: string): Promise<string[]> =>
  (await readdir(folder, { recursive: true, withFileTypes: true }))
    .filter(entry => entry.isFile())
    .map(entry => join(entry.parentPath, entry.name).slice(folder.length + 1));

it('prints what to create first, and is labeled planned in a lens', async () => {
  const printed = await runPiped({ cache, args: ['lens', '--demo', '--scale', SCALE] });
  const file = join(tmpdir(), `pgopt-explore-suggested-${process.pid}.lens.json`);
  onTestFinished(() => rm(file, { force: true }));
  await writeFile(file, printed.stdout);
  const { stdout } = await runPiped({ cache, args: ['suggest', '--lens', file] });
  expect(stdout).toMatch(/^lens of shop_\S+, PostgreSQL 15\S*: planned, nothing was run/);
  expect(stdout).toMatch(/Planned only: estimates alone also choose indexes/);
  expect(stdout).toMatch(/\d+ EXPLAINs, 0 runs, 0 builds/);
}, 120_000);
