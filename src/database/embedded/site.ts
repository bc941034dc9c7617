/** Everything about one cache that does not change while we use it: who, where, with which programs. */
import { realpath } from 'node:fs/promises';
import type { ConnectionSettings } from '../types.ts';
import type { Account } from './account.ts';
import type { Binaries } from './binaries.ts';
import type { Surroundings } from './command.ts';
import type { Layout } from './layout.ts';
import type { PostmasterFile } from './postmasterFile.ts';

/** The superuser of the cluster, who owns the demo. */
export const OWNER = 'pgopt';

export interface Site {
  readonly platform: string;
  /** Who runs PostgreSQL when that is not the user. */
  readonly account: Account | undefined;
  readonly layout: Layout;
  readonly binaries: Binaries;
  readonly surroundings: Surroundings;
  readonly password: string;
  /** undefined where the server listens on 127.0.0.1 instead. */
  readonly socketFolder: string | undefined;
  /** What may be written on the file system of a path, bytes. */
  freeBytes(path: string): Promise<number>;
}

/** Where the server is that wrote this file: it may have been started with other settings than ours. */
export function settingsFor(site: Site, file: PostmasterFile): ConnectionSettings {
  const host = file.socketFolder || file.address || site.socketFolder || '127.0.0.1';
  return { host, port: file.port || 5432, user: OWNER, database: 'postgres', password: site.password };
}

/** Whether the data directory that a server tells is the one of this site, whichever way the path is written. */
export async function ownsDirectory(site: Site, directory: string): Promise<boolean> {
  const real = async (path: string): Promise<string> => await realpath(path).catch(() => path);
  return (await real(directory)) === (await real(site.layout.dataDirectory));
}
