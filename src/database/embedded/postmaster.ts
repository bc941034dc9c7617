/** The server's first process: is it there, and is it ours? */

import { execFile } from 'node:child_process';
import { readFile, readlink, realpath } from 'node:fs/promises';
import { promisify } from 'node:util';
import { errnoOf } from './errno.ts';

const run = promisify(execFile);

/** Whether a process of this id exists, of any user. */
export function processExists(processId: number): boolean {
  try {
    process.kill(processId, 0);
    return true;
  } catch (error) {
    return errnoOf(error) === 'EPERM';
  }
}

/**
 * Whether the process is the postmaster of this data directory. After a crash the id in `postmaster.pid` may by now be
 * anybody's; a postmaster has its data directory as working directory.
 */
export async function isPostmaster(
  processId: number,
  dataDirectory: string,
  platform: string,
): Promise<boolean> {
  if (!processExists(processId)) return false;
  if (platform === 'win32') {
    const list = await run('tasklist', ['/FI', `PID eq ${processId}`, '/NH']).catch(() => undefined);
    return list?.stdout.includes('postgres.exe') ?? true;
  }
  if (platform === 'linux') {
    const folder = await readlink(`/proc/${processId}/cwd`).catch(() => undefined);
    if (folder === undefined) return false;
    // A process that has ended but was not waited for still has an id.
    const status = await readFile(`/proc/${processId}/stat`, 'utf8').catch(() => '');
    const state = status.slice(status.lastIndexOf(')') + 2)[0];
    return folder === (await realpath(dataDirectory).catch(() => dataDirectory)) && state !== 'Z';
  }
  const listed = await run('ps', ['-p', String(processId), '-o', 'command=']).catch(() => undefined);
  return listed?.stdout.includes(dataDirectory) ?? false;
}
