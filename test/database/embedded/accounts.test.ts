import { spawnSync } from 'node:child_process';
import {
  chmod,
  chown,
  cp,
  lstat,
  mkdir,
  readdir,
  readFile,
  readlink,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { expect, it } from 'vitest';
import { type Account, chooseAccount, serverAccount } from '../../../src/database/embedded/account.ts';
import { layoutOf } from '../../../src/database/embedded/layout.ts';
import { findBinariesPackage } from '../../../src/database/embedded/package.ts';
import { cacheWithCluster, isRoot, newCache, newFolder, query, serverIn, start } from './caches.ts';
import { bundleExplorer, explore } from './explorer.ts';

bundleExplorer();

const packageRoot = findBinariesPackage(process.platform, process.arch);

/** An account of this machine that is neither root nor runs the server; undefined when we may not become it. */
async function someUser(): Promise<Account | undefined> {
  if (!isRoot) return undefined;
  const taken = (await serverAccount(0))?.name;
  const passwd = await readFile('/etc/passwd', 'utf8');
  const line = passwd
    .split('\n')
    .find(text => !/^(root|nobody|postgres|_postgres):/.test(text) && !text.startsWith(`${taken}:`));
  const [name = '', , uid, gid] = (line ?? '').split(':');
  return { name, uid: Number(uid), gid: Number(gid) };
}

/** Copies the binaries package as `npm ci --ignore-scripts` leaves it: without the libraries' links. */
async function packageWithoutLinks(to: string): Promise<void> {
  await cp(packageRoot, to, {
    recursive: true,
    filter: async path => !path.endsWith('.a') && !(await lstat(path)).isSymbolicLink(),
  });
}

it('runs the server as another account than root', async () => {
  const cacheRoot = await newCache();
  const server = await start(cacheRoot);
  const status = await readFile(`/proc/${await serverIn(cacheRoot)}/status`, 'utf8');
  const uid = Number(/^Uid:\s*(\d+)/m.exec(status)?.[1]);
  expect(uid).not.toBe(0);
  expect(uid).toBe((await serverAccount(process.getuid?.()))?.uid ?? process.getuid?.());
  // And with none of root's groups.
  if (isRoot) expect(/^Groups:[ \t]*(.*)$/m.exec(status)?.[1]?.trim()).toBe('');
  await server.release();
});

it('keeps other accounts out: another account finds no way, and without the password there is none', async () => {
  const cacheRoot = await cacheWithCluster();
  const server = await start(cacheRoot);
  const { host, port, password, ...who } = server.settings;
  for (const wrong of [undefined, '', 'guess']) {
    const client = new pg.Client({ host, port, ...who, ...(wrong === undefined ? {} : { password: wrong }) });
    await expect(client.connect()).rejects.toThrow(/password/);
  }
  // What an account can do is found out by becoming it: the server's own, and a stranger who knows the password.
  const socket = join(host, `.s.PGSQL.${port}`);
  const knock = (account: Account | undefined): string => {
    const program = `require('net').connect(process.argv[1]).on('connect', () => { console.log('in'); process.exit(); }).on('error', e => console.log(e.code))`;
    const run = spawnSync(process.execPath, ['-e', program, socket], {
      cwd: '/',
      encoding: 'utf8',
      ...(account === undefined ? {} : { uid: account.uid, gid: account.gid }),
    });
    return run.stdout.trim();
  };
  expect(knock(await serverAccount(process.getuid?.()))).toBe('in');
  const stranger = await someUser();
  expect(stranger === undefined).toBe(!isRoot);
  if (stranger !== undefined) expect(knock(stranger)).toBe('EACCES');
  expect(await listeningPorts(await serverIn(cacheRoot))).toEqual([]);
  await server.release();
});

it('listens on 127.0.0.1 alone, with the password, where there are no Unix sockets', async () => {
  const cacheRoot = await cacheWithCluster();
  const server = await start(cacheRoot, { transport: 'tcp' });
  const { host, port } = server.settings;
  expect(host).toBe('127.0.0.1');
  // 127.0.0.1 as the kernel writes it.
  const address = `0100007F:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  expect(await listeningPorts(await serverIn(cacheRoot))).toEqual([address]);
  await expect(query({ ...server.settings, password: 'guess' }, 'SELECT 1')).rejects.toThrow(/password/);
  const second = await start(cacheRoot, { transport: 'tcp' });
  expect(second).toMatchObject({ adopted: true, settings: server.settings });
  await second.release();
  expect(await server.release()).toEqual({ stopped: true });
});

/** The TCP addresses on which a process listens, as /proc/net/tcp writes them. */
async function listeningPorts(processId: number | undefined): Promise<string[]> {
  const names = await readdir(`/proc/${processId}/fd`);
  const own = await Promise.all(names.map(name => readlink(`/proc/${processId}/fd/${name}`).catch(() => '')));
  const tables = await Promise.all(
    ['tcp', 'tcp6'].map(table => readFile(`/proc/net/${table}`, 'utf8').catch(() => '')),
  );
  return tables
    .join('\n')
    .split('\n')
    .flatMap(line => {
      const [, local, , state, , , , , , inode] = line.trim().split(/\s+/);
      return state === '0A' && own.includes(`socket:[${inode}]`) ? [local ?? ''] : [];
    });
}

it('works when the clone and HOME are closed to other accounts', async () => {
  const closed = await newFolder();
  await chmod(closed, 0o700);
  const clone = join(closed, 'node_modules', 'binaries');
  await packageWithoutLinks(clone);
  const cacheRoot = await newCache();
  const explorer = explore({ cacheRoot, packageRoot: clone, env: { HOME: closed } });
  const { settings } = await explorer.wait('ready');
  expect(await query(settings, 'SELECT 1 AS n')).toEqual([{ n: 1 }]);
  const copies = (await readdir(layoutOf(cacheRoot).home)).filter(name => name.startsWith('binaries-'));
  expect(copies).toHaveLength(isRoot ? 1 : 0);
  expect(await explorer.leave()).toEqual({ stopped: true });
});

it('makes the links that an installation without scripts lacks, or a copy where it may not', async () => {
  const clone = join(await newFolder(), 'binaries');
  await packageWithoutLinks(clone);
  const server = await start(await newCache(), { packageRoot: clone });
  expect(await query(server.settings, 'SELECT 1 AS n')).toEqual([{ n: 1 }]);
  await server.release();
  const links = JSON.parse(await readFile(join(clone, 'native', 'pg-symlinks.json'), 'utf8'));
  const made = await Promise.all(links.map((link: { target: string }) => lstat(join(clone, link.target))));
  expect(made.map(link => link.isSymbolicLink())).not.toContain(false);
  for (const link of links) await rm(join(clone, link.target));

  // Another account's installation.
  const user = await someUser();
  const cacheRoot = await newCache();
  if (user !== undefined) await chown(cacheRoot, user.uid, user.gid);
  if (user === undefined) await chmod(join(clone, 'native', 'lib'), 0o555);
  const explorer = explore({ cacheRoot, packageRoot: clone, account: user });
  await explorer.wait('ready');
  expect(await readdir(layoutOf(cacheRoot).home)).toContainEqual(expect.stringMatching(/^binaries-15\./));
  expect(await explorer.leave()).toEqual({ stopped: true });
  await chmod(join(clone, 'native', 'lib'), 0o755);
});

it('works for a normal user, in the cache folder that the environment names', async () => {
  const home = await newCache();
  const user = await someUser();
  if (user !== undefined) await chown(home, user.uid, user.gid);
  const open = join(await newFolder(), 'binaries');
  await packageWithoutLinks(open);
  const explorer = explore({ account: user, packageRoot: open, env: { PGOPT_EXPLORE_CACHE: home } });
  const { dataDirectory } = await explorer.wait('ready');
  expect(dataDirectory).toBe(layoutOf(home).dataDirectory);
  expect((await lstat(join(home, 'pgopt-explore'))).mode & 0o777).toBe(0o700);
  expect((await lstat(dataDirectory)).uid).toBe(user?.uid ?? process.getuid?.());
  expect(await explorer.leave()).toEqual({ stopped: true });
});

it('does not use a cache that belongs to another account, or that it links elsewhere', async () => {
  const user = await someUser();
  const cacheRoot = await newCache();
  const elsewhere = await newFolder();
  await symlink(elsewhere, join(cacheRoot, 'pgopt-explore'));
  if (user === undefined) {
    // No other account to run as; our own link is ours to make.
    await (await start(cacheRoot)).release();
    expect(await readdir(elsewhere)).toEqual(['postgresql-15']);
    return;
  }
  await chownLink(join(cacheRoot, 'pgopt-explore'), user);
  await expect(start(cacheRoot)).rejects.toMatchObject({ code: 'embedded-no-permission' });
  expect(await readdir(elsewhere)).toEqual([]);
  const closed = explore({ account: user, cacheRoot: '/root/.cache' });
  expect(await closed.wait('error')).toMatchObject({ code: 'embedded-no-permission' });
});

async function chownLink(path: string, { uid, gid }: Account): Promise<void> {
  const { lchown } = await import('node:fs/promises');
  await lchown(path, uid, gid);
}

it('says which folder keeps the server out, as root', async () => {
  const closed = await newFolder();
  await chmod(closed, 0o700);
  const started = start(join(closed, 'cache'));
  if (!isRoot) {
    expect(await (await started).release()).toEqual({ stopped: true });
    return;
  }
  await expect(started).rejects.toMatchObject({
    code: 'embedded-no-permission',
    message: expect.stringMatching(
      new RegExp(`^the account \\S+, which runs PostgreSQL for root, cannot pass through ${closed}$`),
    ),
  });
});

it('finds a short private place for the socket when the cache is deep', async () => {
  const cacheRoot = join(await newCache(), 'deep'.repeat(30));
  await mkdir(cacheRoot);
  await chmod(cacheRoot, 0o755);
  await writeFile(join(cacheRoot, 'mark'), '');
  const server = await start(cacheRoot);
  const found = await lstat(server.settings.host);
  expect(server.settings.host.startsWith(cacheRoot)).toBe(false);
  expect(found.mode & 0o777).toBe(0o700);
  expect(found.uid).toBe((await serverAccount(process.getuid?.()))?.uid ?? process.getuid?.());
  const second = await start(cacheRoot);
  expect(second).toMatchObject({ adopted: true, settings: server.settings });
  await second.release();
  await server.release();
  await rm(server.settings.host, { recursive: true });
});

it('chooses an account that is there, and never root by another name', () => {
  const line = (name: string, uid: string): string => `${name}:x:${uid}:${uid}::/:/bin/false`;
  expect(
    chooseAccount([line('root', '0'), line('nobody', '65534'), line('postgres', '101')].join('\n')),
  ).toMatchObject({
    name: 'postgres',
    uid: 101,
  });
  expect(chooseAccount(line('nobody', '-2'))).toEqual({ name: 'nobody', uid: 4294967294, gid: 4294967294 });
  expect(chooseAccount([line('postgres', '0'), line('nobody', '99')].join('\n'))).toMatchObject({
    name: 'nobody',
  });
  expect(chooseAccount('')).toBeUndefined();
});
