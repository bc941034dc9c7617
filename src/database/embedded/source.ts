/** Where the programs of a major come from: with ours, from the cache, from the machine, from the npm registry. */
import { join } from 'node:path';
import { PgoptError } from '../../errors.ts';
import type { Account } from './account.ts';
import { keptCopies } from './binaries.ts';
import type { Surroundings } from './command.ts';
import { findInstalled, foldersOfPgConfig, runsMajor, usualFolders } from './installed.ts';
import type { Layout } from './layout.ts';
import { type LockedPackage, lockedPackage } from './locked.ts';
import { type Major, OWN_MAJOR } from './major.ts';
import type { EmbeddedServerOptions } from './options.ts';
import { findBinariesPackage } from './package.ts';

export type Source =
  /** The root of a binaries package: of npm's, or its copy in the cache. */
  | { readonly kind: 'package'; readonly root: string }
  /** The folder of programs that the system or the user maintains. */
  | { readonly kind: 'installed'; readonly folder: string }
  | { readonly kind: 'fetch'; readonly locked: LockedPackage };

/** Looks, and makes nothing. @throws PgoptError embedded-no-binary, embedded-no-major. */
export async function chooseSource(
  options: EmbeddedServerOptions,
  layout: Layout,
  account: Account | undefined,
  platform: string,
): Promise<Source> {
  const { env } = options;
  const { major, home } = layout;
  const arch = options.arch ?? process.arch;
  if (options.packageRoot !== undefined) return { kind: 'package', root: options.packageRoot };
  if (major === OWN_MAJOR) return { kind: 'package', root: findBinariesPackage(platform, arch) };

  const surroundings: Surroundings = { account, folder: '/', env, platform };
  const kept = await keptCopies(home);
  for (const root of kept) {
    if (await runsMajor(join(root, 'native', 'bin'), major, surroundings)) return { kind: 'package', root };
  }
  const folder =
    (await findInstalled(major, options.installed ?? usualFolders(major, env, platform), surroundings)) ??
    (options.installed === undefined
      ? await findInstalled(major, await foldersOfPgConfig(surroundings), surroundings)
      : undefined);
  if (folder !== undefined) return { kind: 'installed', folder };
  // Fetching it once more would end as it did before.
  if (kept[0] !== undefined) throw doesNotRun(major, kept[0]);
  const locked = lockedPackage(major, platform, arch);
  if (locked !== undefined) return { kind: 'fetch', locked };
  throw new PgoptError(
    'embedded-no-major',
    `PostgreSQL ${major} is not on this machine, and there is none to fetch for ${platform}-${arch}`,
    { next: `install PostgreSQL ${major} from your system’s packages` },
  );
}

export function doesNotRun(major: Major, root: string): PgoptError {
  return new PgoptError('embedded-no-major', `the PostgreSQL in ${root} does not run on this system`, {
    next: `install PostgreSQL ${major} from your system’s packages, or delete that folder to fetch it again`,
  });
}
