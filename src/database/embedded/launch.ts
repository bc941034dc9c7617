/** Starts a postmaster that outlives us, and tells when and why it ended if it did. */

import { randomBytes } from 'node:crypto';
import { open, readFile, rename, stat, truncate, writeFile } from 'node:fs/promises';
import type { Binaries } from './binaries.ts';
import { type Surroundings, spawnAs } from './command.ts';
import { accessRules, serverConfiguration, type Transport } from './configuration.ts';
import type { Layout } from './layout.ts';
import type { Machine } from './machine.ts';

export interface Launched {
  readonly processId: number | undefined;
  /** Set once the process has ended: what it wrote to the log. */
  ended(): Promise<string> | undefined;
}

/** The log is read by people after a failure; more than this is history. */
const LOG_BYTES = 1024 * 1024;

/** Writes the server's settings. Each file is replaced at once: another start may be reading it. */
export async function configure(layout: Layout, machine: Machine, transport: Transport): Promise<void> {
  await replace(layout.access, accessRules(transport));
  await replace(layout.configuration, serverConfiguration(machine, transport, layout.access));
}

async function replace(path: string, text: string): Promise<void> {
  const draft = `${path}.${process.pid}-${randomBytes(4).toString('hex')}`;
  // Readable for the account that runs the server; the folders around it keep everybody else out, or hold no secret.
  await writeFile(draft, text, { mode: 0o644, flag: 'wx' });
  await rename(draft, path);
}

/**
 * Starts the server in a session of its own: a Ctrl-C in the terminal is for the explorer, and closing the terminal
 * ends nothing. Does not wait until it takes connections.
 */
export async function launch(
  binaries: Binaries,
  layout: Layout,
  surroundings: Surroundings,
): Promise<Launched> {
  const size = await stat(layout.log)
    .then(found => found.size)
    .catch(() => 0);
  if (size > LOG_BYTES) await truncate(layout.log).catch(() => undefined);
  const log = await open(layout.log, 'a', 0o600);
  const from = (await log.stat()).size;
  const settings = ['-D', layout.dataDirectory, '-c', `config_file=${layout.configuration}`];
  const windows = surroundings.platform === 'win32';
  // PostgreSQL refuses an administrator's token; on Windows pg_ctl makes a lesser one.
  const child = windows
    ? spawnAs(
        surroundings,
        binaries.pgCtl,
        [
          'start',
          '-W',
          '-s',
          '-D',
          layout.dataDirectory,
          '-l',
          layout.log,
          '-o',
          `-c "config_file=${layout.configuration}"`,
        ],
        { stdio: 'ignore', detached: true },
      )
    : spawnAs(surroundings, binaries.postgres, settings, {
        stdio: ['ignore', log.fd, log.fd],
        detached: true,
      });
  let ended: Promise<string> | undefined;
  const said = async (): Promise<string> => (await readFile(layout.log)).subarray(from).toString('utf8');
  child.once('error', error => {
    ended = Promise.resolve(`FATAL: ${error.message}`);
  });
  child.once('exit', exitCode => {
    // pg_ctl ends when it has started the server.
    if (!windows || exitCode !== 0) ended ??= said();
  });
  child.unref();
  await log.close();
  return { processId: child.pid, ended: () => ended };
}
