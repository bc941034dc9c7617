/** Clusters, and one with the demo shop in it, made once a run and copied by every test that needs one but not its making. */
import { mkdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { inject } from 'vitest';
import { packageFolder } from '../../src/cli/packageFile.ts';
import { ensureDemoShop } from '../../src/database/demo/shop.ts';
import { startEmbeddedServer } from '../../src/database/embedded/server.ts';
import { copyCache } from './copyCache.ts';

/** 10,000 orders: the planner already prefers the proposed indexes, and the worst query takes 0.1 s. */
export const SCALE = '0.0002';

/** Puts a cluster that does not run into an empty cache; a shop's has the demo of SCALE, loaded today. */
export async function copyReadyMade(what: 'cluster' | 'shop', cacheRoot: string): Promise<void> {
  // The cluster is the global setup's: it is there.
  await copyCache(await madeOnce(what, makeShop), cacheRoot);
}

/** @returns A folder of that name. Test files run side by side: one makes it, the others wait. */
export async function madeOnce(name: string, make: (folder: string) => Promise<void>): Promise<string> {
  const made = join(inject('readyMade'), name);
  const making = `${made}.making`;
  while (!(await isThere(made))) {
    try {
      await mkdir(making, { mode: 0o711 });
    } catch {
      await sleep(20);
      continue;
    }
    try {
      // Another file may have finished it between the look and the lock.
      if (await isThere(made)) continue;
      await make(making);
      await rename(making, made);
    } finally {
      await rm(making, { recursive: true, force: true });
    }
  }
  return made;
}

async function makeShop(cacheRoot: string): Promise<void> {
  await copyReadyMade('cluster', cacheRoot);
  const { settings, release } = await startEmbeddedServer({ cacheRoot, env: process.env });
  await ensureDemoShop({ settings, scale: Number(SCALE), schemaFolder: join(packageFolder(), 'schema') });
  await release();
}

async function isThere(path: string): Promise<boolean> {
  return await stat(path).then(
    () => true,
    () => false,
  );
}
