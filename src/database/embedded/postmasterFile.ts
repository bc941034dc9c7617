/** What a running server says of itself in `postmaster.pid`. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

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
