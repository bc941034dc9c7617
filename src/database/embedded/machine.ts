/** The machine's resources, as far as a container lets this process use them. */
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
  // Without a limit Node returns 0, undefined or a number beyond the machine's memory.
  const limit = process.constrainedMemory() || Number.POSITIVE_INFINITY;
  return {
    platform,
    memoryBytes: Math.min(totalmem(), limit),
    cpus: availableParallelism(),
    sharedMemoryBytes: platform === 'linux' ? await freeBytes('/dev/shm').catch(() => 0) : undefined,
  };
}

/** Bytes that an unprivileged process may still write on the file system of `path`. */
export async function freeBytes(path: string): Promise<number> {
  const found = await statfs(path);
  return found.bavail * found.bsize;
}
