/** libpq's ssl* parameters → what Node's TLS needs. Read before anything is connected: a bad file has no server to blame. */
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import tls, { type ConnectionOptions } from 'node:tls';
import { PgoptError } from '../base/errors.ts';
import type { Parameters } from './parameters.ts';
import type { SslMode, TlsSettings } from './proposalObject.ts';

const MODES: readonly string[] = ['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full'];

interface TlsFound {
  /** undefined for a plain connection. */
  readonly tls: TlsSettings | undefined;
  readonly warnings: readonly string[];
}

/**
 * @param given sslmode, sslrootcert, sslcert, sslkey.
 * @throws PgoptError 'usage' for a mode that is none, and for a file that is named or needed and will not do.
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
    // Without an explicit wish for TLS, a leftover in the home folder must not refuse the connection.
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
  // A public authority gives a certificate to every applicant: without the name it proves nothing.
  if (system && mode !== 'verify-full')
    throw new PgoptError('usage', `sslmode=${mode} is too weak for sslrootcert=system`, {
      next: 'use sslmode=verify-full',
    });
  return mode as SslMode;
}

/** The machine's own authorities where this Node can read them, else those that Node brings (undefined). */
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

/** As libpq: the user's own key is for the user alone; one of root's may be read by a group. */
async function refuseOpenKey(file: string): Promise<void> {
  if (process.platform === 'win32') return;
  const { mode, uid } = await stat(file);
  if ((mode & (uid === 0 ? 0o037 : 0o077)) === 0) return;
  throw new PgoptError('usage', `others may read the private key ${file}`, { next: `chmod 600 ${file}` });
}

/** undefined when it is not there. */
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
