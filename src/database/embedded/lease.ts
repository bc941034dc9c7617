/**
 * Leases of the server: each explorer holds a shared advisory lock on its own connection, so a killed one's lock ends.
 * A process that gets the lock exclusively is the last one, and keeps others out while it stops the server.
 */

import type pg from 'pg';
import { errnoOf } from '../../base/fileErrors.ts';
import { type Client, makeClient } from '../client.ts';
import { ownsDirectory, type Site, settingsFor } from './layout.ts';
import type { PostmasterFile } from './postmaster.ts';

/** Any number, as long as all versions of the explorer use the same: 'pgop' in ASCII. */
const LOCK = 0x70676f70;

const CONNECT_TIMEOUT_MS = 3000;

/** Why there is no lease. The caller decides whether to wait, to start a server or to give up. */
export type NoLease =
  /** No server listens. */
  | 'absent'
  /** It is starting, recovering or stopping. */
  | 'busy'
  /** Another explorer holds the lock: alone, to stop the server; or shared, if we want it alone. */
  | 'taken'
  /** It accepted the connection and never answered. */
  | 'silent'
  /** It refuses this password. */
  | 'refused'
  /** It is another data directory's server. */
  | 'foreign';

export interface Lease {
  readonly serverVersion: string;
  /** False once the connection is gone, and the lock with it. */
  held(): boolean;
  /** Exchanges the shared lock for the exclusive one: true when no other explorer has it. Keeps the connection. */
  becomeLast(): Promise<boolean>;
  close(): Promise<void>;
}

/**
 * Connects to the server that wrote `file`, and takes the lock.
 * @param mode 'shared' to use the server, 'alone' to stop it.
 */
export async function takeLease(
  site: Site,
  file: PostmasterFile,
  mode: 'shared' | 'alone',
): Promise<Lease | NoLease> {
  const client = makeClient(settingsFor(site, file), false, {
    application_name: 'pgopt-explore',
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    keepAlive: true,
  });
  let held = false;
  // Without a listener a lost connection would end the process; it only ends the lease.
  client.on('error', () => {
    held = false;
  });
  client.on('end', () => {
    held = false;
  });
  try {
    await client.connect();
    const take = mode === 'shared' ? 'pg_try_advisory_lock_shared' : 'pg_try_advisory_lock';
    const answer = await client.query<{ taken: boolean; directory: string; version: string }>(
      `SELECT ${take}($1) AS taken, current_setting('data_directory') AS directory,
              current_setting('server_version') AS version`,
      [LOCK],
    );
    const row = answer.rows[0];
    if (row === undefined) throw new Error('the server sent no row');
    if (!(await ownsDirectory(site, row.directory))) return await leave(client, 'foreign');
    if (!row.taken) return await leave(client, 'taken');
    held = true;
    // The lease must not keep the process alive.
    client.unref();
    return leaseOn(client, row.version, () => held);
  } catch (error) {
    return await leave(client, reasonOf(error));
  }
}

function leaseOn(client: Client, serverVersion: string, held: () => boolean): Lease {
  return {
    serverVersion,
    held,
    async becomeLast() {
      client.ref();
      const answer = await client.query<{ alone: boolean }>(
        // One statement, in this order: we must release our own lock before we try to get it exclusively.
        `SELECT CASE WHEN pg_advisory_unlock_shared($1) THEN pg_try_advisory_lock($1) ELSE false END AS alone`,
        [LOCK],
      );
      return answer.rows[0]?.alone === true;
    },
    async close() {
      client.ref();
      await client.end().catch(() => undefined);
    },
  };
}

async function leave(client: pg.Client, reason: NoLease): Promise<NoLease> {
  // A silent server does not answer a goodbye either.
  if (reason === 'silent') client.end().catch(() => undefined);
  else await client.end().catch(() => undefined);
  return reason;
}

function reasonOf(error: unknown): NoLease {
  const code = errnoOf(error) ?? '';
  // EACCES: a socket in another account's folder cannot be our server's.
  if (['ENOENT', 'ECONNREFUSED', 'EACCES', 'ENOTDIR'].includes(code)) return 'absent';
  // 28P01 wrong password, 28000 no such role or no pg_hba entry, 3D000 no database: not the cluster we created.
  if (['28P01', '28000', '3D000'].includes(code)) return 'refused';
  if (error instanceof Error && error.message.includes('timeout')) return 'silent';
  // 57P03 starting up or shutting down, 57P01 terminated, 53300 too many, a connection reset in between.
  return 'busy';
}
