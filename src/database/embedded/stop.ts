/** Stops a server that is known to be ours, and waits until it is gone. */
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { runAs } from './command.ts';
import { errnoOf } from './errno.ts';
import type { Site } from './layout.ts';
import { processExists } from './postmaster.ts';

/** PostgreSQL's ways to stop, by the signal that asks for each; `kill` is for one that hangs. */
const WAYS = { fast: 'SIGINT', immediate: 'SIGQUIT', kill: 'SIGKILL' } as const;

/** A fast stop writes what is in memory; at a large scale that takes seconds. */
const PATIENCE_MS = { fast: 60_000, immediate: 2_000, kill: 5_000 } as const;

export async function stopServer(
  site: Site,
  processId: number,
  ways: readonly (keyof typeof WAYS)[] = ['fast', 'immediate', 'kill'],
): Promise<void> {
  for (const way of ways) {
    if (!(await ask(site, processId, way))) return;
    const deadline = Date.now() + PATIENCE_MS[way];
    while (Date.now() < deadline) {
      if (!(await isRunning(processId))) return;
      await sleep(5);
    }
  }
}

/** @returns false when no process is left to ask. */
async function ask(site: Site, processId: number, way: keyof typeof WAYS): Promise<boolean> {
  // Windows has no signals: Node would end the process without a word to it.
  if (site.platform === 'win32' && way !== 'kill') {
    const { binaries, layout, surroundings } = site;
    await runAs(surroundings, binaries.pgCtl, ['stop', '-W', '-s', '-m', way, '-D', layout.dataDirectory]);
    return true;
  }
  try {
    process.kill(processId, WAYS[way]);
    return true;
  } catch (error) {
    if (errnoOf(error) === 'ESRCH') return false;
    throw error;
  }
}

/** False for a process that ended, also while its parent has not yet taken notice. */
async function isRunning(processId: number): Promise<boolean> {
  if (!processExists(processId)) return false;
  const status = await readFile(`/proc/${processId}/stat`, 'utf8').catch(() => undefined);
  return status === undefined || status.slice(status.lastIndexOf(')') + 2)[0] !== 'Z';
}
