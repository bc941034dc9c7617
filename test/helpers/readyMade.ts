/** A cluster, and one with the demo shop in it, made once a run and copied by every test that needs one but not its making. */
import { mkdir, rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { inject } from 'vitest';
import { packageFolder } from '../../src/cli/packageFile.ts';
import { ensureDemoShop } from '../../src/database/demo/shop.ts';
import { startEmbeddedServer } from '../../src/database/embedded/server.ts';
import { copyCache } from './copyCache.ts';

/** 10,000 orders: the planner already prefers the proposed indexes, and the worst query takes 0.1 s. */
export const SCALE = '0.0002';

/** Puts a cluster that nobody runs into an empty cache; a shop's has the demo of SCALE, loaded today. */
export async function copyReadyMade(what: 'cluster' | 'shop', cacheRoot: string): Promise<void> {
  const made = join(inject('readyMade'), what);
  // The cluster is the global setup's. Test files run side by side: one makes the shop, the other waits.
  while (!(await isThere(made))) {
    try {
      await mkdir(`${made}.making`, { mode: 0o711 });
    } catch {
      await sleep(20);
      continue;
    }
    await makeShop(`${made}.making`);
    await rename(`${made}.making`, made);
  }
  await copyCache(made, cacheRoot);
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
