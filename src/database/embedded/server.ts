/** The embedded server: a real PostgreSQL 15 in the user's cache, shared by all explorers and stopped by the last. */
import { realpath } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { PgoptError } from '../../errors.ts';
import type { ConnectionSettings } from '../types.ts';
import { serverAccount } from './account.ts';
import { binariesIn } from './binaries.ts';
import { cacheRoot } from './cacheRoot.ts';
import { clusterExists, createCluster, OWNER, sweep } from './cluster.ts';
import { startFailure } from './failure.ts';
import { configure, launch } from './launch.ts';
import { layoutOf, makeFolders } from './layout.ts';
import { type Lease, takeLease } from './lease.ts';
import { lookAtMachine } from './machine.ts';
import { findBinariesPackage } from './package.ts';
import { keepPassword } from './password.ts';
import { stopPostmaster } from './postmaster.ts';
import { readPostmasterFile } from './postmasterFile.ts';

export interface EmbeddedServerOptions {
  /** The folder that holds the cache; without it the environment and the platform decide. */
  readonly cacheRoot?: string;
  /** Throw the cluster away and make a new one; an error while somebody else uses it. */
  readonly fresh?: boolean;
  readonly env: NodeJS.ProcessEnv;
  readonly signal?: AbortSignal;
  /** Told what is being done, in a few words, before anything that can take longer than a blink. */
  onStep?(message: string): void;
  /** Node's names; the process's own by default. */
  readonly platform?: string;
  readonly arch?: string;
  /** How long the server may take to answer, ms; a minute by default. */
  readonly timeoutMs?: number;
}

export interface EmbeddedServer {
  /** A superuser on the database `postgres`. */
  readonly settings: ConnectionSettings;
  /** Whether the server was running already. */
  readonly adopted: boolean;
  readonly serverVersion: string;
  readonly dataDirectory: string;
  /** Leaves the server, and stops it when nobody else uses it. Close your own connections first. */
  release(): Promise<{ stopped: boolean }>;
}

export async function startEmbeddedServer(options: EmbeddedServerOptions): Promise<EmbeddedServer> {
  const platform = options.platform ?? process.platform;
  const account = await serverAccount(process.getuid?.());
  const binaries = binariesIn(findBinariesPackage(platform, options.arch ?? process.arch), platform);
  const layout = layoutOf(options.cacheRoot ?? cacheRoot(options.env, platform, account !== undefined));
  await makeFolders(layout, account);
  const surroundings = { account, folder: layout.server, env: options.env, platform };
  const password = await keepPassword(layout.password);
  const settings = { host: layout.socketFolder, port: 5432, user: OWNER, database: 'postgres', password };
  const owns = async (directory: string): Promise<boolean> =>
    (await realpath(directory).catch(() => directory)) === (await realpath(layout.dataDirectory));
  const deadline = Date.now() + (options.timeoutMs ?? 60_000);
  let launched: Awaited<ReturnType<typeof launch>> | undefined;
  while (Date.now() < deadline) {
    const lease = await takeLease(settings, 'shared', owns);
    if (typeof lease === 'object') {
      return {
        settings,
        adopted: launched === undefined,
        serverVersion: lease.serverVersion,
        dataDirectory: layout.dataDirectory,
        release: () => release(lease, layout.dataDirectory),
      };
    }
    if (lease === 'absent' && launched === undefined) {
      if (!(await clusterExists(layout.dataDirectory))) {
        options.onStep?.('making the database');
        await sweep(layout, surroundings);
        await createCluster(binaries, layout, surroundings, password, { signal: options.signal });
      }
      options.onStep?.('starting PostgreSQL');
      await configure(layout, await lookAtMachine(platform), { kind: 'socket', folder: layout.socketFolder });
      launched = await launch(binaries, layout, surroundings);
    }
    const said = await launched?.ended();
    if (said !== undefined) throw startFailure('starting the database', said, layout.root);
    await sleep(10);
  }
  throw new PgoptError('embedded-start-failed', 'the embedded database did not answer in time');
}

async function release(lease: Lease, dataDirectory: string): Promise<{ stopped: boolean }> {
  const last = await lease.becomeLast();
  if (last) {
    const file = await readPostmasterFile(dataDirectory);
    if (file !== undefined) await stopPostmaster(file.processId, 30_000);
  }
  await lease.close();
  return { stopped: last };
}
