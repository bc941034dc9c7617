/** A cluster, and one with the demo shop in it, made once a run and copied by every test that needs one but not its making. */
import { execFile } from 'node:child_process';
import { mkdir, rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { inject } from 'vitest';
import { ensureDemoShop } from '../../src/database/demo/shop.ts';
import { startEmbeddedServer } from '../../src/database/embedded/server.ts';
import { packageFolder } from '../../src/package.ts';

const run = promisify(execFile);

/** 10,000 orders: the planner already prefers the proposed indexes, and the worst query takes 0.1 s. */
export const SCALE = '0.0002';

/** Puts a cluster that nobody has started yet into an empty cache; a shop's has the demo of SCALE, loaded today. */
export async function copyReadyMade(what: 'cluster' | 'shop', cacheRoot: string): Promise<void> {
  const made = join(inject('readyMade'), what);
  // Test files run side by side: one makes it, the other waits.
  while (!(await isThere(made))) {
    try {
      await mkdir(`${made}.making`, { mode: 0o711 });
    } catch {
      await sleep(20);
      continue;
    }
    await make(what, `${made}.making`);
    await rename(`${made}.making`, made);
  }
  // As root, PostgreSQL's files belong to another account, and have to in the copy.
  await run('cp', ['-a', join(made, 'pgopt-explore'), cacheRoot]);
}

async function make(what: 'cluster' | 'shop', cacheRoot: string): Promise<void> {
  const { settings, release } = await startEmbeddedServer({ cacheRoot, env: process.env });
  const options = { settings, scale: Number(SCALE), schemaFolder: join(packageFolder(), 'schema') };
  if (what === 'shop') await ensureDemoShop(options);
  // Stopped in order: a copy of a running one would begin with a recovery.
  await release();
}

async function isThere(path: string): Promise<boolean> {
  return await stat(path).then(
    () => true,
    () => false,
  );
}
