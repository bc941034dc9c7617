/** A server that lives as long as its fixtures are made, on a Unix socket in a folder closed to everybody else. */
import type { ChildProcess } from 'node:child_process';
import { chown, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { type Account, serverAccount } from '../../src/database/embedded/account.ts';
import { runAs, type Surroundings, spawnAs } from '../../src/database/embedded/command.ts';
import { OWNER } from '../../src/database/embedded/layout.ts';

/** Few buffers, so that plans read blocks as well as hit them; no autovacuum, so that estimates stand still. */
const SETTINGS = {
  listen_addresses: '',
  shared_buffers: '4MB',
  temp_buffers: '800kB',
  max_worker_processes: '16',
  max_parallel_workers: '8',
  autovacuum: 'off',
  fsync: 'off',
  lc_messages: 'C',
  // All rows of the largest table are sampled: an estimate is then the same in each run.
  default_statistics_target: '400',
};

/** Makes a cluster in `folder`, runs the server while `use` runs, and stops it. */
export async function withServer(
  programs: string,
  folder: string,
  use: (client: pg.Client, socketFolder: string) => Promise<void>,
): Promise<void> {
  const account = await serverAccount(process.getuid?.());
  await mkdir(folder, { mode: 0o700 });
  if (account !== undefined) await chown(folder, account.uid, account.gid);
  const surroundings: Surroundings = { account, folder, env: process.env, platform: process.platform };
  const data = join(folder, 'data');
  await initdb(surroundings, programs, data, account);
  const settings = Object.entries({ ...SETTINGS, unix_socket_directories: folder });
  const args = settings.flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const server = spawnAs(surroundings, join(programs, 'postgres'), ['-D', data, ...args], {
    stdio: 'ignore',
  });
  try {
    const client = await connect(folder, server);
    try {
      await use(client, folder);
    } finally {
      await client.end();
    }
  } finally {
    await stop(server);
  }
}

/** `trust`: only the account and root get into the socket's folder. */
async function initdb(
  surroundings: Surroundings,
  programs: string,
  data: string,
  account: Account | undefined,
): Promise<void> {
  const args = ['--auth=trust', '--encoding=UTF8', '--locale=C', '--no-sync', `--username=${OWNER}`];
  const done = await runAs(surroundings, join(programs, 'initdb'), [...args, '--pgdata', data]);
  if (done.exitCode !== 0) throw new Error(`initdb failed as ${account?.name ?? 'you'}:\n${done.output}`);
}

async function connect(folder: string, server: ChildProcess): Promise<pg.Client> {
  for (let tries = 300; ; tries--) {
    const client = new pg.Client({ host: folder, user: OWNER, database: 'postgres' });
    try {
      await client.connect();
      return client;
    } catch (error) {
      await client.end().catch(() => undefined);
      if (tries === 0 || server.exitCode !== null) throw error;
      await sleep(50);
    }
  }
}

/** SIGINT is PostgreSQL's fast shutdown. */
async function stop(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return;
  const ended = new Promise(resolve => server.once('exit', resolve));
  server.kill('SIGINT');
  await Promise.race([ended, sleep(20_000, undefined, { ref: false }).then(() => server.kill('SIGQUIT'))]);
  await ended;
}
