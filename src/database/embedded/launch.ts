/** Starts a postmaster that outlives the explorer, and reports when and why it ended. */
import type { StdioOptions } from 'node:child_process';
import { open, readFile, rename, stat, truncate, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { spawnAs } from './command.ts';
import { accessRules, serverConfiguration, type Transport } from './configuration.ts';
import type { Site } from './layout.ts';
import { lookAtMachine } from './machine.ts';
import { draftSuffix } from './sweep.ts';

export interface Launched {
  readonly processId: number | undefined;
  /** Set once the process has ended: its output in the log. */
  ended(): Promise<string> | undefined;
}

/** People read the log after a failure; older lines do not help. */
const LOG_BYTES = 1024 * 1024;

/** Writes the server's settings. Each file is replaced atomically, because another start may be reading it. */
async function configure({ layout, platform, socketFolder }: Site): Promise<void> {
  const transport: Transport =
    socketFolder === undefined
      ? { kind: 'tcp', port: await freePort() }
      : { kind: 'socket', folder: socketFolder };
  await replace(layout.access, accessRules(transport));
  await replace(
    layout.configuration,
    serverConfiguration(await lookAtMachine(platform), transport, layout.access, layout.major),
  );
}

/** A free port; if another process takes it in the meantime, the start fails and is repeated. */
function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}

async function replace(path: string, text: string): Promise<void> {
  const draft = `${path}.${draftSuffix()}`;
  // The server's account must read it; the folders around it keep other users out, or it holds no secret.
  await writeFile(draft, text, { mode: 0o644, flag: 'wx' });
  await rename(draft, path);
}

/** Starts the server in its own session, out of reach of Ctrl-C; does not wait until it accepts connections. */
export async function launch(site: Site): Promise<Launched> {
  await configure(site);
  const { binaries, layout, surroundings } = site;
  const size = await stat(layout.log).then(
    found => found.size,
    () => 0,
  );
  if (size > LOG_BYTES) await truncate(layout.log);
  const log = await open(layout.log, 'a', 0o600);
  const from = (await log.stat()).size;
  const windows = site.platform === 'win32';
  const directory = ['-D', layout.dataDirectory];
  // PostgreSQL refuses an administrator's token; on Windows pg_ctl makes a restricted one.
  const [program, args] = windows
    ? [
        binaries.pgCtl,
        [
          'start',
          '-W',
          '-s',
          ...directory,
          '-l',
          layout.log,
          '-o',
          `-c "config_file=${layout.configuration}"`,
        ],
      ]
    : [binaries.postgres, [...directory, '-c', `config_file=${layout.configuration}`]];
  const stdio: StdioOptions = windows ? 'ignore' : ['ignore', log.fd, log.fd];
  const child = spawnAs(surroundings, program, args, { stdio, detached: true });
  let ended: Promise<string> | undefined;
  child.once('error', error => {
    ended = Promise.resolve(`FATAL: ${error.message}`);
  });
  child.once('exit', exitCode => {
    // pg_ctl exits with 0 when it has started the server.
    if (windows && exitCode === 0) return;
    ended ??= readFile(layout.log).then(text => text.subarray(from).toString('utf8'));
  });
  child.unref();
  await log.close();
  return { processId: windows ? undefined : child.pid, ended: () => ended };
}
