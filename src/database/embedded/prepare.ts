/** Gets one cache ready to be used: account, folders, programs, password, socket folder. */

import { PgoptError } from '../../errors.ts';
import { type Account, serverAccount } from './account.ts';
import { prepareBinaries } from './binaries.ts';
import { cacheRoot } from './cacheRoot.ts';
import { type Layout, layoutOf, makeFolders } from './layout.ts';
import { freeBytes } from './machine.ts';
import type { EmbeddedServerOptions } from './options.ts';
import { findBinariesPackage } from './package.ts';
import { firstClosedFolder } from './passable.ts';
import { keepPassword } from './password.ts';
import type { Site } from './site.ts';
import { chooseSocketFolder } from './socketFolder.ts';

/** @throws PgoptError, or an error of the file system. */
export async function prepareSite(options: EmbeddedServerOptions, layout: Layout): Promise<Site> {
  const { env } = options;
  const platform = options.platform ?? process.platform;
  const packageRoot = options.packageRoot ?? findBinariesPackage(platform, options.arch ?? process.arch);
  const account = await serverAccount(process.getuid?.());
  if (account !== undefined) await checkWayTo(layout, account);
  await makeFolders(layout, account);
  const binaries = await prepareBinaries(packageRoot, layout, account, platform);
  const transport = options.transport ?? (platform === 'win32' ? 'tcp' : 'socket');
  return {
    platform,
    account,
    layout,
    binaries,
    surroundings: { account, folder: layout.server, env, platform },
    password: await keepPassword(layout.password, options.fresh === true),
    socketFolder: transport === 'tcp' ? undefined : await chooseSocketFolder(layout, account, env, platform),
    freeBytes: options.freeBytes ?? freeBytes,
  };
}

/** The paths for these options: made nowhere yet. */
export function layoutFor(options: EmbeddedServerOptions): Layout {
  const platform = options.platform ?? process.platform;
  return layoutOf(options.cacheRoot ?? cacheRoot(options.env, platform, process.getuid?.() === 0));
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
