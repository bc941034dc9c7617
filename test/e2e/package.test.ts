import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { plainEnvironment } from '../helpers/terminal.ts';
import { PACKAGE } from './built.ts';
import { cacheOfFile, SCALE } from './caches.ts';
import { startFile } from './programs.ts';

const cache = cacheOfFile();

it('works in an empty folder after installing the packed tarball', { timeout: 180_000 }, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'pgopt-explore-package-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));
  // What `npm test` tells its children about this package would be taken for the new folder's.
  const plain = Object.entries(plainEnvironment(process.env)).filter(([name]) => !name.startsWith('npm_'));
  const env = { ...Object.fromEntries(plain), PGOPT_EXPLORE_CACHE: cache.root };
  const runs = async (file: string, args: readonly string[], cwd = folder) => {
    const outcome = await startFile(file, args, cwd, env).outcome;
    expect(outcome, `${file} ${args.join(' ')}: ${outcome.stderr}`).toMatchObject({ code: 0 });
    return outcome;
  };

  // It is built already, and others run it meanwhile.
  await runs('npm', ['pack', '--ignore-scripts', '--pack-destination', folder], PACKAGE);
  const [tarball = ''] = await readdir(folder);
  expect(tarball).toMatch(/^pgopt-explore-\d+\.\d+\.\d+\.tgz$/);
  await runs('npm', ['install', '--prefer-offline', '--no-audit', '--no-fund', `./${tarball}`]);

  const { version } = (await import('../../package.json', { with: { type: 'json' } })).default;
  expect((await runs('npx', ['pgopt-explore', '--version'])).stdout).toBe(`${version}\n`);
  const { stdout } = await runs('npx', ['pgopt-explore', 'check', '--scale', SCALE]);
  expect(stdout).toMatch(/^6 +Category performance +.* met +measured/m);

  // The tools of development stay at home.
  const installed = await readdir(join(folder, 'node_modules'));
  for (const name of ['vitest', 'typescript', 'tsx', 'esbuild', '@resvg', '@biomejs'])
    expect(installed).not.toContain(name);
  expect((await readdir(join(folder, 'node_modules', 'pgopt-explore'))).sort()).toEqual(
    expect.arrayContaining(['bin', 'dist', 'package.json', 'queries', 'schema']),
  );
});
