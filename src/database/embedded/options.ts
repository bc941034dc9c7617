/** The embedded server's versions and options, and the started server. */
import type { ConnectionSettings } from '../connectionSettings.ts';
import type { Account } from './account.ts';
import type { Install } from './npm.ts';

export const MAJORS = [13, 14, 15, 16, 17, 18] as const;
export type Major = (typeof MAJORS)[number];

/** The version whose binaries the program installs, and that has the demo. */
export const OWN_MAJOR = 15;

export function isMajor(number: number): number is Major {
  return (MAJORS as readonly number[]).includes(number);
}

export interface EmbeddedServerOptions {
  /** Default: the program's own 15. Each has its own folder in the cache. */
  readonly major?: Major;
  /** The folder that holds the cache; default: by environment and platform. */
  readonly cacheRoot?: string;
  /** Replaces the cluster by a new one; an error while another explorer uses it. */
  readonly fresh?: boolean;
  readonly env: NodeJS.ProcessEnv;
  /** Aborting ends the start with PgoptError 'cancelled', and leaves no unused server. */
  readonly signal?: AbortSignal;
  /** Called before each step that a user notices, with a few words about it. */
  onStep?(message: string): void;
  /** Node's names; default: the process's own. */
  readonly platform?: string;
  readonly arch?: string;
  /** Folder of the binaries package; default: found among the installed packages. */
  readonly packageRoot?: string;
  /** Folders to search for an installed PostgreSQL of another major than 15; default: the usual ones. */
  readonly installed?: readonly string[];
  /** How packages are fetched; default: the user's npm. */
  readonly install?: Install;
  /** Default: TCP on 127.0.0.1 for Windows, a Unix socket for other platforms. */
  readonly transport?: 'socket' | 'tcp';
  /** How long the server may take to answer, ms; default 20 s, or 5 min while it reports that it is starting or recovering. */
  readonly timeoutMs?: number;
  /** Free bytes of the file system of a path; default: from the system. */
  readonly freeBytes?: (path: string) => Promise<number>;
}

export interface EmbeddedServer {
  /** A superuser on the database `postgres`. */
  readonly settings: ConnectionSettings;
  /** Whether the server was running already. */
  readonly adopted: boolean;
  readonly serverVersion: string;
  readonly dataDirectory: string;
  /** The owner of its files, if it is not the user. */
  readonly account: Account | undefined;
  /**
   * Releases the server, and stops it when no other explorer uses it. Close your own connections first.
   * @returns Whether it is stopped now. Never rejects; a second call gives the first one's answer.
   */
  release(): Promise<{ stopped: boolean }>;
}
