/** What the machine has to give, as far as a container lets this process have it. */
import { statfs } from 'node:fs/promises';
import { availableParallelism, totalmem } from 'node:os';

export interface Machine {
  readonly platform: string;
  readonly memoryBytes: number;
  readonly cpus: number;
  /** Free bytes for POSIX shared memory; undefined where that is no file system. */
  readonly sharedMemoryBytes: number | undefined;
}

export async function lookAtMachine(platform: string): Promise<Machine> {
  // No limit is reported as 0, undefined or a number beyond the machine's own memory.
  const limit = process.constrainedMemory() || Number.POSITIVE_INFINITY;
  return {
    platform,
    memoryBytes: Math.min(totalmem(), limit),
    cpus: availableParallelism(),
    sharedMemoryBytes: platform === 'linux' ? await freeBytes('/dev/shm').catch(() => 0) : undefined,
  };
}

/** What an unprivileged process may still write on the file system of `path`, bytes. */
export async function freeBytes(path: string): Promise<number> {
  const found = await statfs(path);
  return found.bavail * found.bsize;
}
