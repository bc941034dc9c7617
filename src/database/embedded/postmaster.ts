/** `postmaster.pid` of a running server, and checks of its process. */

import { execFile } from 'node:child_process';
import { readFile, readlink, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { errnoOf } from '../../base/fileErrors.ts';

export interface PostmasterFile {
  readonly processId: number;
  /** When the postmaster started, seconds since 1970. */
  readonly startedAt: number;
  readonly port: number;
  /** Empty until the server has opened it, and on Windows. */
  readonly socketFolder: string;
  /** Empty when it listens on no TCP address. */
  readonly address: string;
}

/** @returns undefined when there is no file, or the server has not yet written all of it. */
export async function readPostmasterFile(dataDirectory: string): Promise<PostmasterFile | undefined> {
  const text = await readFile(join(dataDirectory, 'postmaster.pid'), 'utf8').catch(() => '');
  return parsePostmasterFile(text);
}

/** Lines: process id, data directory, start time, port, first socket folder, first TCP address, shared memory key, status. */
export function parsePostmasterFile(text: string): PostmasterFile | undefined {
  const lines = text.split(/\r?\n/).map(line => line.trim());
  const processId = Number(lines[0]);
  if (!Number.isInteger(processId) || processId <= 0) return undefined;
  return {
    processId,
    startedAt: Number(lines[2] ?? '0'),
    port: Number(lines[3] ?? '0'),
    socketFolder: lines[4] ?? '',
    address: lines[5] ?? '',
  };
}

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

/** False also for a process that has ended and whose parent has not noticed yet, on Linux. */
export async function isRunning(processId: number): Promise<boolean> {
  if (!processExists(processId)) return false;
  const status = await readFile(`/proc/${processId}/stat`, 'utf8').catch(() => '');
  return !status.slice(status.lastIndexOf(')') + 2).startsWith('Z');
}

/**
 * Whether the process is the postmaster of this data directory. After a crash another program may have the id in
 * `postmaster.pid`; a postmaster's working directory is its data directory.
 */
export async function isPostmaster(
  processId: number,
  dataDirectory: string,
  platform: string,
): Promise<boolean> {
  if (!(await isRunning(processId))) return false;
  if (platform === 'win32') {
    const list = await run('tasklist', ['/FI', `PID eq ${processId}`, '/NH']).catch(() => undefined);
    return list?.stdout.includes('postgres.exe') ?? true;
  }
  if (platform === 'linux') {
    const folder = await readlink(`/proc/${processId}/cwd`).catch(() => undefined);
    if (folder === undefined) return false;
    return folder === (await realpath(dataDirectory).catch(() => dataDirectory));
  }
  const listed = await run('ps', ['-p', String(processId), '-o', 'command=']).catch(() => undefined);
  return listed?.stdout.includes(dataDirectory) ?? false;
}
