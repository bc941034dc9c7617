/**
 * Leases of the server. Each explorer holds a shared advisory lock on a connection of its own, so that the server
 * itself knows: a killed explorer's lock ends with its connection, and there is no count to go wrong. A process that can take the
 * lock alone is the last, and keeps newcomers out while it stops the server.
 */
import type pg from 'pg';
import { type Client, makeClient } from '../client.ts';
import type { ConnectionSettings } from '../proposalObject.ts';
import { errnoOf } from './sweep.ts';

/** Any number will do, as long as each version of the explorer uses the same: 'pgop' in ASCII. */
const LOCK = 0x70676f70;

const CONNECT_TIMEOUT_MS = 3000;

/** Why there is no lease: the caller decides whether to wait, to start a server or to give up. */
export type NoLease =
  /** No server listens. */
  | 'absent'
  /** It is starting, recovering or stopping. */
  | 'busy'
  /** Another explorer holds the lock: alone, to stop the server; or, if we want it alone, to use it. */
  | 'taken'
  /** It took the connection and never answered. */
  | 'silent'
  /** It does not know this password. */
  | 'refused'
  /** It is another data directory's server. */
  | 'foreign';

export interface Lease {
  readonly serverVersion: string;
  /** False once the connection is gone, and the lock with it. */
  held(): boolean;
  /** Gives up the shared lock and takes it alone: true when no other explorer has it. Keeps the connection. */
  becomeLast(): Promise<boolean>;
  close(): Promise<void>;
}

/**
 * Connects and takes the lock.
 * @param mode 'shared' to use the server, 'alone' to stop it.
 * @param owns Whether a data directory, as the server names it, is the one that is meant.
 */
export async function takeLease(
  settings: ConnectionSettings,
  mode: 'shared' | 'alone',
  owns: (dataDirectory: string) => Promise<boolean>,
): Promise<Lease | NoLease> {
  const client = makeClient(settings, false, {
    application_name: 'pgopt-explore',
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    keepAlive: true,
  });
  let held = false;
  // Without a listener a lost connection would end the process; and its end is the end of the lease, no more.
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
    if (!(await owns(row.directory))) return await leave(client, 'foreign');
    if (!row.taken) return await leave(client, 'taken');
    held = true;
    // Holding a lease is no reason for the process to stay.
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
        // One statement, in this order: the lock must be free of ourselves before we try to have it alone.
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
  // A server that does not answer doesn't answer a goodbye either.
  if (reason === 'silent') client.end().catch(() => undefined);
  else await client.end().catch(() => undefined);
  return reason;
}

function reasonOf(error: unknown): NoLease {
  const code = errnoOf(error) ?? '';
  // EACCES: a socket in a folder that is not ours can't be our server's.
  if (['ENOENT', 'ECONNREFUSED', 'EACCES', 'ENOTDIR'].includes(code)) return 'absent';
  // 28P01 wrong password, 28000 no such role or no way in, 3D000 no database: not the cluster we made.
  if (['28P01', '28000', '3D000'].includes(code)) return 'refused';
  if (error instanceof Error && error.message.includes('timeout')) return 'silent';
  // 57P03 starting up or shutting down, 57P01 terminated, 53300 too many, a connection reset in between.
  return 'busy';
}
