/** libpq's ssl* parameters → options of Node's TLS. Read before connecting, so that a bad file is reported as such. */
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import tls, { type ConnectionOptions } from 'node:tls';
import { PgoptError } from '../base/errors.ts';
import type { SslMode, TlsSettings } from './connectionSettings.ts';
import type { Parameters } from './parameters.ts';

const MODES: readonly string[] = ['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full'];

interface TlsFound {
  /** undefined for a plain connection. */
  readonly tls: TlsSettings | undefined;
  readonly warnings: readonly string[];
}

/**
 * @param given sslmode, sslrootcert, sslcert, sslkey.
 * @throws PgoptError 'usage' for an unknown mode, and for a named or needed file that is missing or unsafe.
 */
export async function tlsSettings(given: Parameters, homeFolder: string): Promise<TlsFound> {
  const system = given.sslrootcert === 'system';
  const mode = modeOf(given.sslmode ?? (system ? 'verify-full' : 'prefer'), system);
  if (mode === 'disable') return { tls: undefined, warnings: [] };
  const folder = join(homeFolder, '.postgresql');
  const options: ConnectionOptions = {};
  const warnings: string[] = [];
  const ca = system ? systemRoots() : await rootCertificate(given, folder, mode);
  if (ca !== undefined) options.ca = ca;
  // With a root certificate libpq verifies the chain in every mode, and the name in verify-full only.
  options.rejectUnauthorized = system || ca !== undefined;
  if (mode !== 'verify-full') options.checkServerIdentity = () => undefined;
  try {
    Object.assign(options, await clientCertificate(given, folder));
  } catch (error) {
    // Unless TLS was requested, an unusable file in the home folder must not prevent the connection.
    const insists = mode !== 'allow' && mode !== 'prefer';
    if (insists || given.sslcert !== undefined || !(error instanceof PgoptError)) throw error;
    warnings.push(`the client certificate is not used: ${error.message}`);
  }
  return { tls: { mode, options }, warnings };
}

function modeOf(mode: string, system: boolean): SslMode {
  if (!MODES.includes(mode)) {
    const next =
      mode === 'no-verify'
        ? 'write require, which encrypts and verifies nothing'
        : `write ${MODES.join(', ')}`;
    throw new PgoptError('usage', `sslmode ${JSON.stringify(mode)} is not known`, { next });
  }
  // A public authority certifies every applicant: without the name a certificate proves nothing.
  if (system && mode !== 'verify-full')
    throw new PgoptError('usage', `sslmode=${mode} is too weak for sslrootcert=system`, {
      next: 'use sslmode=verify-full',
    });
  return mode as SslMode;
}

/** The machine's own authorities if this Node can read them, else Node's own (undefined). */
function systemRoots(): string[] | undefined {
  const { getCACertificates } = tls as { getCACertificates?: (type: string) => string[] };
  return getCACertificates?.('system');
}

async function rootCertificate(
  given: Parameters,
  folder: string,
  mode: SslMode,
): Promise<string | undefined> {
  const file = given.sslrootcert ?? join(folder, 'root.crt');
  const text = await textOf(file, 'root certificate');
  if (text !== undefined) return text;
  if (given.sslrootcert === undefined && !mode.startsWith('verify')) return undefined;
  throw new PgoptError('usage', `the root certificate ${file} does not exist`, {
    next: 'name the authority’s certificate in sslrootcert, or sslrootcert=system for public authorities',
  });
}

async function clientCertificate(given: Parameters, folder: string): Promise<ConnectionOptions> {
  const certificate = given.sslcert ?? join(folder, 'postgresql.crt');
  const cert = await textOf(certificate, 'client certificate');
  if (cert === undefined) {
    if (given.sslcert === undefined) return {};
    throw new PgoptError('usage', `the client certificate ${certificate} does not exist`, {
      next: 'correct sslcert',
    });
  }
  const file = given.sslkey ?? join(folder, 'postgresql.key');
  const key = await textOf(file, 'private key');
  if (key === undefined)
    throw new PgoptError('usage', `the private key ${file} does not exist`, {
      next: `name the key of ${certificate} in sslkey`,
    });
  await refuseOpenKey(file);
  return { cert, key };
}

/** Like libpq: no other user may read the user's key; a group may read one of root's. */
async function refuseOpenKey(file: string): Promise<void> {
  if (process.platform === 'win32') return;
  const { mode, uid } = await stat(file);
  if ((mode & (uid === 0 ? 0o037 : 0o077)) === 0) return;
  throw new PgoptError('usage', `others may read the private key ${file}`, { next: `chmod 600 ${file}` });
}

/** undefined when the file does not exist. */
async function textOf(file: string, what: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw new PgoptError('usage', `the ${what} ${file} cannot be read (${code})`, {
      next: 'correct the rights of the file, or name another',
    });
  }
}
