/** A PostgreSQL of a test's own: any major, any configuration, on a socket and on a port of 127.0.0.1. */
import type { ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmod, chown, copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ConnectionSettings } from '../../src/database/connectionSettings.ts';
import { type Account, serverAccount } from '../../src/database/embedded/account.ts';
import { runAs, type Surroundings, spawnAs } from '../../src/database/embedded/command.ts';
import { connectTrusted as connect } from '../../src/database/link.ts';
import { copyAll } from './copyCache.ts';
import { madeOnce } from './readyMade.ts';

interface OwnServerOptions {
  /** Folder of initdb and postgres. */
  readonly programs: string;
  /** More for initdb. */
  readonly initdb?: readonly string[];
  readonly configuration?: Readonly<Record<string, string>>;
  /** Lines of pg_hba.conf; the socket is always open to its owner. */
  readonly access?: readonly string[];
  /** Copied into the data directory, readable for the server alone: certificates and keys. */
  readonly files?: readonly string[];
  /** What is done as long as it is a primary; then it starts again as a standby that waits for one. */
  readonly asPrimary?: readonly string[];
}

export interface OwnServer {
  /** Through the socket, as the superuser `owner`. */
  readonly settings: ConnectionSettings;
  readonly port: number;
  readonly dataDirectory: string;
  /** Whom its files belong to, where that is not the user. */
  readonly account: Account | undefined;
  stop(): Promise<void>;
}

export async function startOwnServer(options: OwnServerOptions): Promise<OwnServer> {
  const account = await serverAccount(process.getuid?.());
  const folder = await mkdtemp(join(tmpdir(), 'pgopt-own-'));
  await chmod(folder, 0o711);
  const own = join(folder, 's');
  await mkdir(own, { mode: 0o711 });
  if (account !== undefined) await chown(own, account.uid, account.gid);
  const surroundings: Surroundings = {
    account,
    folder: own,
    env: process.env,
    platform: process.platform,
  };
  const data = join(own, 'data');
  await copyAll(join(await initialized(options, account), 'data'), own);
  for (const file of options.files ?? []) {
    const copy = join(data, basename(file));
    await copyFile(file, copy);
    await chmod(copy, 0o600);
    if (account !== undefined) await chown(copy, account.uid, account.gid);
  }
  await writeFile(
    join(data, 'pg_hba.conf'),
    ['local all all trust', ...(options.access ?? []), ''].join('\n'),
  );
  const port = await freePort();
  const configuration: Readonly<Record<string, string>> = {
    listen_addresses: '127.0.0.1',
    port: String(port),
    unix_socket_directories: own,
    fsync: 'off',
    shared_buffers: '16MB',
    lc_messages: 'C',
    ...options.configuration,
  };
  const args = Object.entries(configuration).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const start = () =>
    spawnAs(surroundings, join(options.programs, 'postgres'), ['-D', data, ...args], { stdio: 'ignore' });
  let server = start();
  const settings = { host: own, port, user: 'owner', database: 'postgres' };
  const stop = async (): Promise<void> => {
    await ended(server);
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  };
  try {
    await ready(settings, server);
    if (options.asPrimary !== undefined) {
      const link = await connect(settings, 'test');
      for (const statement of options.asPrimary) await link.query(statement);
      await link.end();
      await ended(server, 'SIGINT');
      await writeFile(join(data, 'standby.signal'), '');
      server = start();
      await ready(settings, server);
    }
  } catch (error) {
    await stop();
    throw error;
  }
  return { settings, port, dataDirectory: data, account, stop };
}

/** What initdb makes takes ten times as long as its copy. */
function initialized({ programs, initdb = [] }: OwnServerOptions, account?: Account): Promise<string> {
  const init = ['--auth=trust', '--encoding=UTF8', '--locale=C', '--no-sync', '--username=owner', ...initdb];
  const hash = createHash('sha1')
    .update([programs, ...init].join('\n'))
    .digest('hex');
  return madeOnce(`own-${hash}`, async folder => {
    if (account !== undefined) await chown(folder, account.uid, account.gid);
    const surroundings = { account, folder, env: process.env, platform: process.platform };
    const args = [...init, '-D', join(folder, 'data')];
    const made = await runAs(surroundings, join(programs, 'initdb'), args);
    if (made.exitCode !== 0) throw new Error(`initdb failed:\n${made.output}`);
  });
}

async function ready(settings: ConnectionSettings, server: ChildProcess): Promise<void> {
  for (let tries = 400; ; tries--) {
    try {
      const link = await connect(settings, 'test');
      return await link.end();
    } catch (error) {
      if (tries === 0 || server.exitCode !== null) throw error;
      await sleep(50);
    }
  }
}

/** SIGQUIT: what is in it is thrown away. SIGINT: written down first. */
async function ended(server: ChildProcess, how: NodeJS.Signals = 'SIGQUIT'): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return;
  const exit = new Promise(resolve => server.once('exit', resolve));
  server.kill(how);
  await exit;
}

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer().once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}
